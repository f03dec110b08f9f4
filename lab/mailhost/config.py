"""The configuration under test: the admin's files, and what the lab changes in them.

A configuration is a folder as an admin has it: main.cf, master.cf and whatever they name. Beside
them may lie `policyd-spf.conf`, and `sasl.passwd` (user:{SCHEME}password) for Dovecot's auth.
The lab's own changes are deltas: each one has a name and a reason, and every report lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.addresses import LOGHOST, RESOLVER, SINK
from lab.errors import InputError
from lab.mailhost import maincf
from lab.mailhost.chroot import Chroot
from lab.mailhost.facts import Delta

ETC = "/etc/postfix"
POLICYD_SPF = "/etc/postfix-policyd-spf-python/policyd-spf.conf"

_SINK = f"lmtp:inet:[{SINK}]:24"
_DELTAS = (
    Delta("local_transport", _SINK, "local mail is handed to the sink, headers included, and can be looked at"),
    Delta("virtual_transport", _SINK, "mail for virtual domains is handed to the sink as well"),
    Delta("smtpd_client_port_logging", "yes", "the client's port ties each log line to its session"),
    Delta("in_flow_delay", "0", "a session that is accepted and then quits must not slow down the next one"),
)
_TRACE = (
    Delta("debug_peer_list", "0.0.0.0/0, [::]/0", "smtpd logs each restriction that it evaluates, for every client"),
    Delta("debug_peer_level", "1", "the first level of that log has all of it"),
)
"""What makes smtpd verbose."""
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
    trace: bool = False
    """Whether smtpd logs each restriction that it evaluates, so that the evidence can be explained."""

    def resolv_conf(self, *instead: str) -> str:
        """The text of resolv.conf, with its own resolvers or with others instead."""
        return "".join(f"nameserver {address}\n" for address in instead or self.resolvers) + f"options {_OPTIONS}\n"

    @property
    def overrides(self) -> tuple[str, ...]:
        """The scenario's own changes, one sentence fragment each."""
        return (
            *(f"main.cf {name} = {value}" for name, value in self.main.items()),
            *(f"policyd-spf.conf {name} = {value}" for name, value in self.policyd_spf.items()),
        )

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """What the lab changes, with the reasons; what the scenario sets itself is not changed."""
        off = (Delta("master.cf smtpd", "chroot n", "the scenario's chroot state is off"),)
        own = tuple(delta for delta in self._parameters if delta.what not in self.main)
        names = Delta(
            "/etc/resolv.conf", f"{', '.join(self.resolvers)}; {_OPTIONS}", "names the lab's own DNS; silence costs 1 s"
        )
        return (*own, *self._silenced, names, _LOG, *(off if self.chroot is Chroot.OFF else ()))

    def files(self) -> dict[str, str]:
        """Path in the mail host -> text, with overrides and deltas in place.

        Raises `InputError` where main.cf or master.cf is missing or cannot be read.
        """
        own = _read(self.configuration)
        for needed in ("main.cf", "master.cf"):
            if needed not in own:
                raise InputError(f"a configuration needs a {needed}; there is none", str(self.configuration))
        for name, value in {**{delta.what: delta.value for delta in self._parameters}, **self.main}.items():
            own["main.cf"] = maincf.with_parameter(own["main.cf"], name, value)
        if self.trace:
            own["master.cf"] = maincf.without_options(own["master.cf"], [delta.what for delta in _TRACE])
        if self.chroot is Chroot.OFF:
            own["master.cf"] = maincf.with_chroot(own["master.cf"], "smtpd", "n")
        placed = {f"{ETC}/{name}": text for name, text in own.items() if name not in _ELSEWHERE}
        spf = own.get("policyd-spf.conf")
        if spf is not None:
            placed[POLICYD_SPF] = _with_settings(spf, self.policyd_spf)
        return placed

    @property
    def _silenced(self) -> tuple[Delta, ...]:
        """What master.cf loses: a service's own debug_peer_list would keep its sessions out of the trace."""
        text = self.written("master.cf") if self.trace else ""
        lost = text != maincf.without_options(text, [delta.what for delta in _TRACE])
        why = "a service's own value would keep its sessions out of the trace"
        return (Delta("master.cf -o debug_peer_*", "removed", why),) if lost else ()

    @property
    def _parameters(self) -> tuple[Delta, ...]:
        return (*_DELTAS, *_TRACE) if self.trace else _DELTAS

    def written(self, name: str) -> str:
        """A file of the configuration as the admin has it; empty where there is none."""
        return _read(self.configuration).get(name, "")

    @property
    def users(self) -> str | None:
        """The passwd-file for Dovecot's auth, where the configuration brings one."""
        return _read(self.configuration).get("sasl.passwd")


_ELSEWHERE = ("policyd-spf.conf", "sasl.passwd")


def _read(folder: Path) -> dict[str, str]:
    try:
        return {
            str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="surrogateescape")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    except OSError as error:
        raise InputError(f"the configuration cannot be read: {error.strerror}", str(folder)) from error


def _with_settings(text: str, settings: Mapping[str, str]) -> str:
    names = {name.lower() for name in settings}
    kept = [line for line in text.splitlines() if line.partition("=")[0].strip().lower() not in names]
    return "\n".join((*kept, *(f"{name} = {value}" for name, value in settings.items()))) + "\n"
