"""What a remote MTA replies at each stage of a session: its behaviour, and which of its answers is next."""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING, Any

from postfix_lab.smtp.answer import AnswerContext, Answered, Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from postfix_lab.smtp.behaviour import Behaviour


class Conduct:
    """The conduct of one MTA; the addresses of a host may share `answers`; `answered` gets each answer given."""

    def __init__(
        self,
        address: str,
        behaviour: Behaviour,
        answered: Callable[[Answered], None] | None = None,
        answers: Answers | None = None,
    ) -> None:
        self.behaviour = behaviour
        self.address = address
        self._answered = answered or (lambda _: None)
        self._answers = answers or Answers(behaviour.answers)

    def reply_for(
        self, stage: str, client: str, sender: str | None = None, recipients: Iterable[str | None] = ()
    ) -> str | None:
        """Return the reply or the oddity for this stage; None for aiosmtpd's usual reply."""
        context = AnswerContext(stage, clean(sender).removeprefix("<>"), tuple(map(clean, recipients)), client)
        applied = self._answers.apply(context)
        if applied is None:
            return self.behaviour.usual_reply(stage)
        says = applied.rule.says
        self._answered(Answered(time.time(), self.address, client, stage, says, applied.number))
        return says

    def knows(self, login: Any) -> bool:
        """Return whether its users have that `login` and `password`, octets as aiosmtpd decoded them from base64."""
        user, password = (octets.decode(errors="replace") for octets in (login.login, login.password))
        return self.behaviour.knows(user, password)

    def offers(self, mechanism: str) -> bool:
        """Return whether it offers that SASL mechanism."""
        return mechanism.upper() in self.behaviour.mechanisms

    def knows_digest(self, user: str, digest: str, challenge: bytes) -> bool:
        """Return whether that is the user's answer to a challenge of CRAM-MD5 (RFC 2195)."""
        if not self.behaviour.users:
            return True
        password = self.behaviour.password_of(user)
        return password is not None and hmac.new(password.encode(), challenge, "md5").hexdigest() == digest

    @property
    def _auth_line(self) -> str:
        return " ".join(("AUTH", *self.behaviour.mechanisms))

    def ehlo_lines(self, lines: list[str]) -> list[str]:
        """Return the lines of an EHLO reply without the keywords that this MTA lacks."""
        first, *others = [line[4:] for line in lines]
        others = [self._auth_line if line.startswith("AUTH ") else line for line in others]
        offered = [first, *(line for line in others if line.split()[0] not in self.behaviour.lacks)]
        return [f"250{' ' if n == len(offered) else '-'}{line}" for n, line in enumerate(offered, 1)]


def is_positive(reply: str) -> bool:
    """Return whether a reply is 2xx."""
    return reply.startswith("2")


def clean(text: str | None) -> str:
    """Return text that aiosmtpd decoded with surrogates as valid UTF-8 text."""
    return (text or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
