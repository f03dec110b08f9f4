"""A configuration while it is fitted: the admin's files, the changes, and the files and stubs to add.

Each kind of stand-in reads the settings and adds a delta for every change that it makes. Line numbers do not change:
main.cf is changed at its end, master.cf in place.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices, StandIns
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
from postfix_lab.fit.source import Source
from postfix_lab.fit.templates import require_filled
from postfix_lab.postfix.files import macros, main_cf, master_cf, master_cf_changes
from postfix_lab.postfix.files.main_cf import Parameter
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import BUILTIN, ETC, PRESENT, QUEUE
from postfix_lab.text import printable


@dataclass(frozen=True)
class Setting:
    """One parameter with its value, and the admin's file and line, if it is set there."""

    name: str
    value: str
    """On one line, as Postfix joins it."""
    file: str = ""
    line: int = 0
    service: Service | None = None
    """The service whose option it is; None for a parameter of main.cf."""

    @property
    def what(self) -> str:
        """Its name in a report: `smtpd_milters`, or `smtpd_milters of submission`."""
        return f"{self.name} of {self.service.name}" if self.service else self.name


class PemBlock(StrEnum):
    """A part of a PEM file (RFC 7468)."""

    KEY = "key"
    CERTIFICATE = "certificate"
    """The host's certificate and those between it and the CA."""
    AUTHORITY = "authority"
    """The certificate of the lab's CA."""


@dataclass(frozen=True)
class Pem:
    """The blocks of a PEM file, in order, for a host of these names; `runtime/throw_away_keys.py` makes them."""

    names: tuple[str, ...]
    blocks: tuple[PemBlock, ...]


@dataclass(frozen=True)
class Content:
    """A file to be written in the mail host."""

    text: str
    mode: int = 0o644
    owner: str = ""
    """user:group; empty means root."""
    pem: Pem | None = None
    """What the text will be, if it is a throw-away certificate or key; it is empty until that is made."""


@dataclass(frozen=True)
class Stub:
    """A stub that listens in the mail host in place of a missing program."""

    role: str
    """`policy`, `milter`, `filter`, `relay`, or `loopback`: a relay that is a client on the mail host itself."""
    listen: str
    """`unix:/path` or `inet:address:port`."""
    mode: str = "accept"
    to: str = ""
    """Where a relay or a content filter sends on to: `address:port`."""
    protocol: str = ""
    """What a content filter speaks: `smtp` or `lmtp`; what a table's server does: `tcp`, `socketmap`, `memcache`."""
    rules: tuple[MilterRule | PolicyRule | TableRule, ...] = ()
    """What a milter, a policy service or a table answers before its mode or its entries do."""
    entries: Mapping[str, str] = field(default_factory=dict)
    """The entries of a table."""
    otherwise: str = ""
    """What a table answers for any other key."""


@dataclass
class Draft:
    """The state of a configuration that the stand-ins change."""

    source: Source
    choices: Choices
    parameters: dict[str, Parameter]
    """The values in effect: the admin's, then the lab's deltas, then the scenario's."""
    master_text: str
    deltas: list[Delta] = field(default_factory=list)
    files: dict[str, Content] = field(default_factory=dict)
    commands: list[tuple[str, str]] = field(default_factory=list)
    """A shell command and the admin's file that it is about."""
    stubs: dict[str, Stub] = field(default_factory=dict)
    changed: dict[str, str | None] = field(default_factory=dict)
    """Parameters of main.cf with their new values; None: removed."""
    missing: set[str] = field(default_factory=set)
    """Sockets that the configuration itself lacks."""
    used_rules: set[int] = field(default_factory=set)
    """The identities of the rules that a stand-in follows."""
    given: set[str] = field(default_factory=set)
    """Names of tables that the scenario's entries went into."""

    @property
    def lends_all(self) -> bool:
        """Whether what the configuration itself lacks has a stand-in as well."""
        return self.choices.stand_ins == StandIns.ALL

    @property
    def lends_files(self) -> bool:
        """Whether a missing file has a stand-in: also where the folder is no copy of /etc/postfix."""
        return self.lends_all or not self.source.is_copy

    def is_chrooted(self, service: Service) -> bool:
        """Whether a daemon of master.cf runs in the chroot, in the scenario's state of it."""
        return service.chrooted and not (self.choices.chroot is Chroot.OFF and service.command == "smtpd")

    @property
    def services(self) -> tuple[Service, ...]:
        """master.cf as it is now."""
        if not self.master_text and not self.source.master:
            return ()
        return master_cf.read(self.master_text, self.master_file)

    @property
    def master_file(self) -> str:
        """The path of master.cf in the admin's folder."""
        return self.source.path(self.source.master or "master.cf")

    def settings(self) -> Iterator[Setting]:
        """Every parameter of main.cf, then every option of master.cf."""
        for parameter in self.parameters.values():
            file = self.source.main if parameter.first else ""
            yield Setting(parameter.name, parameter.value, file, parameter.first)
        for service in self.services:
            for option in service.options:
                yield Setting(option.name, option.value, self.source.master, option.line, service)

    def of_kind(self, names: frozenset[str] | Mapping[str, str]) -> Iterator[Setting]:
        """The settings of certain parameters."""
        return (setting for setting in self.settings() if setting.name in names)

    def value(self, name: str) -> str:
        """The value of a parameter, other parameters expanded; empty if it is unknown."""
        return self.expand(f"${name}") if self.lookup(name) is not None else ""

    def own_value(self, service: Service, name: str) -> str:
        """The value of a parameter for one service, by its `-o` in master.cf or by main.cf, expanded."""
        own = service.option(name)
        return self.expand(own if own is not None else self.lookup(name) or "").strip()

    def lookup(self, name: str) -> str | None:
        """The value of a parameter as written, else its default in `BUILTIN`; None if there is none."""
        found = self.parameters.get(name)
        if found is not None:
            return found.value
        if name in ("myhostname", "mydomain"):
            return None
        return BUILTIN.get(name)

    def expand(self, text: str) -> str:
        """The text with the names of parameters expanded."""
        return macros.expand(text, self.lookup)

    def has(self, path: str) -> bool:
        """Whether the mail host will have that file, from the image, the admin's folder or a stand-in."""
        return path in PRESENT or _at(path) in self.files

    def place(self, path: str, text: str, mode: int = 0o644, owner: str = "") -> None:
        """Add a file; a relative path is below the queue directory, where Postfix's daemons run."""
        self.files[_at(path)] = Content(text, mode, owner)

    def place_pem(self, path: str, pem: Pem, mode: int = 0o644) -> None:
        """Add a throw-away certificate or key."""
        self.files[_at(path)] = Content("", mode, pem=pem)

    def add_delta(self, what: str, value: str, reason: str, at: Setting | Service | None = None) -> None:
        """Add a delta to the report; `at` gives its file and line."""
        file, line = "", 0
        if isinstance(at, Service):
            file, line = self.source.master, at.first
        elif at is not None:
            file, line = at.file, at.line
        self.deltas.append(Delta(what, value, reason, file, line))

    def set(self, setting: Setting, value: str) -> None:
        """Change the value of a setting; the caller adds the delta."""
        if setting.service is None:
            self._set_main(setting.name, value)
            return
        self.master_text = master_cf_changes.with_option(self.master_text, setting.service.first, setting.name, value)

    def substitute(self, setting: Setting, old: str, new: str) -> None:
        """Replace a word of a setting, also if the word comes from another parameter."""
        current = next((s.value for s in self.settings() if (s.name, s.line) == (setting.name, setting.line)), None)
        value = setting.value if current is None else current
        self.set(setting, (value if old in value else self.expand(value)).replace(old, new))

    def drop(self, name: str) -> None:
        """Remove a parameter of main.cf, so that Postfix's default is in effect."""
        self.changed[name] = None
        self.parameters.pop(name, None)

    def rewrite(self, service: Service, text: str) -> None:
        """Replace the text of an entry of master.cf; its number of lines does not change."""
        self.master_text = master_cf_changes.with_entry(self.master_text, service.first, text)

    def rename(self, service: Service, name: str) -> None:
        """Replace the first field of an entry."""
        self.master_text = master_cf_changes.with_name(self.master_text, service.first, name)

    def switch_off(self, service: Service) -> None:
        """Comment out an entry of master.cf."""
        self.master_text = master_cf_changes.without_service(self.master_text, service.first)

    def add_stub(self, stub: Stub) -> None:
        """Add a stub, unless there is one at that place already."""
        self.stubs.setdefault(stub.listen, stub)

    def refusal(self, message: str, at: Setting | Service | None = None) -> InputError:
        """The error to raise if a configuration cannot run, with control characters escaped."""
        message = printable(message)
        if isinstance(at, Service):
            return InputError(message, self.master_file, at.first)
        if at is None or not at.file:
            return InputError(message, self.source.folder)
        return InputError(message, self.source.path(at.file), at.line)

    def _set_main(self, name: str, value: str) -> None:
        old = self.parameters.get(name)
        self.parameters[name] = replace(old, value=value) if old else Parameter(name, value, 0, 0)
        self.changed[name] = value


def begin_draft(source: Source, choices: Choices, own: Mapping[str, str], master_text: str) -> Draft:
    """Start the draft of a configuration; the scenario's parameters override `own`, the lab's."""
    require_filled(source)
    text = source.files[source.main]
    file = source.path(source.main)
    named = main_cf.read(text, file)
    macros.check_macros(named, file)
    for name, value in {**own, **choices.main}.items():
        named[name] = Parameter(name, value, 0, 0)
    draft = Draft(source, choices, named, master_text or source.files.get(source.master, ""))
    for name, content in source.files.items():
        if name not in (source.main, source.master, *_NOT_POSTFIX) and not _ENTRIES.fullmatch(name):
            draft.place(f"{ETC}/{name}", content, source.modes.get(name, 0o644))
            if choices.at:
                draft.place(posixpath.join(choices.at, name), content, source.modes.get(name, 0o644))
    for path, content in {**source.elsewhere, **source.neighbours}.items():
        draft.place(path, content)
    return draft


_NOT_POSTFIX = frozenset({"policyd-spf.conf", "sasl.passwd"})
_ENTRIES = re.compile(r"tables/[^/]+\.csv|tables\.yaml")
"""Entries of tables that lie in the folder; they are for the lab."""


def _at(path: str) -> str:
    return posixpath.normpath(posixpath.join(QUEUE, path))
