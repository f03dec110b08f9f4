"""What an MTA of the Internet does in each moment of a session: its behaviour, and the turns that its answers take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from postfix_lab.smtp.answer import Answered, Met, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postfix_lab.smtp.behaviour import Behaviour


class Conduct:
    """One MTA's; `turns` may be shared by all addresses of a host, and `answered` hears of each answer given."""

    def __init__(
        self,
        address: str,
        behaviour: Behaviour,
        answered: Callable[[Answered], None] | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.behaviour = behaviour
        self.address = address
        self._answered = answered or (lambda _: None)
        self._turns = turns or Turns(behaviour.answers)

    def says(
        self, stage: str, client: str, sender: str | None = None, recipients: Iterable[str | None] = ()
    ) -> str | None:
        """The reply or the oddity that this moment calls for; none where the usual one will do."""
        met = Met(stage, clean(sender).removeprefix("<>"), tuple(map(clean, recipients)))
        chosen = self._turns.choose(met)
        if chosen is None:
            return self.behaviour.usual(stage)
        says = chosen.answer.says
        self._answered(Answered(time.time(), self.address, client, stage, says, chosen.number))
        return says

    def offers(self, lines: list[str]) -> list[str]:
        """The lines of a reply to EHLO without the keywords that this MTA lacks."""
        first, *others = [line[4:] for line in lines]
        offered = [first, *(line for line in others if line.split()[0] not in self.behaviour.lacks)]
        return [f"250{' ' if n == len(offered) else '-'}{line}" for n, line in enumerate(offered, 1)]


def accepts(reply: str) -> bool:
    """Whether a reply is positive."""
    return reply.startswith("2")


def clean(text: str | None) -> str:
    """What aiosmtpd decoded with surrogates, as text that can be written anywhere."""
    return (text or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
