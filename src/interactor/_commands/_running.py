"""`interactor workflows deploy` and `run`: what needs a platform."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from interactor import InteractorClient, InteractorError

from ._definitions import definition_of, told
from ._forms import introduction, questions
from ._problem import CommandError

if TYPE_CHECKING:
    from interactor_api.models import Instance

    from interactor.workflows import Definition

LEFT_HALTED = 3


def deploy(arguments: argparse.Namespace) -> int:
    """Returns 0 when the definition is the published one now."""
    definition = sound(arguments.file)
    with platform(arguments) as client:
        print_deployed(client, definition)
    return 0


def run(arguments: argparse.Namespace) -> int:
    """Returns 0 when the instance completed, 3 when it was left halted."""
    definition, given = sound(arguments.file), inputs(arguments.set)
    with platform(arguments) as client:
        print_deployed(client, definition)
        with left_behind(told_of=not arguments.sandbox) as seen:
            instance = client.workflows.instances.run(
                definition.name,
                given,
                on_halt=lambda halted: ask(seen(halted)),
                timeout=arguments.timeout,
                idempotency_key=None,
            )
        print(definition.to_text(client.workflows.instances.get(instance.id)))
        print(f"{instance.id} is {instance.status} in {instance.current_state}.")
        if instance.workflow_data:
            print(json.dumps(instance.workflow_data, indent=2, ensure_ascii=False))
    return 0 if instance.status == "completed" else LEFT_HALTED


@contextmanager
def left_behind(told_of: bool) -> Generator[Callable[[Instance], Instance]]:
    """Ctrl-C leaves the instance that was seen last as it is. It is told of, unless its sandbox ends with it."""
    ids: list[str] = []

    def seen(instance: Instance) -> Instance:
        ids[:] = [instance.id]
        return instance

    try:
        yield seen
    except KeyboardInterrupt:
        if ids and told_of:
            print(f"\n{ids[0]} was left as it is.", file=sys.stderr)
        raise


def ask(instance: Instance) -> dict[str, Any] | None:
    """Ask a halted instance's questions in the terminal. None when the person at it would rather not answer."""
    print(f"\n{instance.current_state}: {introduction(instance)}".rstrip())
    answers: dict[str, Any] = {}
    try:
        for question in questions(instance):
            value = answered(question.prompt, question.read)
            if question.name:
                answers[question.name] = value
            else:
                answers.update(value)
    except EOFError:
        print()
        return None
    return {name: value for name, value in answers.items() if value is not None}


def answered(prompt: str, read: Any) -> Any:
    """Ask until the answer fits."""
    while True:
        try:
            return read(input(prompt).strip())
        except ValueError as fault:
            print(f"  This {fault}.", file=sys.stderr)


def inputs(pairs: list[str]) -> dict[str, Any]:
    """The input that `--set amount=5000` and its like give. Values are JSON where they can be, else text.

    >>> inputs(["amount=5000", "requester=ann"])
    {'amount': 5000, 'requester': 'ann'}
    """
    given: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise CommandError(f"--set takes NAME=VALUE, not {pair!r}.", 2)
        try:
            given[name] = json.loads(text)
        except (ValueError, RecursionError):
            given[name] = text
    return given


def sound(file: str) -> Definition:
    """The definition in a file. CommandError with every error when the platform would refuse it."""
    definition = definition_of(file)
    errors = [fault for fault in definition.check() if fault.severity == "error"]
    if errors:
        raise CommandError("\n".join(told(file, fault) for fault in errors))
    return definition


def print_deployed(client: InteractorClient, definition: Definition) -> None:
    """Deploy, and say what that did."""
    deployment = client.workflows.deploy(definition)
    print(f"{deployment.name} {deployment.version_id} {deployment.status}")


@contextmanager
def platform(arguments: argparse.Namespace) -> Generator[InteractorClient]:
    """A client of the platform that the environment names, or of a sandbox. Whatever it raises is a CommandError."""
    try:
        if not arguments.sandbox:
            with InteractorClient(namespace=arguments.namespace) as client:
                yield client
            return
        with _sandbox() as local:
            yield local.client(arguments.namespace)
    except InteractorError as problem:
        raise CommandError(str(problem)) from None


def _sandbox() -> Any:
    from interactor.sandbox import Sandbox
    from interactor.sandbox._libraries import SandboxError

    try:
        return Sandbox()
    except SandboxError as problem:
        raise CommandError(str(problem), 2) from None
