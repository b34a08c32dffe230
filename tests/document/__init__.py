"""The documents: every operation, examples that hold, and a lint that is stricter than the specification."""
