"""Keys and certificates, signed by a throw-away CA that each process of the lab has.

A mail host trusts that CA if its configuration names a missing file of CAs (`smtp_tls_CAfile`). trustme creates the
keys in the lab's process; the containers only use them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from postfix_lab.smtp.certificate import Certificate

if TYPE_CHECKING:
    from trustme import CA

_OWNER = "postfix-lab, a throw-away CA"
_FOREIGN = "a CA that nobody trusts"
_ELSE = "somebody.else.example"
_VALID = timedelta(days=4000)


@cache
def authority(name: str = _OWNER) -> CA:
    """Return the lab's CA, made once for each process and name."""
    import trustme  # noqa: PLC0415 - docs/startup.md

    return trustme.CA(organization_name=name)


@cache
def key_and_chain(kind: Certificate, name: str, now: datetime | None = None) -> str:
    """The key and the certificate chain of the MTA of that name as PEM text; empty if that kind has none.

    Its dates are relative to `now`, by default the current time. A valid certificate is valid for longer than a
    scenario can set Postfix's clock ahead.
    """
    if kind in (Certificate.NONE, Certificate.ANONYMOUS):
        return ""
    day, now = timedelta(days=1), now or datetime.now(UTC)
    starts = now + day if kind is Certificate.NOT_YET else now - 30 * day
    ends = now - day if kind is Certificate.EXPIRED else now + _VALID
    signer = authority(_FOREIGN) if kind is Certificate.UNKNOWN_CA else authority()
    leaf = signer.issue_cert(_ELSE if kind is Certificate.WRONG_NAME else name, not_before=starts, not_after=ends)
    return leaf.private_key_and_cert_chain_pem.bytes().decode()
