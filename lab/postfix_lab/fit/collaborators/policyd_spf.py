"""policyd-spf from Debian's package. spawn(8) starts it, so there is no `Daemon`.

The failures use the real program if possible: it crashes because of its configuration, or spawn(8) does not find it or
may not start it. Only `hang` is another program.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from enum import StrEnum

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft
from postfix_lab.fit.programs import STUB
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import ETC

PROGRAM = "/usr/bin/policyd-spf"
CONFIGURATION = "/etc/postfix-policyd-spf-python/policyd-spf.conf"
_NAMES = ("policyd-spf", "policyd-spf-perl", "postfix-policyd-spf-perl", "python-policyd-spf", "policyd-spf-python")


class Spf(StrEnum):
    """How policyd-spf behaves where master.cf starts it."""

    WORKS = "works"
    CRASH = "crash"
    """It dies before it answers."""
    HANG = "hang"
    """It reads the request and never answers."""
    MISSING = "missing"
    """It is not installed."""
    WRONG_USER = "wrong-user"
    """spawn(8) refuses to start it as the configured user."""


_CRASHING = f"{ETC}/policyd-spf.crashing.conf"
_ARGUMENTS = {
    Spf.CRASH: f"user=policyd-spf argv={PROGRAM} {_CRASHING}",
    Spf.HANG: f"user=policyd-spf argv=/usr/bin/python3 -IS {STUB} hang",
    Spf.MISSING: f"user=policyd-spf argv={PROGRAM}.missing",
    Spf.WRONG_USER: f"user=root argv={PROGRAM}",
}
_WHY = {
    Spf.CRASH: "the real one, which dies over its configuration",
    Spf.HANG: "a program that takes the question and never answers",
    Spf.MISSING: "a program that is not there",
    Spf.WRONG_USER: "started as root, which spawn(8) refuses",
}


class PolicydSpf(Collaborator):
    """The SPF policy service, in place of any implementation that master.cf names."""

    name = "policyd-spf"
    packages = ("postfix-policyd-spf-python",)
    in_default_image = True
    log_names = frozenset({"policyd-spf"})
    keyword, modes = "spf", Spf

    def fit(self, draft: Draft) -> None:
        """Use it in place of another SPF policy service, with the admin's settings and the scenario's."""
        for service in draft.services:
            if service.command == "spawn" and service.program != PROGRAM and _is_spf(service):
                _rewrite(draft, service, f"user=policyd-spf argv={PROGRAM}")
                reason = "the host's own SPF policy service is not in the lab, and this one is"
                draft.add_delta(f"master.cf {service.name}", PROGRAM, reason, service)
        own = draft.source.files.get("policyd-spf.conf")
        if own is not None or draft.choices.policyd_spf:
            # Its defaults are those of Debian's file, so only the changed settings are needed.
            draft.place(CONFIGURATION, _with_settings(own or "", draft.choices.policyd_spf))

    def objection(self, draft: Draft) -> str:
        """With a failing policyd-spf no mail is accepted."""
        how = draft.choices.spf
        return f"the scenario wants a policyd-spf that says {how}" if how != Spf.WORKS and runs_spf(draft) else ""

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Make it fail wherever master.cf starts it."""
        del debian
        wanted = Spf(draft.choices.spf)
        if wanted is Spf.WORKS:
            return None
        for service in runs_spf(draft):
            _rewrite(draft, service, _ARGUMENTS[wanted])
            draft.add_delta(f"master.cf {service.name}", f"policyd-spf that says {wanted}", _WHY[wanted], service)
        if wanted is Spf.CRASH:
            draft.place(_CRASHING, "debugLevel = loud\n")
        return None


def runs_spf(draft: Draft) -> tuple[Service, ...]:
    """The services that start the real policyd-spf."""
    return tuple(service for service in draft.services if service.command == "spawn" and service.program == PROGRAM)


def _is_spf(service: Service) -> bool:
    """`argv=/usr/bin/policyd-spf-perl`, `argv=/usr/bin/perl /usr/lib/postfix/policyd-spf-perl` and the like."""
    return any(posixpath.basename(name) in _NAMES for name in (service.program, *_arguments(service)))


def _arguments(service: Service) -> Iterator[str]:
    words = [word.text for word in service.arguments]
    start = next((n for n, word in enumerate(words) if word.startswith("argv=")), len(words))
    yield from words[start:]


def _rewrite(draft: Draft, service: Service, arguments: str) -> None:
    private = "n" if service.kind == "inet" else "-"
    draft.rewrite(service, f"{service.name} {service.kind} {private} n n - 0 spawn {arguments}")


def _with_settings(text: str, settings: Mapping[str, str]) -> str:
    names = {name.lower() for name in settings}
    kept = [line for line in split_lines(text) if line.partition("=")[0].strip().lower() not in names]
    return "\n".join((*kept, *(f"{name} = {value}" for name, value in settings.items()))) + "\n"
