"""What whoever asks for a configuration may choose about its stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean

Table = Mapping[str, str]


class Delivery(StrEnum):
    """Where accepted mail goes."""

    SINK = "sink"
    """Local and virtual mail goes to the lab's sink, over LMTP."""
    AS_CONFIGURED = "as-configured"
    """The configuration's own transports deliver; sockets and programs that are missing lead to the sink."""


class Manner(StrEnum):
    """How a stub behaves that stands for a milter or a policy service."""

    ACCEPT = "accept"
    REJECT = "reject"
    TEMPFAIL = "tempfail"
    HANG = "hang"
    """It takes the connection and never answers."""
    ABSENT = "absent"
    """Nothing listens there."""
    WRONG_OWNER = "wrong-owner"
    """Its socket belongs to root alone, so that Postfix may not connect; of TCP there is no owner."""
    POSTGREY = "postgrey"
    """No stub at all but Debian's postgrey, in place of one policy service."""


class Spf(StrEnum):
    """How policyd-spf fares, where master.cf starts it."""

    WORKS = "works"
    CRASH = "crash"
    """It dies before it answers."""
    HANG = "hang"
    """It takes the question and never answers."""
    MISSING = "missing"
    """It is not installed."""
    WRONG_USER = "wrong-user"
    """spawn(8) refuses to start it as the user that is named."""


class Sasl(StrEnum):
    """How Dovecot's auth fares."""

    WORKS = "works"
    ABSENT = "absent"
    """Its socket is gone."""
    HANG = "hang"
    """It takes the connection and never answers: smtpd waits for 10 s, which no parameter changes, and dies."""
    WRONG_OWNER = "wrong-owner"
    """Its socket belongs to root alone."""


class Disk(StrEnum):
    """What the queue lies on."""

    ROOMY = "roomy"
    TIGHT = "tight"
    """A small file system with 16 kB left: a message can begin, and a larger one cannot end."""
    FULL = "full"
    """A small file system without a free block."""


@dataclass(frozen=True)
class Choices:
    """The part of a setup that the fitting needs."""

    main: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Entries by what the configuration names: `mysql:/etc/postfix/users.cf`."""
    csv: Path | None = None
    """A folder of CSV files, each named after what the table is configured by: `users.cf.csv`."""
    milter: str = Manner.ACCEPT
    policy: str = Manner.ACCEPT
    delivery: str = Delivery.SINK
    spf: str = Spf.WORKS
    sasl: str = Sasl.WORKS
    addresses: tuple[str, ...] = ("192.0.2.25", "2001:db8:2::25")

    def __post_init__(self) -> None:
        """Refuse a word that means nothing."""
        for what, value, kind in (
            ("milter", self.milter, Manner), ("policy", self.policy, Manner), ("delivery", self.delivery, Delivery),
            ("spf", self.spf, Spf), ("sasl", self.sasl, Sasl),
        ):  # fmt: skip
            words = [str(word) for word in kind if what != "milter" or word != Manner.POSTGREY]
            if value not in words:
                raise InputError(f"{what} cannot be {value!r}; {did_you_mean(str(value), words)}")
