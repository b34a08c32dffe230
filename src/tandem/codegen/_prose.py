"""The document's prose as Python docstrings: wrapped, escaped, with the limits that the schema gives."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from tandem.models import is_array, is_object

from ._document import Node

_WIDTH = 100
_LIMITS = (
    ("minLength", "At least {} characters."),
    ("maxLength", "At most {} characters."),
    ("minItems", "At least {} items."),
    ("maxItems", "At most {} items."),
    ("minProperties", "At least {} entries."),
    ("maxProperties", "At most {} entries."),
    ("pattern", "Pattern `{}`."),
)


def one_line(text: Any) -> str:
    """Text without line breaks or characters that Python source may not hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in str(text or "")).split())


def paragraphs(text: Any) -> list[str]:
    """Markdown text as lines: paragraphs wrapped, blank lines between them, lists kept."""
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", str(text or "").strip()):
        for part in re.split(r"\n(?=\s*(?:[-*]|\d+\.)\s)", block):
            hanging = "  " if re.match(r"\s*[-*]\s", part) else ""
            lines += wrapped(part, hanging=hanging)
        lines.append("")
    return lines[:-1]


def wrapped(text: Any, *, indent: str = "", hanging: str = "") -> list[str]:
    """One paragraph, wrapped."""
    return textwrap.wrap(
        one_line(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def docstring(lines: Iterable[str]) -> str:
    """Lines as the inside of a docstring: nothing in them can end it or be an escape."""
    kept = "".join(char for char in "\n".join(lines) if char.isprintable() or char == "\n")
    text = kept.strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f"{text} " if text.endswith('"') else text


def schema_doc(schema: Mapping[str, Any], name: str) -> str:
    """The docstring of a class or an alias."""
    return docstring(paragraphs(schema.get("description")) or [f"{name}."])


def described(schema: Mapping[str, Any], *, parameter: Mapping[str, Any] | None = None) -> str:
    """What a value means, in one line: description, and those limits and defaults that it does not tell itself."""
    said = one_line((parameter or {}).get("description") or schema.get("description"))
    if said and said[-1] not in ".!?:;":
        said += "."
    parts = [said, *_limits(schema, said)]
    default = schema.get("default")
    if default not in (None, "") and "default" not in said.lower():
        parts.append(f"Default: {one_line(default)}.")
    if schema.get("deprecated") or (parameter or {}).get("deprecated"):
        parts.append("Deprecated.")
    return " ".join(part for part in parts if part)


def _limits(schema: Mapping[str, Any], said: str) -> list[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    range_ = (
        f"{low} to {high}." if None not in (low, high) else f"At least {low}." if high is None else f"At most {high}."
    )
    sentences = [range_] if (low, high) != (None, None) and not _told((low, high), said) else list[str]()
    for key, text in _LIMITS:
        limit = schema.get(key)
        if limit == 1 and key.startswith("min"):
            sentences += ["Not empty."] if key != "minLength" and "1 to" not in said else []
        elif limit is not None and not _told((limit,), said):
            sentences.append(text.format(one_line(limit)))
    return sentences


def _told(limits: Iterable[Any], said: str) -> bool:
    words = set(re.findall(r"[\w.]*\w", said.replace(",", "")))
    return all(limit is None or str(limit) in words or f"`{limit}`" in said for limit in limits)


def example_of(node: Node) -> Any:
    """The first example that a media type, a parameter or a schema gives, or None."""
    if "example" in node:
        return node["example"]
    examples: Any = node.get("examples")
    if is_array(examples):
        return examples[0] if examples else None
    first = next(iter(examples.values()), None) if is_object(examples) else None
    return first.get("value") if is_object(first) else None
