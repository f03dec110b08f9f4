"""A remote MTA that answers: with the sink the lab's only use of aiosmtpd.

aiosmtpd is written for servers that want clean mail. An MTA of the lab takes whatever Postfix
sends: long lines, addresses that RFC 5322 does not know, 8-bit text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import MISSING, SMTP, Envelope, Session, TLSSetupException

from postfix_lab.errors import LabError
from postfix_lab.inside.internet.smtp.conduct import Conduct, accepts, clean
from postfix_lab.inside.internet.smtp.forwarding import relaying, send_on
from postfix_lab.inside.internet.smtp.listener import listening
from postfix_lab.inside.internet.smtp.misconduct import misbehave
from postfix_lab.inside.internet.smtp.tls import server_context
from postfix_lab.smtp.answer import Oddity
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.certificate import Certificate

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from postfix_lab.smtp.answer import Answered, Turns
    from postfix_lab.smtp.transcript import Transcript

MAX_SIZE = 32 * 1024 * 1024
_IDENT = "ESMTP"
_ODDITIES = frozenset(Oddity)
_ADDRESS = re.compile(r'\s*<((?:"(?:[^"\\]|\\.)*"|[^>"])*)>\s*(.*)\Z', re.DOTALL)


class Takes(SMTP):
    """aiosmtpd with its strictness off, and with the manners of `Behaviour`."""

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
            loop=asyncio.get_running_loop(),
        )  # fmt: skip
        self._mta = mta
        self.parted = False
        """Whether QUIT was said."""
        self.unwelcome: bool | None = None
        """Whether the banner refused, so that nothing else goes (RFC 5321 section 3.1); None before there is one."""

    async def push(self, status: str | bytes) -> None:
        """Every reply passes here: the banner may be another one, and after 421 the line is closed."""
        text = status.decode() if isinstance(status, bytes) else status
        if self.unwelcome is None:
            text = self._mta.says("CONNECT", self) or text
            self.unwelcome = not (accepts(text) or text in _ODDITIES)
        if text in _ODDITIES:
            await misbehave(Oddity(text), cast("asyncio.Transport", self.transport))
            return
        await super().push("\r\n".join(text.splitlines()))
        if text.startswith("421") and self.transport is not None:
            self.transport.close()

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd has no hook for it
        """Go on to the handshake, unless the MTA says something else than 220."""
        reply = self._mta.says("STARTTLS", self) if self.tls_context else None
        await (super().smtp_STARTTLS(arg) if reply is None or accepts(reply) else self.push(reply))

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's hook is for the message
        """Go on to the message, unless the MTA says something else than 354."""
        reply = self._mta.says("DATA", self) if self.envelope and self.envelope.rcpt_tos else None
        await (super().smtp_DATA(arg) if reply is None or reply.startswith("3") else self.push(reply))

    @property
    def client(self) -> str:
        """The address that the session comes from."""
        return str(((self.session and self.session.peer) or ("",))[0])

    async def _handle_client(self) -> None:
        with self._mta.serving(self), contextlib.suppress(ConnectionError):
            await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Whatever stands between the angle brackets; `<>` must not be empty to aiosmtpd."""
        found = _ADDRESS.match(arg)
        return (found[1] or "<>", found[2]) if found else (None, None)


class Mta:
    """One listening address: what a peer and the sink have in common; its `handle_*` are aiosmtpd's hooks."""

    protocol: type[Takes] = Takes
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
        """After `start` with port 0: the one that the kernel chose."""
        self.hostname = hostname
        self.tls_context: ssl.SSLContext | None = None
        self._record = record
        self._trouble = trouble or (lambda _: None)
        self._server: asyncio.Server | None = None
        self._left: Callable[[], None] = lambda: None
        self._lines: dict[asyncio.Task[None], Takes] = {}
        self._work: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; raises `LabError` if the address cannot be had."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        sock = listening(self.address, self.port)
        self.port = sock.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(lambda: self.protocol(self), sock=sock)

    async def close(self) -> None:
        """Stop listening, and drop every line that is open."""
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
    def serving(self, line: Takes) -> Any:
        """Keep the line's task in mind, so that `close` finds it."""
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
        """Do that beside; `close` ends it."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def says(self, stage: str, line: Takes, to: str | None = None) -> str | None:
        """The reply or the oddity that this moment of a session calls for; none where it is the usual one."""
        envelope = line.envelope or Envelope()
        return self.conduct.says(stage, line.client, envelope.mail_from, envelope.rcpt_tos if to is None else [to])

    async def handle_exception(self, error: Exception) -> str:
        """A fault of the lab's MTA is told to the lab, and to the client as one that passes."""
        if isinstance(error, TLSSetupException):
            return "454 4.7.0 No TLS came about"  # Nobody hears it: the client broke the handshake off.
        self._trouble(f"the MTA at {self.address} port {self.port} failed: {error!r}")
        return "451 4.3.0 The lab's MTA is in trouble"

    async def handle_HELO(self, line: Takes, _session: Session, _envelope: Envelope, _name: str) -> Any:  # noqa: N802
        """Go on (MISSING), or refuse."""
        return self._reply_to_greeting(line) or MISSING

    async def handle_EHLO(  # noqa: N802 - the shape of aiosmtpd's hooks
        self, line: Takes, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Go on with aiosmtpd's keywords but for those that are lacking, or refuse."""
        if refusal := self._reply_to_greeting(line):
            return [refusal]
        session.host_name = hostname
        return self.conduct.offers(responses)

    async def handle_MAIL(  # noqa: N802
        self, line: Takes, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        envelope.mail_from = address
        reply = self.says("MAIL", line)
        if reply and not accepts(reply):
            envelope.mail_from = None
        return reply or MISSING

    async def handle_RCPT(  # noqa: N802
        self, line: Takes, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        reply = self.says("RCPT", line, to=address)
        if reply and accepts(reply):
            envelope.rcpt_tos.append(address)
        return reply or MISSING

    async def handle_DATA(self, line: Takes, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The reply to the dot."""
        reply = self.says("MESSAGE", line)
        if reply and not accepts(reply):
            return reply
        received = self._receive(line, session, envelope)
        self._record(received)
        self._accepted(received, smtputf8=bool(envelope.smtp_utf8))
        return reply or self.thanks(received)

    async def handle_QUIT(self, line: Takes, _session: Session, _envelope: Envelope) -> Any:  # noqa: N802
        """Say goodbye (MISSING), or something else."""
        line.parted = True
        said = self.says("QUIT", line) or MISSING
        self._left()
        return said

    def _receive(self, line: Takes, session: Session, envelope: Envelope) -> Received:
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

    def _reply_to_greeting(self, line: Takes) -> str | None:
        """What is said to a greeting instead of welcoming it."""
        if line.unwelcome:
            return "503 5.5.1 No service here"
        reply = self.says("HELO", line)
        return reply if reply and not accepts(reply) else None

    def _accepted(self, received: Received, *, smtputf8: bool) -> None:
        """What happens to an accepted message besides being recorded."""

    def thanks(self, received: Received) -> str:  # noqa: ARG002 - the sink has a reply for each recipient
        """The reply to a message that is taken."""
        return "250 2.0.0 Ok"


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
        turns: Turns | None = None,
        key_and_chain: str = "",
    ) -> None:
        super().__init__(Conduct(address, behaviour, answered, turns), hostname, record, port, trouble)
        if behaviour.tls is not Certificate.NONE:
            self.tls_context = server_context(key_and_chain)
        self._left = left or (lambda: None)
        self._forwarded = forwarded or (lambda _: None)
        self._forward_port = forward_port

    @property
    def expects_quit(self) -> bool:
        """Whether a line is open on which a QUIT would be answered otherwise than usual."""
        answers = self.conduct.behaviour.answers
        return any(a.stage == "QUIT" for a in answers) and any(not line.parted for line in self._lines.values())

    def _accepted(self, received: Received, *, smtputf8: bool) -> None:
        if onward := self.conduct.behaviour.forward_to:
            relayed = relaying(received, self.hostname, smtputf8=smtputf8)
            on = send_on(relayed, self.address, (onward, self._forward_port), self._forwarded, self._trouble)
            self.spawn(on)
