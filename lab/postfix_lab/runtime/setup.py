"""The configuration under test: the admin's files, and what the lab changes in them.

A configuration is a folder as an admin has it: a copy of /etc/postfix, or the output of `postconf -n` and
`postconf -Mf`. Beside them may lie `policyd-spf.conf`, and `sasl.passwd` (user:{SCHEME}password) for Dovecot's auth.
The lab's own changes are deltas: each one has a name and a reason, and every report lists them. What cannot exist
in a lab is replaced by stand-ins, which are deltas as well (`fit/`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path

from postfix_lab.addresses import LOGHOST, RESOLVER, SINK
from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices, CsvTables, DeliveryMode, Disk, Memory, StandIns, Table
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.collaborators import further_packages, stand_ins
from postfix_lab.fit.collaborators.dovecot import Sasl
from postfix_lab.fit.collaborators.policyd_spf import Spf
from postfix_lab.fit.collaborators.stubs import Manner
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.draft import Content
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule, as_rules
from postfix_lab.fit.fitted import Fitted, fit
from postfix_lab.fit.source import Source
from postfix_lab.fit.templates import fill
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.files.master_cf_changes import with_chroot, with_verbose, without_options
from postfix_lab.postfix.log.verbose_lines import PROGRAMS
from postfix_lab.postfix.parameters import ETC
from postfix_lab.runtime import clock
from postfix_lab.runtime.admin_folder import read_source
from postfix_lab.runtime.table_files import read_tables, read_tables_beside
from postfix_lab.runtime.throw_away_keys import with_keys
from postfix_lab.text import did_you_mean

_MASTER = f"{ETC}/master.cf"
LOCALHOST = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
"""The text of /etc/hosts: a name of the mail host's own is not in it, the DNS knows that."""

_SINK = f"lmtp:inet:[{SINK}]:24"
_DELTAS = (
    Delta("local_transport", _SINK, "local mail is handed to the sink, headers included, and can be looked at"),
    Delta("virtual_transport", _SINK, "mail for virtual domains is handed to the sink as well"),
    Delta("in_flow_delay", "0", "a session that is accepted and then quits must not slow down the next one"),
)
_TRACE = (
    Delta("debug_peer_list", "0.0.0.0/0, [::]/0", "smtpd logs each restriction that it evaluates, for every client"),
    Delta("debug_peer_level", "1", "the first level of that log has all of it"),
)
"""The parameters that make smtpd verbose."""
_LOOP = Delta("virtual_alias_recursion_limit", "100", "an alias loop ends before its verbose log has 40,000 lines")
"""Only with the trace, and where main.cf has no limit of its own."""
_TALKATIVE = Delta(
    f"master.cf {', '.join(PROGRAMS)}", "-v", "they log which entries of tables they used, and where a mail goes"
)
_VERBOSE = [delta.what for delta in _TRACE]
_LOG = Delta("rsyslog", f"forwards to {LOGHOST}", "the log is read outside of the mail host")
_OPTIONS = "timeout:1 attempts:1"
CHOICES: dict[str, tuple[tuple[str, ...], str]] = {
    "milter": (stand_ins("milter"), Manner.ACCEPT),
    "policy": (stand_ins("policy"), Manner.ACCEPT),
    "filter": (stand_ins("filter"), Manner.ACCEPT),
    "delivery": (tuple(DeliveryMode), DeliveryMode.SINK),
    "spf": (tuple(Spf), Spf.WORKS),
    "sasl": (tuple(Sasl), Sasl.WORKS),
    "disk": (tuple(Disk), Disk.ROOMY),
    "memory": (tuple(Memory), Memory.FRESH),
    "stand_ins": (tuple(StandIns), StandIns.OTHERS),
}
"""Keywords of a setup that take one of several words: the words, and the default."""


@dataclass(frozen=True)
class Setup:
    """The configuration that a mail host runs: a folder, the scenario's changes to it, and the state of the chroot.

    `@pytest.mark.mail_host(...)` makes one, and `dataclasses.replace(mail_host.setup, main={...})` another. Raises
    `InputError` for what cannot be set; the folder is read when a mail host needs it.
    """

    configuration: Path
    main: Mapping[str, str] = field(default_factory=dict)
    """Parameters of main.cf that the scenario sets."""
    policyd_spf: Mapping[str, str] = field(default_factory=dict)
    """Settings of policyd-spf.conf that the scenario sets."""
    chroot: Chroot = Chroot.PACKAGED
    resolvers: tuple[str, ...] = (RESOLVER,)
    """What its resolv.conf names; the lab's DNS answers at each of them."""
    resolver_options: tuple[str, ...] = ()
    """Further options of its resolv.conf, besides the lab's own: `trust-ad`."""
    canary: bool | None = True
    """Whether a good client must be accepted and a relay attempt refused before anything is judged. With False
    both are tried, and any reply will do; with None no client connects before the scenario."""
    trace: bool = False
    """Whether smtpd logs each restriction that it evaluates, so that the evidence can be explained."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Entries of tables that the lab cannot query, by name in the configuration: `mysql:/etc/postfix/users.cf`."""
    csv: Path | None = None
    """A folder of such entries, `users.cf.csv` with a key and a value in each row; or a YAML file, by table."""
    at: str = ""
    """Where the folder is mounted on the host, besides /etc/postfix: `/data/postfix`."""
    define: Mapping[str, str] = field(default_factory=dict)
    """Values for the placeholders of a configuration that is a template."""
    milter: str = Manner.ACCEPT
    """How the stubs for milters behave, or which collaborator runs in their place."""
    policy: str = Manner.ACCEPT
    """How the stubs for policy services behave, or which collaborator runs in their place: `postgrey`."""
    milter_rules: tuple[MilterRule, ...] = ()
    """The cases in which the stubs for milters do otherwise; the first rule that matches applies."""
    policy_rules: tuple[PolicyRule, ...] = ()
    """The same for policy services."""
    table_rules: Mapping[str, tuple[TableRule, ...]] = field(default_factory=dict)
    """What the servers of tables answer before `tables` and `csv` do, by name in the configuration."""
    filter: str = Manner.ACCEPT
    """How the stand-ins of content filters behave, also of `smtpd_proxy_filter`; `accept` hands mail back unchanged."""
    delivery: str = DeliveryMode.SINK
    """Who delivers: the lab's sink, or the configuration's own transports."""
    clock: bool = False
    """Whether Postfix has its own clock, which the scenario can put forward: `mail_host.clock`."""
    spf: str = Spf.WORKS
    """How policyd-spf behaves."""
    sasl: str = Sasl.WORKS
    """How Dovecot's auth behaves."""
    disk: str = Disk.ROOMY
    """The disk that the queue is on."""
    memory: str = Memory.FRESH
    """What daemons keep in memory between two runs of one test."""
    lab_records: bool = True
    """Whether the lab adds DNS records for names that nobody gave: own domains, mail host, default sender's domain."""
    stand_ins: str = StandIns.OTHERS
    """What has a stand-in: what other programs bring, or all, so also what the configuration itself lacks."""

    def __post_init__(self) -> None:
        """Check the values; raises `InputError`. One resolver option may be given as a plain string."""
        if self.clock and clock.PARAMETER in self.main:
            raise InputError(f"{clock.PARAMETER} is what loads the clock; leave it to main.cf, or leave out clock=True")
        if self.disk not in set(Disk):
            raise InputError(f"disk cannot be {self.disk!r}; {did_you_mean(self.disk, Disk)}")
        for name in ("milter_rules", "policy_rules"):
            object.__setattr__(self, name, as_rules(getattr(self, name)))
        object.__setattr__(self, "table_rules", {key: as_rules(one) for key, one in self.table_rules.items()})
        given = self.resolver_options
        options = (given,) if isinstance(given, str) else tuple(given)
        object.__setattr__(self, "resolver_options", options)
        if self.at and not self.at.startswith("/"):
            raise InputError(f"the folder cannot be mounted at {self.at!r}; name an absolute path")
        if odd := [option for option in options if not re.fullmatch(r"[a-z0-9-]+(:\d+)?", option)]:
            raise InputError(f"{odd[0]!r} is no option of resolv.conf; write trust-ad, edns0, use-vc, ndots:1, ...")

    @property
    def chosen_words(self) -> dict[str, str]:
        """The keywords of `CHOICES` that are not at their default, each with its word."""
        return {name: word for name in CHOICES if (word := str(getattr(self, name))) != CHOICES[name][1]}

    @property
    def restart_key(self) -> tuple[object, ...]:
        """The settings whose change needs a restart of Postfix; all others need a `postfix reload` at most."""
        return self.chroot, self.clock, self.small_disk

    def can_reload(self, following: Setup) -> bool:
        """Whether a `postfix reload` is enough to go over to another setup, as far as it is not about addresses."""
        same_resolvers = self.resolv_conf() == following.resolv_conf()
        return self.restart_key == following.restart_key and (
            same_resolvers or following.chroot not in (Chroot.EMPTY, Chroot.STALE)
        )

    @property
    def small_disk(self) -> bool:
        """Whether the queue is on the small disk."""
        return self.disk != Disk.ROOMY

    @property
    def _resolver_words(self) -> str:
        return " ".join((_OPTIONS, *self.resolver_options))

    def resolv_conf(self, *instead: str) -> str:
        """Return the text of resolv.conf, with its own resolvers or with others instead."""
        names = "".join(f"nameserver {address}\n" for address in instead or self.resolvers)
        return f"{names}options {self._resolver_words}\n"

    @property
    def overrides(self) -> tuple[str, ...]:
        """The scenario's own changes, each as a short text."""
        return (
            *(f"main.cf {name} = {value}" for name, value in self.main.items()),
            *(f"policyd-spf.conf {name} = {value}" for name, value in self.policyd_spf.items()),
            *(f"table {key}: {dict(entries)}" for key, entries in self.tables.items()),
            *([f"tables of {self.csv}"] if self.csv else []),
            *([f"the folder is mounted at {self.at}"] if self.at else []),
            *(f"{name} is {value}" for name, value in self.define.items()),
            *(f"{name} = {value}" for name, value in self.chosen_words.items()),
            *(f"milter rule: {rule}" for rule in self.milter_rules),
            *(f"policy rule: {rule}" for rule in self.policy_rules),
            *(f"rule of {key}: {rule}" for key, rules in self.table_rules.items() for rule in rules),
        )

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """What the lab changes on Debian 12, with the reasons; parameters that the scenario sets are not among them."""
        return self.report(self.fit())

    def report(self, fitted: Fitted) -> tuple[Delta, ...]:
        """Return the fidelity report: every difference between the mail host and the admin's."""
        off = (Delta("master.cf smtpd", "chroot n", "the scenario's chroot state is off"),)
        names = Delta(
            "/etc/resolv.conf",
            f"{', '.join(self.resolvers)}; {self._resolver_words}",
            "names the lab's own DNS; silence costs 1 s",
        )
        own = [delta for delta in fitted.deltas if delta in self._parameters]
        stand_ins = [delta for delta in fitted.deltas if delta not in self._parameters]
        chroot = off if self.chroot is Chroot.OFF else ()
        verbose = (_TALKATIVE,) if self.trace else ()
        return (*own, *verbose, *self._removed_debug_options, names, _LOG, *chroot, *stand_ins)

    def fit(self, debian: int = 12, master_text: str = "", addresses: tuple[str, ...] = ()) -> Fitted:
        """Return the configuration as that release runs it; `master_text`: its master.cf, for a folder without one.

        Raises `InputError` with file, line and remedy where it cannot run.
        """
        key = (debian, master_text, addresses)
        if key not in self._fits:
            choices = replace(self._choices, csv=self._csv_tables, beside=self._tables_beside)
            choices = replace(choices, addresses=addresses) if addresses else choices
            self._fits[key] = with_keys(fit(self.source, choices, self._parameters, debian, master_text))
        return self._fits[key]

    @property
    def packages(self) -> tuple[str, ...]:
        """Debian packages that its collaborators need and the default image lacks."""
        return further_packages(self._choices)

    @property
    def _choices(self) -> Choices:
        names = (field.name for field in fields(Choices) if field.name not in ("addresses", "csv", "beside"))
        return Choices(**{name: getattr(self, name) for name in names})

    @cached_property
    def source(self) -> Source:
        """The admin's folder, read once, with the values of `define`."""
        return fill(read_source(self.configuration), self.define)

    @cached_property
    def _csv_tables(self) -> CsvTables | None:
        return read_tables(self.csv) if self.csv else None

    @cached_property
    def _tables_beside(self) -> CsvTables | None:
        return read_tables_beside(self.configuration)

    def is_current(self) -> bool:
        """Whether its files are still as they were read; raises `InputError` where they cannot be read any more."""
        csv, beside = read_tables(self.csv) if self.csv else None, read_tables_beside(self.configuration)
        source = fill(read_source(self.configuration), self.define)
        return (source, csv, beside) == (self.source, self._csv_tables, self._tables_beside)

    @cached_property
    def _fits(self) -> dict[object, Fitted]:
        return {}

    def files(self, fitted: Fitted | None = None) -> dict[str, str]:
        """Return path in the mail host -> text, with overrides, deltas and stand-ins applied."""
        return {path: content.text for path, content in self.contents(fitted or self.fit()).items()}

    def contents(self, fitted: Fitted) -> dict[str, Content]:
        """Return path in the mail host -> content to be written there."""
        placed = dict(fitted.files)
        if _MASTER in placed and self.trace:
            text = without_options(placed[_MASTER].text, _VERBOSE)
            placed[_MASTER] = Content(with_verbose(text, PROGRAMS))
        if _MASTER in placed and self.chroot is Chroot.OFF:
            placed[_MASTER] = Content(with_chroot(placed[_MASTER].text, "smtpd", "n"))
        for daemon in fitted.daemons:
            placed |= daemon.files
        return placed

    @property
    def _removed_debug_options(self) -> tuple[Delta, ...]:
        """The delta if master.cf had debug_peer_* options: they would keep a service's sessions out of the trace."""
        text = self.original_text("master.cf") if self.trace else ""
        lost = text != without_options(text, _VERBOSE)
        why = "a service's own value would keep its sessions out of the trace"
        return (Delta("master.cf -o debug_peer_*", "removed", why),) if lost else ()

    @property
    def _parameters(self) -> tuple[Delta, ...]:
        main = self.source.files[self.source.main]
        own = (clock.environment(main_cf.value(main, clock.PARAMETER)),) if self.clock else ()
        trace = _TRACE if main_cf.value(main, _LOOP.what) is not None else (*_TRACE, _LOOP)
        return (*_DELTAS, *(trace if self.trace else ()), *own)

    def original_text(self, name: str) -> str:
        """Return main.cf or master.cf as the admin has it; empty where there is none."""
        file = self.source.main if name == "main.cf" else self.source.master
        return self.source.files[file] if file else ""
