"""The document: 71 operations, examples that hold, and a lint that is stricter than the specification."""
