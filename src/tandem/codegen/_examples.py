"""An example call for a method's docstring, made of the examples in the document."""

from __future__ import annotations

import json
from typing import Any

from tandem.models import is_array, is_object

from ._names import module_name
from ._operations import Argument, Operation
from ._prose import docstring

_WIDTH = 84


def example_call(operation: Operation, *, is_async: bool) -> str:
    """The lines of an example, escaped for a docstring; empty when the document has no example for what is required."""
    arguments = _arguments(operation)
    if arguments is None:
        return ""
    call = _laid_out(f"client.{operation.name}", arguments)
    return docstring(_used(call, operation, is_async=is_async))


def _arguments(operation: Operation) -> list[str] | None:
    given: list[str] = []
    for argument in operation.path_arguments:
        stand_in = 1 if argument.shape.takes == "int" else argument.name.upper()
        given.append(_value(stand_in if argument.example is None else argument.example))
    for argument in (*operation.positional[len(given) :], *operation.keywords):
        known, value = _example(argument, operation)
        if known:
            given.append(_value(value) if argument in operation.positional else f"{argument.name}={_value(value)}")
        elif argument.required:
            return None
    return given


def _example(argument: Argument, operation: Operation) -> tuple[bool, Any]:
    if argument in operation.query:
        return argument.required and argument.example is not None, argument.example
    if not argument.wire:
        return operation.example_body is not None, operation.example_body
    body = operation.example_body
    if not is_object(body) or argument.wire not in body:
        return False, None
    value = body[argument.wire]
    # What stands for a file in a document is text; in a call it would be sent as a field.
    is_file = argument.shape.takes == "FileInput" and isinstance(value, str)
    return True, value.encode() if is_file else value


def _value(value: Any) -> str:
    """A value as Python source, one entry a line where it is long."""
    if isinstance(value, str):
        # JSON's escapes are Python's, and its quotes are those of the house style.
        return json.dumps(value, ensure_ascii=False)
    if is_object(value):
        return _bracketed("{}", [f"{_value(key)}: {_value(item)}" for key, item in value.items()])
    if is_array(value):
        return _bracketed("[]", [_value(item) for item in value])
    return repr(value)


def _bracketed(brackets: str, parts: list[str]) -> str:
    line = ", ".join(parts)
    if len(line) <= _WIDTH // 2 and "\n" not in line:
        return f"{brackets[0]}{line}{brackets[1]}"
    inner = [f"    {line}" for part in parts for line in f"{part},".split("\n")]
    return "\n".join([brackets[0], *inner, brackets[1]])


def _laid_out(name: str, arguments: list[str]) -> list[str]:
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return [line]
    inner = [f"    {line}" for argument in arguments for line in f"{argument},".split("\n")]
    return [f"{name}(", *inner, ")"]


def _used(call: list[str], operation: Operation, *, is_async: bool) -> list[str]:
    word = "async " if is_async else ""
    first, last = call[0], call[-1]
    if operation.pages:
        return _block(call, f"{word}for item in ", ":", ["    print(item)"])
    if operation.reply.kind == "sse":
        return _block(call, f"{word}with ", " as events:", [f"    {word}for event in events:", "        print(event)"])
    waited = "await " if is_async else ""
    result = "" if operation.reply.kind == "none" else f"{_variable(operation)} = "
    return [f"{result}{waited}{first}", *call[1:-1], last] if len(call) > 1 else [f"{result}{waited}{first}"]


def _block(call: list[str], before: str, after: str, inside: list[str]) -> list[str]:
    lines = [before + call[0], *call[1:]]
    return [*lines[:-1], lines[-1] + after, *inside]


def _variable(operation: Operation) -> str:
    reads = operation.reply.shape.reads
    return module_name(reads) if reads.isidentifier() and reads[0].isupper() else "result"
