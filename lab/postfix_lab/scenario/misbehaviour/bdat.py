"""BDAT (RFC 3030) used against its rules; the server has to rely on the size that the command gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import Change, as_misbehaviour, message_at, step_index
from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Raw, Stage, Step
from postfix_lab.smtp.utterance import latin1
from postfix_lab.text import did_you_mean

_BEYOND = 1 << 40
"""A size in octets that no message has."""


@as_misbehaviour
def bdat(abuse: str) -> Change:
    """BDAT in place of DATA and the message, in one of these ways (RFC 3030 section 2 has the rules).

    `whole` is none: all in one chunk. `before-rcpt`: before there is a recipient. `understated`: the size is that of
    the first half, so that the rest is read as commands. `overstated`: 100 octets more are announced than come.
    `huge`: a size that nobody takes. `no-number`: a size that is none. `then-data`: a chunk, and then DATA.
    `unfinished`: a chunk that is not the last, and QUIT. `bare-lf`: lines that end in LF, and `<LF>.<LF>` among them.
    """
    if abuse not in _ABUSES:
        raise InputError(f"there is no abuse of BDAT called {abuse!r}; {did_you_mean(abuse, _ABUSES)}")

    def change(dialogue: Dialogue) -> Dialogue:
        _, message = message_at(dialogue, "bdat")
        until = step_index(dialogue, "HELO" if abuse == "before-rcpt" else "RCPT", "bdat") + 1
        content = wire.crlf(latin1(message.content)).decode("latin-1")
        return replace(dialogue, persist=True, steps=(*dialogue.steps[:until], *_ABUSES[abuse](content)))

    return change


def _chunk(content: str, size: int | str | None = None, *, last: bool = True, stage: Stage = "MESSAGE") -> Raw:
    announced = len(content) if size is None else size
    return Raw(f"BDAT {announced}{' LAST' if last else ''}\r\n{content}", stage=stage)


def _understate(content: str) -> Step:
    half = content.index("\r\n", len(content) // 2) + 2
    lines = (Raw(line, stage="OTHER") for line in content[half:].splitlines(keepends=True))
    return Burst((_chunk(content[:half]), *lines), sure=1, stage="MESSAGE")


def _with_bare_lf(content: str) -> Step:
    return _chunk(content.replace("\r\n", "\n") + "\n.\nRSET\n")


_ABUSES: dict[str, Callable[[str], tuple[Step, ...]]] = {
    "whole": lambda content: (_chunk(content),),
    "before-rcpt": lambda content: (_chunk(content),),
    "understated": lambda content: (_understate(content),),
    "overstated": lambda content: (_chunk(content, len(content) + 100),),
    "huge": lambda _: (Raw(f"BDAT {_BEYOND} LAST\r\n", stage="MESSAGE"),),
    "no-number": lambda _: (Raw("BDAT all LAST\r\n", stage="MESSAGE"),),
    "then-data": lambda content: (_chunk(content, last=False, stage="OTHER"), Command("DATA", "DATA")),
    "unfinished": lambda content: (_chunk(content, last=False, stage="OTHER"),),
    "bare-lf": lambda content: (_with_bare_lf(content),),
}
ABUSES = tuple(_ABUSES)
"""The names of the ways that `bdat` accepts."""
