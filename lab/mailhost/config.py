"""The configuration under test: the admin's files, and what the lab changes in them.

A configuration is a folder as an admin has it: a copy of /etc/postfix, or the output of `postconf -n` and
`postconf -Mf`. Beside them may lie `policyd-spf.conf`, and `sasl.passwd` (user:{SCHEME}password) for Dovecot's auth.
The lab's own changes are deltas: each one has a name and a reason, and every report lists them. What cannot exist
in a lab is replaced by stand-ins, which are deltas as well (`fit/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lab.addresses import LOGHOST, RESOLVER, SINK
from lab.mailhost import maincf
from lab.mailhost.chroot import Chroot
from lab.mailhost.facts import Delta
from lab.mailhost.fit.choices import Choices, Delivery, Manner, Table
from lab.mailhost.fit.draft import Content
from lab.mailhost.fit.fitted import Fitted, fit
from lab.mailhost.fit.source import Source, read

ETC = "/etc/postfix"
POLICYD_SPF = "/etc/postfix-policyd-spf-python/policyd-spf.conf"

_SINK = f"lmtp:inet:[{SINK}]:24"
_DELTAS = (
    Delta("local_transport", _SINK, "local mail is handed to the sink, headers included, and can be looked at"),
    Delta("virtual_transport", _SINK, "mail for virtual domains is handed to the sink as well"),
    Delta("smtpd_client_port_logging", "yes", "the client's port ties each log line to its session"),
    Delta("in_flow_delay", "0", "a session that is accepted and then quits must not slow down the next one"),
)
_LOG = Delta("rsyslog", f"forwards to {LOGHOST}", "the log is read outside of the mail host")
_OPTIONS = "timeout:1 attempts:1"


@dataclass(frozen=True)
class Setup:
    """What a mail host is to run: a configuration folder, what a scenario changes in it, and the chroot."""

    configuration: Path
    main: Mapping[str, str] = field(default_factory=dict)
    """Parameters of main.cf that the scenario sets."""
    policyd_spf: Mapping[str, str] = field(default_factory=dict)
    """Settings of policyd-spf.conf that the scenario sets."""
    chroot: Chroot = Chroot.PACKAGED
    resolvers: tuple[str, ...] = (RESOLVER,)
    """What its resolv.conf names; the lab's DNS answers at each of them."""
    canary: bool = True
    """Whether a good client must be accepted and a relay attempt refused before anything is judged."""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """Entries of tables that cannot be asked here, by what the configuration names: `mysql:/etc/postfix/users.cf`."""
    csv: Path | None = None
    """A folder of such entries: `users.cf.csv` with a key and a value in each row."""
    milter: str = Manner.ACCEPT
    """How the stubs behave that stand for milters."""
    policy: str = Manner.ACCEPT
    """How the stubs behave that stand for policy services."""
    delivery: str = Delivery.SINK
    """Who delivers: the lab's sink, or the configuration's own transports."""

    def resolv_conf(self, *instead: str) -> str:
        """The text of resolv.conf, with its own resolvers or with others instead."""
        return "".join(f"nameserver {address}\n" for address in instead or self.resolvers) + f"options {_OPTIONS}\n"

    @property
    def overrides(self) -> tuple[str, ...]:
        """The scenario's own changes, one sentence fragment each."""
        return (
            *(f"main.cf {name} = {value}" for name, value in self.main.items()),
            *(f"policyd-spf.conf {name} = {value}" for name, value in self.policyd_spf.items()),
            *(f"table {key}: {dict(entries)}" for key, entries in self.tables.items()),
            *([f"tables of {self.csv}"] if self.csv else []),
            *(
                f"{name} = {value}"
                for name, value, usual in (
                    ("milter", self.milter, Manner.ACCEPT),
                    ("policy", self.policy, Manner.ACCEPT),
                    ("delivery", self.delivery, Delivery.SINK),
                )
                if value != usual
            ),
        )

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """What the lab changes, with the reasons, on Debian 12; what the scenario sets itself is not changed."""
        return self.report(self.fitted())

    def report(self, fitted: Fitted) -> tuple[Delta, ...]:
        """The fidelity report: all in which the mail host differs from the admin's."""
        off = (Delta("master.cf smtpd", "chroot n", "the scenario's chroot state is off"),)
        names = Delta(
            "/etc/resolv.conf", f"{', '.join(self.resolvers)}; {_OPTIONS}", "names the lab's own DNS; silence costs 1 s"
        )
        own = [delta for delta in fitted.deltas if delta in _DELTAS]
        stand_ins = [delta for delta in fitted.deltas if delta not in _DELTAS]
        return (*own, names, _LOG, *(off if self.chroot is Chroot.OFF else ()), *stand_ins)

    def fitted(self, debian: int = 12, master_text: str = "", addresses: tuple[str, ...] = ()) -> Fitted:
        """The configuration as that release runs it; `master_text` is its own master.cf, for a folder without one.

        Raises `InputError` with file, line and remedy where it cannot run.
        """
        key = (debian, master_text, addresses)
        if key not in self._fitted:
            own = {"addresses": addresses} if addresses else {}
            choices = Choices(self.main, self.tables, self.csv, self.milter, self.policy, self.delivery, **own)
            self._fitted[key] = fit(self.source, choices, _DELTAS, debian, master_text)
        return self._fitted[key]

    @cached_property
    def source(self) -> Source:
        """The admin's folder, read once."""
        return read(self.configuration)

    @cached_property
    def _fitted(self) -> dict[object, Fitted]:
        return {}

    def files(self, fitted: Fitted | None = None) -> dict[str, str]:
        """Path in the mail host -> text, with overrides, deltas and stand-ins in place."""
        return {path: content.text for path, content in self.contents(fitted or self.fitted()).items()}

    def contents(self, fitted: Fitted) -> dict[str, Content]:
        """Path in the mail host -> what is to be written there."""
        placed = dict(fitted.files)
        if self.chroot is Chroot.OFF and f"{ETC}/master.cf" in placed:
            placed[f"{ETC}/master.cf"] = Content(maincf.with_chroot(placed[f"{ETC}/master.cf"].text, "smtpd", "n"))
        spf = self.source.files.get("policyd-spf.conf")
        if spf is not None:
            placed[POLICYD_SPF] = Content(_with_settings(spf, self.policyd_spf))
        return placed


def _with_settings(text: str, settings: Mapping[str, str]) -> str:
    names = {name.lower() for name in settings}
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip().lower() not in names]
    return "\n".join((*kept, *(f"{name} = {value}" for name, value in settings.items()))) + "\n"
