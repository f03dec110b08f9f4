"""How a misbehaviour is made: it changes one thing of an ordinary dialogue."""

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
"""Takes the dialogue of a well-behaved client and returns that of the misbehaving one."""


@dataclass(frozen=True)
class Misbehaviour:
    """One thing that a client does wrong: a change of its dialogue, named after the call that made it, `nul(RCPT)`."""

    name: str
    change: Change

    def __call__(self, dialogue: Dialogue) -> Dialogue:
        """Return the changed dialogue."""
        return self.change(dialogue)

    def __str__(self) -> str:
        return self.name


def as_misbehaviour(make: Callable[P, Change]) -> Callable[P, Misbehaviour]:
    """Turn a function that returns a change into one that returns a misbehaviour, with its signature adapted."""

    @wraps(make)
    def make_misbehaviour(*args: P.args, **more: P.kwargs) -> Misbehaviour:
        arguments = ", ".join((*map(str, args), *(f"{name}={value}" for name, value in more.items())))
        return Misbehaviour(f"{make.__name__}({arguments})", make(*args, **more))

    vars(make_misbehaviour)["__signature__"] = signature(make).replace(return_annotation="Misbehaviour")
    return make_misbehaviour


def step_index(dialogue: Dialogue, stage: Stage, who: str) -> int:
    """The index of the last step of that stage; raises InputError, naming the misbehaviour `who`, if there is none."""
    places = [number for number, step in enumerate(dialogue.steps) if step.stage == stage]
    if not places:
        raise InputError(
            f"{who} changes the {stage} of a dialogue, and this one has none; it has "
            f"{', '.join(step.stage for step in dialogue.steps) or 'no step'}"
        )
    return places[-1]


def with_steps(dialogue: Dialogue, place: int, steps: Iterable[Step]) -> Dialogue:
    """The dialogue with the step at index `place` replaced by these steps."""
    return replace(dialogue, steps=(*dialogue.steps[:place], *steps, *dialogue.steps[place + 1 :]))


def message_at(dialogue: Dialogue, who: str) -> tuple[int, Message]:
    """The index of the last message, and the message."""
    place = step_index(dialogue, "MESSAGE", who)
    step = dialogue.steps[place]
    if not isinstance(step, Message) or step.verbatim:
        raise InputError(f"{who} changes an ordinary message, and this dialogue has another one already")
    return place, step


def command_at(dialogue: Dialogue, stage: Stage, who: str) -> tuple[int, Command]:
    """The index of the last command of that stage, and the command."""
    place = step_index(dialogue, stage, who)
    step = dialogue.steps[place]
    if not isinstance(step, Command):
        raise InputError(f"{who} changes a command, and {stage} of this dialogue is none")
    return place, step


def wire_text(content: str, end: bool = True) -> str:
    """A message as an ordinary client sends it; `end` false: without the final CRLF and dot."""
    octets = wire.dot_stuff(wire.crlf(latin1(content))).decode("latin-1")
    return octets if end else octets.removesuffix(".\r\n").removesuffix("\r\n")


def as_verbatim(part: Part) -> Part:
    """The part with the same octets, an ordinary message turned into a verbatim one."""
    return verbatim_message(wire_text(part.content)) if isinstance(part, Message) and not part.verbatim else part


def verbatim_message(content: str) -> Message:
    """A message that is sent without changes and shown in full in the transcript."""
    return Message(content, verbatim=True)
