"""The sink: an LMTP server in which accepted mail ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiosmtpd.lmtp import LMTP

from postfix_lab.inside.internet.smtp.conduct import Conduct
from postfix_lab.inside.internet.smtp.peer import LenientSmtp, Mta
from postfix_lab.smtp.behaviour import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.smtp.behaviour import Received


class _LenientLmtp(LenientSmtp, LMTP):
    """The same with LHLO in place of EHLO."""


class Sink(Mta):
    """An LMTP server that accepts and records everything (RFC 2033)."""

    protocol = _LenientLmtp
    protocol_names = ("LMTP", "LMTP")

    def __init__(
        self,
        address: str,
        hostname: str,
        record: Callable[[Received], None],
        *,
        port: int = 24,
        trouble: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(Conduct(address, ACCEPT), hostname, record, port, trouble)

    def final_reply(self, received: Received) -> str:
        """Return a reply for each recipient (RFC 2033 section 4.2)."""
        return "\r\n".join("250 2.1.5 Ok" for _ in received.recipients)
