"""What a docstring tells about a function and its parameters, in the style with `Args:`."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(
    r"(Args|Arguments|Parameters|Params|Returns?|Raises|Yields?|Examples?|Notes?|Attributes|See Also|Todo|Warnings?)"
    r":\s*$"
)
_ARGUMENTS = frozenset({"Args", "Arguments", "Attributes", "Parameters", "Params"})
_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Described:
    """The text before the first section, and a text for each parameter."""

    text: str = ""
    parameters: dict[str, str] = field(default_factory=dict[str, str])


def described(docstring: str | None) -> Described:
    """Read a docstring.

    >>> described("Weather of a city.\\n\\nArgs:\\n    city: Where,\\n        in any language.").parameters
    {'city': 'Where, in any language.'}
    """
    text: list[str] = []
    parameters: dict[str, str] = {}
    section, name, margin = "", "", 0
    for line in inspect.cleandoc(docstring or "").splitlines():
        indent = len(line) - len(line.lstrip())
        heading = None if indent else _SECTION.match(line)
        if heading:
            section, name, margin = heading[1], "", 0
        elif not section:
            text.append(line)
        elif section in _ARGUMENTS and line.strip():
            margin = margin or indent
            entry = _ENTRY.match(line.strip()) if indent <= margin else None
            if entry:
                name, parameters[entry[1]] = entry[1], entry[2]
            elif name:
                parameters[name] = f"{parameters[name]} {line.strip()}".strip()
    return Described(_paragraphs("\n".join(text)), parameters)


def _paragraphs(text: str) -> str:
    """A text without the line breaks of the source."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())
