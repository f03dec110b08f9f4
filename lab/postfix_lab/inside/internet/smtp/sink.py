"""The sink: an LMTP server in which accepted mail ends, in place of the mailbox server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiosmtpd.lmtp import LMTP

from postfix_lab.inside.internet.smtp.conduct import Conduct, is_positive
from postfix_lab.inside.internet.smtp.lenient_smtp import LenientSmtp
from postfix_lab.inside.internet.smtp.peer import Mta
from postfix_lab.smtp.answer import Answered, Answers
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiosmtpd.smtp import Envelope, Session

    from postfix_lab.inside.internet.smtp.peer_set import PeerEvents
    from postfix_lab.smtp.behaviour import Received

_TAKEN = "250 2.1.5 Ok"


class _LenientLmtp(LenientSmtp, LMTP):
    """The same with LHLO in place of EHLO."""


class Sink(Mta):
    """An LMTP server that records what it accepts (RFC 2033); by default it accepts everything."""

    protocol = _LenientLmtp
    protocol_names = ("LMTP", "LMTP")

    def __init__(  # noqa: PLR0913 - the rest are keywords
        self,
        address: str,
        hostname: str,
        record: Callable[[Received], None],
        *,
        port: int = 24,
        trouble: Callable[[str], None] | None = None,
        behaviour: Behaviour = ACCEPT,
        answered: Callable[[Answered], None] | None = None,
        answers: Answers | None = None,
    ) -> None:
        super().__init__(Conduct(address, behaviour, answered, answers), hostname, record, port, trouble)

    async def handle_DATA(self, line: LenientSmtp, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Return a reply for each recipient (RFC 2033 section 4.2); record the message for those who accepted it."""
        replies = [self.reply_for("MESSAGE", line, to=recipient) or _TAKEN for recipient in envelope.rcpt_tos]
        received = self._receive(line, session, envelope)
        pairs = zip(received.recipients, replies, strict=True)
        if taken := tuple(recipient for recipient, reply in pairs if is_positive(reply)):
            self._record(replace(received, recipients=taken))
        return "\r\n".join(replies)


class Mailboxes:
    """The sink as the world wants it: it listens anew where its behaviour changes, and not at all without one."""

    def __init__(self, address: str, hostname: str, events: PeerEvents, port: int = 24) -> None:
        self._address, self._hostname, self._port = address, hostname, port
        self._events = events
        self._listening: tuple[Behaviour, Sink] | None = None
        self._answers = Answers(())

    async def set_behaviour(self, wanted: Behaviour | None) -> None:
        """Have the sink answer like that; None: nobody listens at its address."""
        if self._listening and self._listening[0] == wanted:
            return
        if self._listening:
            await self._listening[1].close()
            self._listening = None
        if wanted is not None:
            self._answers = Answers(wanted.answers)
            sink = Sink(
                self._address,
                self._hostname,
                self._events.received,
                port=self._port,
                trouble=self._events.trouble,
                behaviour=wanted,
                answered=self._events.answered,
                answers=self._answers,
            )
            await sink.start()
            self._listening = wanted, sink

    def reset_counts(self) -> None:
        """Begin a new run: answers count attempts from the first again."""
        self._answers.reset_counts()
