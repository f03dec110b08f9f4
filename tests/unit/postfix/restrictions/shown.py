"""Evaluated commands as lines, so that a test can say all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Step


def command_lines(commands: Iterable[EvaluatedCommand]) -> list[str]:
    """Each command, its lists, and their steps, indented; a time counts from the first command's."""
    commands = [*commands]
    start = min((command.at for command in commands), default=0.0)
    return [line for command in commands for line in _command(command, start)]


def _command(command: EvaluatedCommand, start: float) -> Iterator[str]:
    refused = "".join(f" !{event.action} {event.text}" for event in command.rejects)
    yield f"{command.verb} {command.said!r} -> {command.reply!r} ({command.code}) at {command.at - start:.2f}{refused}"
    for evaluation in command.lists:
        yield from _evaluation(evaluation, "  ", start)


def _evaluation(evaluation: Evaluation, indent: str, start: float) -> Iterator[str]:
    last = evaluation.decisive
    ran = "" if evaluation.ran else " not run"
    yield f"{indent}{evaluation.name} ({evaluation.kind}){ran}{f' by {last.restriction.text}' if last else ''}"
    for step in evaluation.steps:
        yield from _step(step, f"{indent}  ", start)


def _step(step: Step, indent: str, start: float) -> Iterator[str]:
    written = step.restriction
    times = f" {step.began - start:.2f}-{step.ended - start:.2f}" if step.began and step.ended else " began" if step.began else ""
    yield f"{indent}{step.result}: {written.list}[{written.index}] {written.text} ({written.place}){times}"
    said = [*(f"< {answer}" for answer in step.answers), *(f"! {event.action} {event.text}" for event in step.rejects), *(f"log {text}" for text in step.warnings)]
    yield from (f"{indent}    {line}" for line in said)
    for inner in step.inner:
        yield from _evaluation(inner, f"{indent}    ", start)
