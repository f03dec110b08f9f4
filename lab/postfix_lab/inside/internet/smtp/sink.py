"""The sink, where the mail ends that a mail host accepts: it is handed over by LMTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiosmtpd.lmtp import LMTP

from postfix_lab.inside.internet.smtp.conduct import Conduct
from postfix_lab.inside.internet.smtp.peer import Mta, Takes
from postfix_lab.smtp.behaviour import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.smtp.behaviour import Received


class _TakesLmtp(Takes, LMTP):
    """The same with LHLO in the place of EHLO."""


class Sink(Mta):
    """The LMTP end of the mail host's delivery: keeps everything, one reply a recipient (RFC 2033)."""

    protocol = _TakesLmtp
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

    def thanks(self, received: Received) -> str:
        """A reply for each recipient (RFC 2033 section 4.2)."""
        return "\r\n".join("250 2.1.5 Ok" for _ in received.recipients)
