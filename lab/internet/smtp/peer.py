"""A remote MTA that answers, and the sink where accepted mail ends: the lab's only use of aiosmtpd.

aiosmtpd is written for servers that want clean mail. An MTA of the lab takes whatever Postfix
sends: long lines, addresses that RFC 5322 does not know, 8-bit text.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import MISSING, SMTP, Envelope, Session

from lab.errors import LabError
from lab.internet.smtp.behaviour import ACCEPT, Behaviour, Received
from lab.internet.smtp.forward import relaying
from lab.internet.smtp.session import converse
from lab.internet.smtp.tls import server_context

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from lab.internet.smtp.transcript import Transcript

MAX_SIZE = 32 * 1024 * 1024
_IDENT = "ESMTP"
_ADDRESS = re.compile(r'\s*<((?:"(?:[^"\\]|\\.)*"|[^>"])*)>\s*(.*)\Z', re.DOTALL)


class _Takes(SMTP):
    """aiosmtpd with its strictness off, and with the manners of `Behaviour`."""

    line_length_limit = MAX_SIZE
    command_size_limit = 8192

    def __init__(self, mta: _Mta) -> None:
        self.command_size_limits = defaultdict(lambda: self.command_size_limit)
        context = server_context() if mta.starttls else None
        super().__init__(
            mta,
            hostname=mta.hostname,
            ident=_IDENT,
            data_size_limit=MAX_SIZE,
            enable_SMTPUTF8=True,
            tls_context=context,
            loop=asyncio.get_running_loop(),
        )
        self._mta = mta
        self._silent = True

    async def push(self, status: str | bytes) -> None:
        """Every reply passes here: the banner may be another one, and after 421 the line is closed."""
        text = status.decode() if isinstance(status, bytes) else status
        if self._silent:
            self._silent = False
            text = self._mta.behaviour.banner or text
        await super().push(text)
        if text.startswith("421") and self.transport is not None:
            self.transport.close()

    async def _handle_client(self) -> None:
        with self._mta.serving(self), contextlib.suppress(ConnectionError):
            await super()._handle_client()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Whatever stands between the angle brackets; `<>` must not be empty to aiosmtpd."""
        found = _ADDRESS.match(arg)
        return (found[1] or "<>", found[2]) if found else (None, None)


class _TakesLmtp(_Takes, LMTP):
    """The same with LHLO in the place of EHLO."""


class _Mta:
    """One listening address: what `Peer` and `Sink` have in common; its `handle_*` are aiosmtpd's hooks."""

    _protocol: type[_Takes] = _Takes
    _protocol_names = ("SMTP", "ESMTP")

    def __init__(  # noqa: PLR0913 - the rest are keywords
        self,
        address: str,
        behaviour: Behaviour,
        hostname: str,
        record: Callable[[Received], None],
        *,
        port: int,
        trouble: Callable[[str], None] | None,
    ) -> None:
        self.address = address
        self.port = port
        """After `start` with port 0: the one that the kernel chose."""
        self.behaviour = behaviour
        self.hostname = hostname
        self.starttls = False
        self._record = record
        self._trouble = trouble or (lambda _: None)
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], _Takes] = {}
        self._work: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; raises `LabError` if the address cannot be had."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        sock = _listening(self.address, self.port)
        self.port = sock.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(lambda: self._protocol(self), sock=sock)

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
    def serving(self, line: _Takes) -> Any:
        """Keep the line's task in mind, so that `close` finds it."""
        task = asyncio.current_task()
        if task is None:
            raise LabError("a session of an MTA runs in no task")
        self._lines[task] = line
        try:
            yield
        finally:
            del self._lines[task]

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do that beside; `close` ends it."""
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of the lab's MTA is told to the lab, and to the client as one that passes."""
        self._trouble(f"the MTA at {self.address} port {self.port} failed: {error!r}")
        return "451 4.3.0 The lab's MTA is in trouble"

    async def handle_HELO(self, _server: _Takes, _session: Session, _envelope: Envelope, _name: str) -> Any:  # noqa: N802
        """Go on (MISSING), or refuse."""
        return self._refusal or MISSING

    async def handle_EHLO(  # noqa: N802 - the shape of aiosmtpd's hooks
        self, _server: _Takes, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Go on with aiosmtpd's keywords, or refuse."""
        if self._refusal:
            return [self._refusal]
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: _Takes, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        reply = self.behaviour.mail
        if reply and _accepts(reply):
            envelope.mail_from = address
        return reply or MISSING

    async def handle_RCPT(  # noqa: N802
        self, _server: _Takes, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> Any:
        """Go on (MISSING), or say the given reply."""
        reply = self.behaviour.rcpt
        if reply and _accepts(reply):
            envelope.rcpt_tos.append(address)
        return reply or MISSING

    async def handle_DATA(self, _server: _Takes, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The reply to the dot; the reply to the command is always 354."""
        reply = self.behaviour.data
        if reply and not _accepts(reply):
            return reply
        received = self._received(session, envelope)
        self._record(received)
        self._accepted(received, smtputf8=bool(envelope.smtp_utf8))
        return reply or self._thanks(received)

    def _received(self, session: Session, envelope: Envelope) -> Received:
        return Received(
            at=time.time(),
            server=self.address,
            protocol=self._protocol_names[session.extended_smtp],
            client=str((session.peer or ("",))[0]),
            helo=_clean(session.host_name),
            sender=_clean(envelope.mail_from).removeprefix("<>"),
            recipients=tuple(_clean(address) for address in envelope.rcpt_tos),
            content=(envelope.original_content or b"").decode("latin-1"),
        )

    @property
    def _refusal(self) -> str | None:
        """To the greeting; after a banner that refuses, nothing else goes (RFC 5321 section 3.1)."""
        if self.behaviour.banner and not _accepts(self.behaviour.banner):
            return "503 5.5.1 No service here"
        return self.behaviour.helo if self.behaviour.helo and not _accepts(self.behaviour.helo) else None

    def _accepted(self, received: Received, *, smtputf8: bool) -> None:
        """What happens to an accepted message besides being recorded."""

    def _thanks(self, received: Received) -> str:  # noqa: ARG002
        return "250 2.0.0 Ok"


class Peer(_Mta):
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
        starttls: bool = False,
    ) -> None:
        super().__init__(address, behaviour, hostname, record, port=port, trouble=trouble)
        self.starttls = starttls
        self._forwarded = forwarded or (lambda _: None)
        self._forward_port = forward_port

    def _accepted(self, received: Received, *, smtputf8: bool) -> None:
        if self.behaviour.forward_to:
            self.spawn(self._forward(received, self.behaviour.forward_to, smtputf8=smtputf8))

    async def _forward(self, received: Received, server: str, *, smtputf8: bool) -> None:
        """Send it on; a refusal is news (`forwarded`), a line that broke is trouble."""
        dialogue = relaying(received, self.hostname, smtputf8=smtputf8)
        try:
            transcript = await converse(self.address, server, self._forward_port, dialogue)
        except LabError as error:
            self._trouble(f"{self.address} could not send on to {server}: {error}")
            return
        self._forwarded(transcript)
        if transcript.ended != "quit":
            why = transcript.error or transcript.ended
            self._trouble(f"{self.address} could not send on to {server}: {why}")


class Sink(_Mta):
    """The LMTP end of the mail host's delivery: keeps everything, one reply a recipient (RFC 2033)."""

    _protocol = _TakesLmtp
    _protocol_names = ("LMTP", "LMTP")

    def __init__(
        self,
        address: str,
        hostname: str,
        record: Callable[[Received], None],
        *,
        port: int = 24,
        trouble: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(address, ACCEPT, hostname, record, port=port, trouble=trouble)

    def _thanks(self, received: Received) -> str:
        return "\r\n".join("250 2.1.5 Ok" for _ in received.recipients)


def _listening(address: str, port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named: else each LHLO would cost 40 ms.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise LabError(f"cannot listen at {address} port {port}: {error.strerror}") from error
    return sock


def _accepts(reply: str) -> bool:
    return reply.startswith("2")


def _clean(text: str | None) -> str:
    """What aiosmtpd decoded with surrogates, as text that can be written anywhere."""
    return (text or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
