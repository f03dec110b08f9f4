"""What whoever asks for a configuration may choose about its stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

Table = Mapping[str, str]


class Delivery(StrEnum):
    """Where accepted mail goes."""

    SINK = "sink"
    """Local and virtual mail goes to the lab's sink, over LMTP."""
    AS_CONFIGURED = "as-configured"
    """The configuration's own transports deliver; sockets and programs that are missing lead to the sink."""


class Disk(StrEnum):
    """What the queue lies on."""

    ROOMY = "roomy"
    TIGHT = "tight"
    """A small file system with 16 kB left: a message can begin, and a larger one cannot end."""
    FULL = "full"
    """A small file system without a free block."""


@dataclass(frozen=True)
class Choices:
    """The part of a setup that the fitting needs; `collaborators.examine` refuses words that mean nothing."""

    main: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Entries by what the configuration names: `mysql:/etc/postfix/users.cf`."""
    csv: Path | None = None
    """A folder of CSV files, each named after what the table is configured by: `users.cf.csv`."""
    milter: str = "accept"
    """How stubs behave that stand for milters, or which collaborator stands for one: `collaborators.stand_ins`."""
    policy: str = "accept"
    """The same of policy services."""
    delivery: str = Delivery.SINK
    spf: str = "works"
    """How policyd-spf fares; the words are the collaborator's own, as those of `sasl` are."""
    sasl: str = "works"
    policyd_spf: Mapping[str, str] = field(default_factory=dict)
    """Settings of policyd-spf.conf."""
    addresses: tuple[str, ...] = ("192.0.2.25", "2001:db8:2::25")
