"""Certificates of the Internet's MTAs: which kinds there are, and where they come from.

There is one CA, made anew for each process of the lab. A mail host trusts it where its configuration names a
file of CAs that the folder does not hold (`smtp_tls_CAfile`). The keys are made where the lab runs, by trustme; the
container of the Internet only uses them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trustme import CA

_OWNER = "postfix-lab, a throw-away CA"
_FOREIGN = "a CA that nobody trusts"
_ELSE = "somebody.else.example"
_VALID = timedelta(days=4000)


class Certificate(StrEnum):
    """What an MTA shows after STARTTLS."""

    NONE = "none"
    """It offers no STARTTLS."""
    ANONYMOUS = "anonymous"
    """No certificate at all, but anonymous key exchange, which opportunistic TLS takes (RFC 7672 section 8.2)."""
    GOOD = "good"
    """For its own name, signed by the lab's CA."""
    EXPIRED = "expired"
    """The same, until yesterday."""
    NOT_YET = "not-yet"
    """The same, from tomorrow on."""
    WRONG_NAME = "wrong-name"
    """Signed by the lab's CA for somebody else."""
    UNKNOWN_CA = "unknown-ca"
    """For its own name, signed by a CA that no file holds."""


@cache
def authority(name: str = _OWNER) -> CA:
    """The lab's CA; by another name, another one."""
    import trustme  # noqa: PLC0415 - most runs need none, and it takes 80 ms

    return trustme.CA(organization_name=name)


@cache
def key_and_chain(kind: Certificate, name: str, now: datetime | None = None) -> str:
    """PEM text of the key and the certificate chain of the MTA of that name; empty where it has none.

    `now` is the time that its dates are relative to; the clock's, if none is given. A certificate that is good stays
    so for longer than a scenario can put Postfix's clock ahead.
    """
    if kind in (Certificate.NONE, Certificate.ANONYMOUS):
        return ""
    day, now = timedelta(days=1), now or datetime.now(UTC)
    starts = now + day if kind is Certificate.NOT_YET else now - 30 * day
    ends = now - day if kind is Certificate.EXPIRED else now + _VALID
    signer = authority(_FOREIGN) if kind is Certificate.UNKNOWN_CA else authority()
    leaf = signer.issue_cert(_ELSE if kind is Certificate.WRONG_NAME else name, not_before=starts, not_after=ends)
    return leaf.private_key_and_cert_chain_pem.bytes().decode()
