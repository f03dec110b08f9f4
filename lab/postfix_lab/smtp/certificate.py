"""The kinds of certificates that a remote MTA shows after STARTTLS, valid and invalid."""

from __future__ import annotations

from enum import StrEnum


class Certificate(StrEnum):
    """The certificate that an MTA shows after STARTTLS."""

    NONE = "none"
    """It offers no STARTTLS."""
    ANONYMOUS = "anonymous"
    """No certificate: anonymous key exchange, which opportunistic TLS accepts (RFC 7672 section 8.2)."""
    GOOD = "good"
    """For its own name, signed by the lab's CA."""
    EXPIRED = "expired"
    """As `good`, but expired yesterday."""
    NOT_YET = "not-yet"
    """As `good`, but valid from tomorrow."""
    WRONG_NAME = "wrong-name"
    """Signed by the lab's CA for another name."""
    UNKNOWN_CA = "unknown-ca"
    """For its own name, signed by a CA that is in no CA file."""
