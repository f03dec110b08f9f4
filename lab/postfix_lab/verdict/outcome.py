"""What became of a mail and who decided: for each recipient, and for the message (or the session that had none).

All checks, guards, reports and tables use this model. It is filled in this order: the replies that the client
got (`reply_outcome.py`), the restriction that a trace names for the deciding reply, and what the log says of the queue
after an acceptance (`queue_outcome.py`); `evidence_outcome.py` puts them together.

*Infrastructure* is a class apart from *defer*: a 451 that speaks of the mail host's own maps and services is no
decision about the mail. *Unknown* is what the lab did not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean, printable
from postfix_lab.verdict.queue_outcome import End

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postfix_lab.evidence.address import Address
    from postfix_lab.postfix.files.place import Place
    from postfix_lab.smtp.dialogue import Stage
    from postfix_lab.smtp.sendmail import Submitted
    from postfix_lab.smtp.transcript import Exchange, Reply
    from postfix_lab.verdict.explanation import Decision
    from postfix_lab.verdict.queue_outcome import QueueOutcome

_PERMANENT = 500
_AS_EXPECTED = (End.DELIVERED, End.QUEUED, End.UNKNOWN)


class Fate(StrEnum):
    """The outcome of a mail as its client sees it."""

    ACCEPT = "accept"
    """Accepted, or not refused before the client itself ended the session."""
    DEFER = "defer"
    """4xx: a temporary failure."""
    REJECT = "reject"
    """5xx: a permanent failure."""
    DISCONNECT = "disconnect"
    """The mail host disconnected: with 421 or 521, or without a reply."""
    INFRASTRUCTURE = "infrastructure"
    CLOSED = "closed"
    """The port accepts no connections."""
    UNKNOWN = "unknown"


class Decider(StrEnum):
    """What decided an outcome."""

    RESTRICTION = "restriction"
    """A restriction of smtpd, which `Outcome.decision` names."""
    POSTSCREEN = "postscreen"
    PARAMETER = "parameter"
    """A milter, a content check, a limit, a demand of TLS or AUTH: `Outcome.decision` names it."""
    QUEUE = "queue"
    """The queue: the mail was accepted, but not delivered as addressed."""
    REPLY = "reply"
    """smtpd, for the reason in its reply; only a trace would show the restriction."""
    SENDMAIL = "sendmail"
    """sendmail(1), by its exit status."""
    NOBODY = "nobody"
    """No reply: a closed port, a broken connection, a client that disconnected."""


@dataclass(frozen=True)
class Outcome:
    """What became of a mail for one recipient, or of the whole message, and who decided."""

    fate: Fate
    exchange: Exchange | None = None
    """The exchange that decided; none for a closed port."""
    why: str = ""
    """If no reply decided, what happened instead."""
    recipient: str = ""
    """The address as the client wrote it; empty for the message or session."""
    decision: Decision | None = None
    """The restriction that decided, with its evidence; only with a trace."""
    queue: QueueOutcome | None = None
    """What the queue made of an accepted message."""
    by: Decider = Decider.REPLY
    basis: tuple[Address, ...] = ()
    """What it rests on: the exchange (or the session), the log lines, and with a trace the DNS questions."""
    submitted: Submitted | None = None
    """The call of sendmail(1), if the mail came by that and not in a session."""

    @property
    def stage(self) -> Stage:
        """The stage at which it was decided; sendmail(1) takes or refuses the message as a whole."""
        if self.submitted is not None:
            return "MESSAGE"
        return self.exchange.stage if self.exchange else "CONNECT"

    @property
    def reply(self) -> Reply | None:
        """The reply that decided."""
        return self.exchange.reply if self.exchange else None

    @property
    def place(self) -> Place | None:
        """The place of the restriction that decided."""
        return self.decision.step.restriction.place if self.decision and self.decision.step else None

    @property
    def final(self) -> bool:
        """Whether the client must not retry."""
        return self.reply is not None and self.reply.code >= _PERMANENT

    @property
    def later(self) -> str:
        """The end of an accepted mail that was not delivered: `deferred`, `bounced`, `held`..."""
        if self.queue is None or self.queue.end in _AS_EXPECTED:
            return ""
        return "bounced" if self.queue.end.given_up else self.queue.end.value

    def __str__(self) -> str:
        code = (str(self.reply.code), self.reply.enhanced) if self.reply else ()
        status = self.submitted.status if self.submitted else 0
        words = " ".join(filter(None, (self.fate.value, *code, f"exit status {status}" if status else "")))
        return f"{words}, {self.later}" if self.later else words


@dataclass(frozen=True)
class SessionOutcome:
    """The outcome of a session: of its message as a whole, and of each recipient that the client named."""

    message: Outcome
    recipients: tuple[Outcome, ...]

    def of(self, recipient: str | None, call: str, aspect: Callable[[Outcome], object]) -> Outcome:
        """Return the outcome that a check is about: that of the named recipient, else the message's.

        Raises `InputError` if no recipient is named and the outcomes differ in that aspect, or if the client did not
        name that recipient. `call` is the check's call up to the argument with the recipient, for the error.
        """
        mine = self.recipients
        if recipient is not None:
            mine = tuple(outcome for outcome in mine if same_address(outcome.recipient, recipient))
        if len({(outcome.fate, aspect(outcome)) for outcome in mine}) > 1:
            raise InputError(self._ambiguous(mine, call))
        if recipient is None or not self.recipients:
            return self.message
        if not mine and self.message.fate in (Fate.DISCONNECT, Fate.UNKNOWN):
            return self.message  # The session ended before the client could name the recipient.
        if not mine:
            named = [outcome.recipient for outcome in self.recipients]
            raise InputError(f"the client never named the recipient {recipient!r}; {did_you_mean(recipient, named)}")
        return mine[-1]

    def _ambiguous(self, mine: Sequence[Outcome], call: str) -> str:
        listed = ", ".join(f"{outcome.recipient or '(no address)'} {_sentence(outcome)}" for outcome in mine)
        if len({outcome.recipient.lower() for outcome in mine}) > 1:
            him = mine[0].recipient
            remedy = f'name one, as in {call}recipient="{him}"), or in YAML `recipient: {him}`'
        else:
            remedy = "it was named several times, so hold a session for each mail, or use replied(...)"
        return printable(f"the recipients' outcomes differ ({listed}); {remedy}")


def same_address(address: str, other: str) -> bool:
    """Whether two envelope addresses are the same, without regard to case, as on the lab's mail hosts."""
    return address.lower() == other.lower()


def _sentence(outcome: Outcome) -> str:
    by = outcome.decision.step.restriction.text if outcome.decision and outcome.decision.step else ""
    return f"{outcome}{f' by {by}' if by else ''}"
