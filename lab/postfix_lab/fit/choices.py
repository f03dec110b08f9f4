"""The choices that a scenario has about the stand-ins of its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule

Table = Mapping[str, str]


@dataclass(frozen=True)
class CsvTables:
    """The entries of tables in files; `runtime/table_files.py` reads them."""

    folder: str
    tables: Mapping[str, Table]
    """By the name of the table's file, with or without its suffix, or by the table as the configuration names it."""


class DeliveryMode(StrEnum):
    """Where accepted mail goes."""

    SINK = "sink"
    """Local and virtual mail is delivered to the lab's sink over LMTP."""
    AS_CONFIGURED = "as-configured"
    """The configuration's own transports deliver; missing sockets and programs are replaced by the sink."""


class Memory(StrEnum):
    """What daemons keep in memory between two runs of one test; between two tests it is always undone."""

    FRESH = "fresh"
    """smtpd is replaced if the DNS data have changed since it asked DNS lists, whose answers it keeps."""
    KEPT = "kept"
    """Every daemon goes on, as in life."""


class StandIns(StrEnum):
    """What has a stand-in in the mail host."""

    OTHERS = "others"
    """What other programs bring: a milter, a database, Dovecot's sockets, an account of the host."""
    ALL = "all"
    """Also what the configuration itself lacks: a table without its file or index, a socket of no service."""


class Disk(StrEnum):
    """The file system of the queue."""

    ROOMY = "roomy"
    TIGHT = "tight"
    """A small file system with 16 kB free: a message can be started, but a larger one cannot be completed."""
    FULL = "full"
    """A small file system without a free block."""


@dataclass(frozen=True)
class Choices:
    """The part of a setup that fitting needs; `collaborators.check_choices` raises for unknown words."""

    main: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Entries by the table as the configuration names it: `mysql:/etc/postfix/users.cf`."""
    csv: CsvTables | None = None
    beside: CsvTables | None = None
    """The entries that lie with the configuration; those for a table that it does not name are left alone."""
    at: str = ""
    """Where the folder is mounted on the host, besides /etc/postfix."""
    milter: str = "accept"
    """How stubs for milters behave, or the collaborator that replaces them: `collaborators.stand_ins`."""
    policy: str = "accept"
    """The same for policy services."""
    milter_rules: tuple[MilterRule, ...] = ()
    """The cases in which they do otherwise."""
    policy_rules: tuple[PolicyRule, ...] = ()
    table_rules: Mapping[str, tuple[TableRule, ...]] = field(default_factory=dict)
    """What the servers of tables answer before the entries do, by the table as the configuration names it."""
    filter: str = "accept"
    """The same for content filters and for `smtpd_proxy_filter`."""
    delivery: str = DeliveryMode.SINK
    spf: str = "works"
    """How policyd-spf behaves; its collaborator defines the words, as for `sasl`."""
    sasl: str = "works"
    stand_ins: str = StandIns.OTHERS
    chroot: Chroot = Chroot.PACKAGED
    """The state of smtpd's chroot; `off` means that no smtpd is chrooted."""
    policyd_spf: Mapping[str, str] = field(default_factory=dict)
    """Settings of policyd-spf.conf."""
    addresses: tuple[str, ...] = ("192.0.2.25", "2001:db8:2::25")
