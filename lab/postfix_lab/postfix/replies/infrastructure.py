"""Replies that report a failure within the mail host: a lookup table, a policy service, a milter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postfix_lab.smtp.transcript import Exchange

_INFRASTRUCTURE = (
    ("4.3.0", re.compile("Temporary lookup failure")),
    ("4.3.5", re.compile("Server configuration (error|problem)")),
    # With a semicolon it is a block list's refusal, whose code the admin chooses (maps_rbl_reject_code).
    ("4.7.1", re.compile("Service unavailable(?!;)")),
)


def is_infrastructure(exchange: Exchange) -> bool:
    """Whether the reply reports a failure within the mail host; such a reply is not an ordinary *defer*."""
    reply = exchange.reply
    own = reply.text.rpartition(">: ")[2] if reply else ""  # The text between `<` and `>: ` comes from the client.
    return (
        reply is not None
        and reply.code == 451  # noqa: PLR2004 - the code of local trouble, RFC 5321 section 4.2.3
        and any(reply.enhanced == enhanced and text.search(own) for enhanced, text in _INFRASTRUCTURE)
    )
