"""What a remote MTA shows after STARTTLS: the kinds of certificates, right and wrong."""

from __future__ import annotations

from enum import StrEnum


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
