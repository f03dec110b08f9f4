"""A remote MTA that answers, and what it has in common with the sink."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import MISSING, Envelope, Session, TLSSetupException

from postfix_lab.errors import LabError
from postfix_lab.inside.internet.smtp.conduct import Conduct, clean, is_positive
from postfix_lab.inside.internet.smtp.forwarding import forward, relay_dialogue
from postfix_lab.inside.internet.smtp.lenient_smtp import LenientSmtp
from postfix_lab.inside.internet.smtp.listener import bind_tcp
from postfix_lab.inside.internet.smtp.tls import server_context
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.certificate import Certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from postfix_lab.inside.internet.admission import Admission
    from postfix_lab.smtp.answer import Answered, Answers
    from postfix_lab.smtp.transcript import Transcript


class Mta:
    """One listening address: the common part of peer and sink; its `handle_*` are aiosmtpd's hooks."""

    protocol: type[LenientSmtp] = LenientSmtp
    protocol_names = ("SMTP", "ESMTP")

    def __init__(
        self,
        conduct: Conduct,
        hostname: str,
        record: Callable[[Received], None],
        port: int,
        trouble: Callable[[str], None] | None,
    ) -> None:
        self.conduct, self.address = conduct, conduct.address
        self.port = port
        """After `start` with port 0: the port that the kernel chose."""
        self.hostname = hostname
        self.tls_context: ssl.SSLContext | None = None
        self.tls_on_connect = False
        """Whether TLS begins with the connection."""
        self._record = record
        self._trouble = trouble or (lambda _: None)
        self._server: asyncio.Server | None = None
        self._left: Callable[[], None] = lambda: None
        self._lines: dict[asyncio.Task[None], LenientSmtp] = {}
        self._work: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; raises `LabError` if the address cannot be bound."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        sock = bind_tcp(self.address, self.port)
        self.port = sock.getsockname()[1]
        tls = self.tls_context if self.tls_on_connect else None
        self._server = await asyncio.get_running_loop().create_server(lambda: self.protocol(self), sock=sock, ssl=tls)

    async def close(self) -> None:
        """Stop listening, and abort every open connection."""
        if self._server:
            self._server.close()
        for line in self._lines.values():
            if line.transport is not None:
                cast("asyncio.Transport", line.transport).abort()
        tasks = [*self._lines, *self._work]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.contextmanager
    def track_session(self, line: LenientSmtp) -> Any:
        """Register the task of a connection while it is served, so that `close` can cancel it."""
        task = asyncio.current_task()
        if task is None:
            raise LabError("a session of an MTA runs in no task")
        self._lines[task] = line
        try:
            yield
        finally:
            del self._lines[task]
            self._left()

    @property
    def needs_starttls(self) -> bool:
        """Whether AUTH is offered only after STARTTLS: where it has that, and where there are no users to protect."""
        if self.tls_on_connect:
            return False
        return self.tls_context is not None or not self.conduct.behaviour.users

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in a task that `close` cancels."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def reply_for(self, stage: str, line: LenientSmtp, to: str | None = None) -> str | None:
        """Return the reply or the oddity for this stage of a session; None for the usual reply."""
        envelope = line.envelope or Envelope()
        return self.conduct.reply_for(stage, line.client, envelope.mail_from, envelope.rcpt_tos if to is None else [to])

    async def handle_exception(self, error: Exception) -> str:
        """Report a failure of this MTA as trouble, and reply with a temporary error."""
        if isinstance(error, TLSSetupException):
            return "454 4.7.0 No TLS came about"  # The client, which aborted the handshake, does not receive it.
        self._trouble(f"the MTA at {self.address} port {self.port} failed: {error!r}")
        return "451 4.3.0 The lab's MTA is in trouble"

    async def handle_HELO(self, line: LenientSmtp, _session: Session, _envelope: Envelope, _name: str) -> Any:  # noqa: N802
        """Return MISSING to accept, or a refusal."""
        return self._reply_to_greeting(line) or MISSING

    async def handle_EHLO(  # noqa: N802 - the shape of aiosmtpd's hooks
        self, line: LenientSmtp, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Return aiosmtpd's keywords without those that the MTA lacks, or a refusal."""
        if refusal := self._reply_to_greeting(line):
            return [refusal]
        session.host_name = hostname
        return self.conduct.ehlo_lines(responses)

    async def handle_MAIL(  # noqa: N802
        self, line: LenientSmtp, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        envelope.mail_from = address
        reply = self.reply_for("MAIL", line)
        if reply and not is_positive(reply):
            envelope.mail_from = None
        return reply or MISSING

    async def handle_RCPT(  # noqa: N802
        self, line: LenientSmtp, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        reply = self.reply_for("RCPT", line, to=address)
        if reply and is_positive(reply):
            envelope.rcpt_tos.append(address)
        return reply or MISSING

    async def handle_DATA(self, line: LenientSmtp, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Return the reply to the end of the message."""
        reply = self.reply_for("MESSAGE", line)
        if reply and not is_positive(reply):
            return reply
        received = self._receive(line, session, envelope)
        self._record(received)
        self._after_acceptance(received, smtputf8=bool(envelope.smtp_utf8))
        return reply or "250 2.0.0 Ok"

    async def handle_QUIT(self, line: LenientSmtp, _session: Session, _envelope: Envelope) -> Any:  # noqa: N802
        """Return MISSING for the usual reply, or another reply."""
        line.parted = True
        said = self.reply_for("QUIT", line) or MISSING
        self._left()
        return said

    def _receive(self, line: LenientSmtp, session: Session, envelope: Envelope) -> Received:
        return Received(
            at=time.time(),
            server=self.address,
            protocol=self.protocol_names[session.extended_smtp],
            client=line.client,
            helo=clean(session.host_name),
            sender=clean(envelope.mail_from).removeprefix("<>"),
            recipients=tuple(clean(address) for address in envelope.rcpt_tos),
            content=(envelope.original_content or b"").decode("latin-1"),
            port=self.port,
            tls=_tls_version(line),
            login=bytes(session.login_data or b"").decode(errors="replace"),
            mail_parameters=tuple(map(clean, envelope.mail_options)),
        )

    def _reply_to_greeting(self, line: LenientSmtp) -> str | None:
        """Return a refusal of HELO or EHLO, or None."""
        if line.unwelcome:
            return "503 5.5.1 No service here"
        reply = self.reply_for("HELO", line)
        return reply if reply and not is_positive(reply) else None

    def _after_acceptance(self, received: Received, *, smtputf8: bool) -> None:
        """Hook for an accepted message, besides recording it."""



def _tls_version(line: LenientSmtp) -> str:
    """Return the version of TLS on that connection; empty in the clear."""
    session = line.transport.get_extra_info("ssl_object") if line.transport is not None else None
    return str(session.version()) if session is not None else ""


class Peer(Mta):
    """A remote MTA at one of its ports, in the running loop."""

    def __init__(  # noqa: PLR0913 - the rest are keywords
        self,
        address: str,
        behaviour: Behaviour,
        hostname: str,
        record: Callable[[Received], None],
        *,
        port: int = 25,
        trouble: Callable[[str], None] | None = None,
        forwarded: Callable[[Transcript], None] | None = None,
        forward_port: int = 25,
        answered: Callable[[Answered], None] | None = None,
        left: Callable[[], None] | None = None,
        answers: Answers | None = None,
        key_and_chain: str = "",
        admission: Admission | None = None,
    ) -> None:
        super().__init__(Conduct(address, behaviour, answered, answers), hostname, record, port, trouble)
        if behaviour.tls is not Certificate.NONE:
            self.tls_context = server_context(key_and_chain)
            self.tls_on_connect = port in behaviour.tls_ports
        self._left = left or (lambda: None)
        self._forwarded = forwarded or (lambda _: None)
        self._forward_port = forward_port
        self._admission = admission

    @property
    def expects_quit(self) -> bool:
        """Whether a connection is open on which a QUIT would get another reply than the usual one."""
        answers = self.conduct.behaviour.answers
        return any(a.stage == "QUIT" for a in answers) and any(not line.parted for line in self._lines.values())

    def _after_acceptance(self, received: Received, *, smtputf8: bool) -> None:
        if onward := self.conduct.behaviour.forward_to:
            relayed = relay_dialogue(received, self.hostname, smtputf8=smtputf8)
            server, told = (onward, self._forward_port), (self._forwarded, self._trouble)
            self.spawn(forward(relayed, self.address, server, *told, admission=self._admission))
