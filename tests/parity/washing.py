"""The asynchronous half of a module, washed until it should be the text of its synchronous twin."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SPELLINGS = {
    # contextlib and the iteration protocol
    "aclosing": "closing",
    "aiter": "iter",
    "anext": "next",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "StopAsyncIteration": "StopIteration",
    # our own names and those of the HTTP library
    "aclose": "close",
    "aiter_raw": "iter_raw",
    "handle_async_request": "handle_request",
    "async_pool": "pool",
    "async_ask": "ask",
    "async_tell": "tell",
    "async_fetch": "fetch",
    "async_whole": "whole",
    "async_read_whole": "read_whole",
    "async_time_limit": "time_limit",
    "async_default_transport": "default_transport",
    "async_let_go": "let_go",
    "event_loop": "process",
    "async_cut": "cut",
    "async_nap": "nap",
    # the library that sleeps
    "anyio": "time",
}
"""Names that are spelt differently in the two colours. `AsyncX` and `X` need no entry."""

DIFFERENT = {
    "_crew.py:AsyncCrew": "one works in threads, which nobody can stop, the other in tasks of the running loop",
    "_runs.py:async_tell": "whoever listens to an asynchronous client may do so in an async function",
    "_transport.py:async_whole": "join takes what threads iterate, and nothing that has to be awaited",
    "_uploads.py:async_tell": "an asynchronous client takes callbacks of both colours",
    "_uploads.py:async_fetch": "one reads where it is, the other in a thread, so that its loop goes on",
    "_places.py:AsyncSignal": "one waits on a threading.Event, the other on an event of the running loop",
    "_arriving.py:async_cut": "a thread that waits wakes when its socket is shut down, a task when it is closed",
    "_reading.py:async_time_limit": "a task can be called off while it waits, a thread cannot",
    "_homes.py:AsyncHome": "tasks may belong to an event loop that the library does not know",
    "_turns.py:AsyncTurn": "a task can be called off while its request goes on, a thread cannot",
    "_pyreqwest.py:async_let_go": "a task that is being cancelled has to be shielded",
    "_answers.py:async_ask": "an asynchronous client takes callbacks of both colours",
    "_places.py:async_nap": "a thread learns at its pauses that it was called off, a task is told at once",
    "_connecting.py:AsyncConnecting": "a task can be called off while it connects, a thread cannot",
    "_prefetch.py:AsyncFlight": "a task can be called off while it is on its way, a thread cannot",
    "_places.py:event_loop": "where tasks run, as opposed to where threads run",
}
"""Twins that are not the same text, and why. Everything else is."""

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def twins(source: str) -> Iterator[tuple[str, str, str | None]]:
    """Each asynchronous definition of a module: its name, its washed text, and its twin's text (None: no twin)."""
    tree = ast.parse(source)
    definitions = {node.name: node for node in tree.body if isinstance(node, Definition)}
    for name, node in definitions.items():
        if not is_async(node):
            continue
        twin = definitions.get(washed_name(name))
        found = twin is not None and twin is not node
        yield name, text_of(node), text_of(twin) if twin is not None and found else None


def is_async(node: Definition) -> bool:
    """Whether a definition at the top of a module belongs to the asynchronous half."""
    if isinstance(node, ast.AsyncFunctionDef) or washed_name(node.name) != node.name:
        return True
    return any(isinstance(inner, ast.AsyncFunctionDef | ast.Await) for inner in ast.walk(node))


def text_of(node: Definition) -> str:
    """The washed code of a definition, docstrings aside: they may speak of `async for`."""
    fresh = ast.parse(ast.unparse(node))
    return ast.unparse(ast.fix_missing_locations(_Wash().visit(fresh)))


def washed_name(name: str) -> str:
    for prefix in ("Async", "_Async"):
        rest = name.removeprefix(prefix)
        if rest != name and rest[:1].isupper():
            return ("_" if prefix.startswith("_") else "") + rest
    return SPELLINGS.get(name, name)


def modules(package: Path) -> list[Path]:
    return sorted([*package.glob("*.py"), *package.glob("_*/*.py")])


class _Wash(ast.NodeTransformer):
    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        values = {name: getattr(node, name) for name in node._fields}
        return self.visit_FunctionDef(ast.FunctionDef(**values))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = washed_name(node.name)
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = washed_name(node.name)
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        washed: ast.AST = self.visit(node.value)
        return washed

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        values = {name: getattr(node, name) for name in node._fields}
        return self.visit_For(ast.For(**values))

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        match node:
            # `yield from` has no asynchronous spelling.
            case ast.For(
                target=ast.Name(id=each),
                iter=source,
                body=[ast.Expr(value=ast.Yield(value=ast.Name(id=given)))],
                orelse=[],
            ) if each == given:
                return ast.Expr(value=ast.YieldFrom(value=source))
            case _:
                return node

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        values = {name: getattr(node, name) for name in node._fields}
        return self.generic_visit(ast.With(**values))

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = washed_name(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = washed_name(node.attr)
        return self.generic_visit(node)

    def visit_alias(self, node: ast.alias) -> ast.AST:
        node.name = washed_name(node.name)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            # Representations such as "<AsyncPager of …>" and annotations in quotes.
            node.value = node.value.replace("Async", "")
        return node


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest or [ast.Pass()]
        case _:
            return body
