"""The engine that runs workflows."""
