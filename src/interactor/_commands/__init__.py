"""The groups of the `interactor` command, one module each.

A group has `add(commands)`, which adds its parser and names what it runs with `set_defaults(run=…)`: a function of the
parsed arguments that returns the exit code. Nothing but the standard library is imported before a command runs.
"""
