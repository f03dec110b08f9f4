"""One connection of an MTA, on aiosmtpd without its strictness.

aiosmtpd is strict about what it accepts. An MTA of the lab accepts whatever Postfix
sends: long lines, addresses that RFC 5322 does not allow, 8-bit text.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from postfix_lab.inside.internet.smtp.conduct import is_positive
from postfix_lab.inside.internet.smtp.misconduct import misbehave
from postfix_lab.smtp.answer import Oddity

if TYPE_CHECKING:
    from postfix_lab.inside.internet.smtp.peer import Mta

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
            tls_context=None if mta.tls_on_connect else mta.tls_context,
            authenticator=lambda *said: AuthResult(
                success=mta.conduct.knows(said[-1]), handled=False, auth_data=said[-1]
            ),
            auth_required=mta.conduct.behaviour.auth_required,
            auth_require_tls=mta.needs_starttls,
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
        """Take a login, unless the MTA has a reply of its own or does not offer the mechanism."""
        reply = self._mta.reply_for("AUTH", self)
        if reply is None and arg and not self._mta.conduct.offers(arg.split(maxsplit=1)[0]):
            reply = "504 5.5.4 Unrecognized authentication type"
        await (super().smtp_AUTH(arg) if reply is None or is_positive(reply) else self.push(reply))

    async def auth_CRAM__MD5(self, _: Any, _args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd finds it by its name
        """Take a login by CRAM-MD5 (RFC 2195)."""
        challenge = f"<{uuid4().hex}@{self.hostname}>".encode()
        answer = await self.challenge_auth(challenge)
        if not isinstance(answer, bytes):
            return AuthResult(success=False, handled=True)
        user, _, digest = answer.decode(errors="replace").rpartition(" ")
        known = self._mta.conduct.knows_digest(user, digest, challenge)
        return AuthResult(success=known, handled=False, auth_data=LoginPassword(user.encode(), b""))

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
