"""The configuration under test: the admin's files, and what the lab changes in them.

A configuration is a folder as an admin has it: main.cf, master.cf and whatever they name. Beside
them may lie `policyd-spf.conf`, and `sasl.passwd` (user:{SCHEME}password) for Dovecot's auth.
The lab's own changes are deltas: each one has a name and a reason, and every report lists them.
"""

from __future__ import annotations

import re
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
    resolver_options: tuple[str, ...] = ()
    """What its resolv.conf has among its options besides the lab's own: `trust-ad`."""
    canary: bool = True
    """Whether a good client must be accepted and a relay attempt refused before anything is judged."""

    def __post_init__(self) -> None:
        """Refuses options that are not one word each; a lone word may stand without its parentheses."""
        given = self.resolver_options
        options = (given,) if isinstance(given, str) else tuple(given)
        object.__setattr__(self, "resolver_options", options)
        if odd := [option for option in options if not re.fullmatch(r"[a-z0-9-]+(:\d+)?", option)]:
            raise InputError(f"{odd[0]!r} is no option of resolv.conf; write trust-ad, edns0, use-vc, ndots:1, ...")

    @property
    def _resolver_words(self) -> str:
        return " ".join((_OPTIONS, *self.resolver_options))

    def resolv_conf(self, *instead: str) -> str:
        """The text of resolv.conf, with its own resolvers or with others instead."""
        names = "".join(f"nameserver {address}\n" for address in instead or self.resolvers)
        return f"{names}options {self._resolver_words}\n"

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
        own = tuple(delta for delta in _DELTAS if delta.what not in self.main)
        names = Delta(
            "/etc/resolv.conf",
            f"{', '.join(self.resolvers)}; {self._resolver_words}",
            "names the lab's own DNS; silence costs 1 s",
        )
        return (*own, names, _LOG, *(off if self.chroot is Chroot.OFF else ()))

    def files(self) -> dict[str, str]:
        """Path in the mail host -> text, with overrides and deltas in place.

        Raises `InputError` where main.cf or master.cf is missing or cannot be read.
        """
        own = _read(self.configuration)
        for needed in ("main.cf", "master.cf"):
            if needed not in own:
                raise InputError(f"a configuration needs a {needed}; there is none", str(self.configuration))
        for name, value in {**{delta.what: delta.value for delta in _DELTAS}, **self.main}.items():
            own["main.cf"] = maincf.with_parameter(own["main.cf"], name, value)
        if self.chroot is Chroot.OFF:
            own["master.cf"] = maincf.with_chroot(own["master.cf"], "smtpd", "n")
        placed = {f"{ETC}/{name}": text for name, text in own.items() if name not in _ELSEWHERE}
        spf = own.get("policyd-spf.conf")
        if spf is not None:
            placed[POLICYD_SPF] = _with_settings(spf, self.policyd_spf)
        return placed

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
