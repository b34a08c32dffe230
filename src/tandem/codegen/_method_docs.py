"""The docstrings of methods: what it does, what to pass, an example, and where the facts come from."""

from __future__ import annotations

from ._examples import example_call
from ._operations import Argument, Operation
from ._prose import docstring, one_line, paragraphs, wrapped


def method_doc(operation: Operation, is_async: bool) -> str:
    """The docstring of a method."""
    lines = [_sentence(operation.summary or operation.name), ""]
    lines += [*paragraphs(operation.description), ""] if operation.description else []
    arguments = [*operation.positional, *operation.keywords]
    lines += _arguments(arguments, keyed=operation.sdk.idempotent, resumes=operation.resumes)
    lines += _how_to_clear(operation)
    text = docstring(lines)
    example = example_call(operation, is_async=is_async)
    if example:
        text += "\n\nExample:\n" + "\n".join(f"    {line}" for line in example.split("\n"))
    return f"{text}\n\n{docstring([_source(operation)])}"


def url_doc(operation: Operation) -> str:
    """The docstring of the method that gives a stream's URL."""
    lines = [
        "The URL of this stream with the access token in it, for a browser that cannot send headers.",
        "",
        "The result prints with the token masked; `reveal()` is the URL itself. Keep it out of logs.",
        "",
        *_arguments([*operation.path_arguments, *operation.query], keyed=False),
        _source(operation),
    ]
    return docstring(lines)


def _arguments(arguments: list[Argument], *, keyed: bool, resumes: bool = False) -> list[str]:
    told = [one for one in arguments if one.doc]
    lines = [line for one in told for line in wrapped(f"{one.name}: {one.doc}", indent="    ", hanging="    ")]
    if keyed:
        said = "idempotency_key: Makes repeating the call harmless. One is made for you if you give none."
        lines += wrapped(said, indent="    ", hanging="    ")
    if resumes:
        said = "last_event_id: Go on after this event, such as the `last_event_id` of an earlier stream."
        lines += wrapped(said, indent="    ", hanging="    ")
    lines += wrapped("options: Settings for this call alone, such as timeout.", indent="    ", hanging="    ")
    return ["Args:", *lines, ""]


def _how_to_clear(operation: Operation) -> list[str]:
    """None leaves a field as it is; a change that sets one to null must say so in another way."""
    fields = [one.wire for one in operation.body if one.shape.nullable and not one.required]
    if operation.verb not in {"PATCH", "PUT"} or operation.body_kind != "json" or not fields:
        return []
    example = f'options={{"extra_body": {{{one_line(fields[0])!r}: None}}}}'.replace("'", '"')
    return [*wrapped(f"None leaves a field as it is. To set one to null, pass `{example}`."), ""]


def _sentence(text: str) -> str:
    said = one_line(text)
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _source(operation: Operation) -> str:
    return f"Source: {operation.verb} {one_line(operation.path)}"
