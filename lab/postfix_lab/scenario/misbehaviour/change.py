"""How a misbehaviour is made: from an ordinary dialogue comes one in which just that is different."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import signature
from typing import ParamSpec

from postfix_lab.errors import InputError
from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Command, Dialogue, Message, Part, Stage, Step
from postfix_lab.smtp.utterance import latin1

P = ParamSpec("P")
Change = Callable[[Dialogue], Dialogue]
"""Takes what a well-behaved client would say, and gives what this one says instead."""


@dataclass(frozen=True)
class Misbehaviour:
    """One thing that a client does wrong: a change of its dialogue, named by the call that made it, `nul(RCPT)`."""

    name: str
    change: Change

    def __call__(self, dialogue: Dialogue) -> Dialogue:
        """Return what this client says instead of that dialogue."""
        return self.change(dialogue)

    def __str__(self) -> str:
        return self.name


def named(make: Callable[P, Change]) -> Callable[P, Misbehaviour]:
    """Turn a function that makes a change into one that makes a misbehaviour; its signature says so."""

    @wraps(make)
    def made(*args: P.args, **more: P.kwargs) -> Misbehaviour:
        said = ", ".join((*map(str, args), *(f"{name}={value}" for name, value in more.items())))
        return Misbehaviour(f"{make.__name__}({said})", make(*args, **more))

    vars(made)["__signature__"] = signature(make).replace(return_annotation="Misbehaviour")
    return made


def place_of(dialogue: Dialogue, stage: Stage, who: str) -> int:
    """Where the last step of that stage stands; without one the misbehaviour `who` has nothing to change."""
    places = [number for number, step in enumerate(dialogue.steps) if step.stage == stage]
    if not places:
        raise InputError(
            f"{who} changes the {stage} of a dialogue, and this one has none; it has "
            f"{', '.join(step.stage for step in dialogue.steps) or 'no step'}"
        )
    return places[-1]


def with_steps(dialogue: Dialogue, place: int, steps: Iterable[Step]) -> Dialogue:
    """The dialogue with these steps in place of that one."""
    return replace(dialogue, steps=(*dialogue.steps[:place], *steps, *dialogue.steps[place + 1 :]))


def message_at(dialogue: Dialogue, who: str) -> tuple[int, Message]:
    """The last message, and where it stands."""
    place = place_of(dialogue, "MESSAGE", who)
    step = dialogue.steps[place]
    if not isinstance(step, Message) or step.verbatim:
        raise InputError(f"{who} changes an ordinary message, and this dialogue has another one already")
    return place, step


def command_at(dialogue: Dialogue, stage: Stage, who: str) -> tuple[int, Command]:
    """The last command of that stage, and where it stands."""
    place = place_of(dialogue, stage, who)
    step = dialogue.steps[place]
    if not isinstance(step, Command):
        raise InputError(f"{who} changes a command, and {stage} of this dialogue is none")
    return place, step


def on_the_wire(content: str, end: bool = True) -> str:
    """A message as an ordinary client sends it, with the dot at its end or without the last line's end."""
    octets = wire.dot_stuff(wire.crlf(latin1(content))).decode("latin-1")
    return octets if end else octets.removesuffix(".\r\n").removesuffix("\r\n")


def spelled_out(part: Part) -> Part:
    """The same octets; an ordinary message is one that shows in the transcript."""
    return as_it_is(on_the_wire(part.content)) if isinstance(part, Message) and not part.verbatim else part


def as_it_is(content: str) -> Message:
    """A message that shows in the transcript, octet by octet."""
    return Message(content, verbatim=True)
