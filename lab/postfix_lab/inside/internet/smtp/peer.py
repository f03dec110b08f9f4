"""A remote MTA that answers, on aiosmtpd, like the sink.

aiosmtpd is strict about what it accepts. An MTA of the lab accepts whatever Postfix
sends: long lines, addresses that RFC 5322 does not allow, 8-bit text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, Session, TLSSetupException

from postfix_lab.errors import LabError
from postfix_lab.inside.internet.smtp.conduct import Conduct, clean, is_positive
from postfix_lab.inside.internet.smtp.forwarding import forward, relay_dialogue
from postfix_lab.inside.internet.smtp.listener import bind_tcp
from postfix_lab.inside.internet.smtp.misconduct import misbehave
from postfix_lab.inside.internet.smtp.tls import server_context
from postfix_lab.smtp.answer import Oddity
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.certificate import Certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from postfix_lab.inside.internet.admission import Admission
    from postfix_lab.smtp.answer import Answered, Answers
    from postfix_lab.smtp.transcript import Transcript

MAX_SIZE = 32 * 1024 * 1024
_IDENT = "ESMTP"
_ODDITIES = frozenset(Oddity)
_ADDRESS = re.compile(r'\s*<((?:"(?:[^"\\]|\\.)*"|[^>"])*)>\s*(.*)\Z', re.DOTALL)


class LenientSmtp(SMTP):
    """aiosmtpd without its strictness, replying as a `Behaviour` says."""

    line_length_limit = MAX_SIZE
    command_size_limit = 8192

    def __init__(self, mta: Mta) -> None:
        self.command_size_limits = defaultdict(lambda: self.command_size_limit)
        super().__init__(
            mta,
            hostname=mta.hostname, ident=_IDENT,
            data_size_limit=MAX_SIZE,
            enable_SMTPUTF8="SMTPUTF8" not in mta.conduct.behaviour.lacks,
            tls_context=mta.tls_context,
            authenticator=lambda *said: AuthResult(success=mta.conduct.knows(said[-1]), handled=False),
            auth_required=mta.conduct.behaviour.auth_required,
            auth_require_tls=mta.tls_context is not None or not mta.conduct.behaviour.users,
            loop=asyncio.get_running_loop(),
        )  # fmt: skip
        self._mta = mta
        self.parted = False
        """Whether QUIT was received."""
        self.unwelcome: bool | None = None
        """Whether the banner refused service, so that greetings are refused (RFC 5321 section 3.1); None before it."""

    async def push(self, status: str | bytes) -> None:
        """Send a reply; the banner may be replaced, and the connection is closed after 421."""
        text = status.decode() if isinstance(status, bytes) else status
        if self.unwelcome is None:
            text = self._mta.reply_for("CONNECT", self) or text
            self.unwelcome = not (is_positive(text) or text in _ODDITIES)
        if text in _ODDITIES:
            await misbehave(Oddity(text), cast("asyncio.Transport", self.transport))
            return
        await super().push("\r\n".join(text.splitlines()))
        if text.startswith("421") and self.transport is not None:
            self.transport.close()

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd has no hook for it
        """Start the handshake, unless the MTA's reply is not 220."""
        reply = self._mta.reply_for("STARTTLS", self) if self.tls_context else None
        await (super().smtp_STARTTLS(arg) if reply is None or is_positive(reply) else self.push(reply))

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's hook is behind its own checks
        """Take a login, unless the MTA has a reply of its own."""
        reply = self._mta.reply_for("AUTH", self)
        await (super().smtp_AUTH(arg) if reply is None or is_positive(reply) else self.push(reply))

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's hook is for the message
        """Receive the message, unless the MTA's reply is not 354."""
        reply = self._mta.reply_for("DATA", self) if self.envelope and self.envelope.rcpt_tos else None
        await (super().smtp_DATA(arg) if reply is None or reply.startswith("3") else self.push(reply))

    @property
    def client(self) -> str:
        """The client's address."""
        return str(((self.session and self.session.peer) or ("",))[0])

    async def _handle_client(self) -> None:
        with self._mta.track_session(self), contextlib.suppress(ConnectionError):
            await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Return any text between angle brackets, and the rest; `<>` must not be empty for aiosmtpd."""
        found = _ADDRESS.match(arg)
        return (found[1] or "<>", found[2]) if found else (None, None)


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
        self._server = await asyncio.get_running_loop().create_server(lambda: self.protocol(self), sock=sock)

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
        )

    def _reply_to_greeting(self, line: LenientSmtp) -> str | None:
        """Return a refusal of HELO or EHLO, or None."""
        if line.unwelcome:
            return "503 5.5.1 No service here"
        reply = self.reply_for("HELO", line)
        return reply if reply and not is_positive(reply) else None

    def _after_acceptance(self, received: Received, *, smtputf8: bool) -> None:
        """Hook for an accepted message, besides recording it."""



class Peer(Mta):
    """A remote MTA on its own port 25, in the running loop."""

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
