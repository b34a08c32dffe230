"""The documented limits of a definition.

Source: Interactor workflows guide, Workflow Definition Limits, Instance Limits and File Upload Limits.
"""

from __future__ import annotations

from typing import Final

MOST_STATES: Final = 100
MOST_TRANSITIONS: Final = 20
MOST_FIELDS: Final = 50
MOST_THREADS: Final = 9
"""Beside the main one: 10 in all."""
LONGEST_NAME: Final = 64
LARGEST_SCRIPT: Final = 64 * 1024
LARGEST_DEFINITION: Final = 1024 * 1024
LARGEST_FILE: Final = 10 * 1024 * 1024
NAME_PATTERN: Final = r"[A-Za-z0-9_-]+"
RESERVED_NAMES: Final = ("instances", "errors", "validate")

DEEPEST: Final = 100
"""Levels of nesting. Not the platform's limit but ours: nobody writes a definition like that, and every reader of one
may then follow it down without running out of stack."""
