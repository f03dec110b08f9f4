"""Collaborators that fail because the scenario wants it: policyd-spf and Dovecot's auth.

policyd-spf stays the real one where it can: it crashes over its own configuration, and spawn(8) does not find it or may
not start it. Only who hangs is somebody else. Dovecot is not started; what hangs at its socket is a stub.
"""

from __future__ import annotations

from postfix_lab.fit.choices import Manner, Sasl, Spf
from postfix_lab.fit.draft import Draft, Stub
from postfix_lab.fit.filters import SPF
from postfix_lab.fit.programs import STUB
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import ETC

_CRASHING = f"{ETC}/policyd-spf.crashing.conf"
_ARGUMENTS = {
    Spf.CRASH: f"user=policyd-spf argv={SPF} {_CRASHING}",
    Spf.HANG: f"user=policyd-spf argv=/usr/bin/python3 -IS {STUB} hang",
    Spf.MISSING: f"user=policyd-spf argv={SPF}.missing",
    Spf.WRONG_USER: f"user=root argv={SPF}",
}
_WHY = {
    Spf.CRASH: "the real one, which dies over its configuration",
    Spf.HANG: "a program that takes the question and never answers",
    Spf.MISSING: "a program that is not there",
    Spf.WRONG_USER: "started as root, which spawn(8) refuses",
}
_STUBS = {Sasl.HANG: Manner.HANG, Sasl.WRONG_OWNER: Manner.WRONG_OWNER}


def spf(draft: Draft) -> None:
    """Have policyd-spf fail wherever master.cf starts it."""
    wanted = Spf(draft.choices.spf)
    if wanted is Spf.WORKS:
        return
    for service in runs_spf(draft):
        private = "n" if service.kind == "inet" else "-"
        entry = f"{service.name} {service.kind} {private} n n - 0 spawn {_ARGUMENTS[wanted]}"
        draft.rewrite(service, entry)
        draft.tell(f"master.cf {service.name}", f"policyd-spf that says {wanted}", _WHY[wanted], service)
    if wanted is Spf.CRASH:
        draft.place(_CRASHING, "debugLevel = loud\n")


def sasl(draft: Draft, auth: tuple[str, ...]) -> tuple[str, ...]:
    """The sockets at which Dovecot listens: none, if it is to fail."""
    wanted = Sasl(draft.choices.sasl)
    if wanted is Sasl.WORKS:
        return auth
    for place in auth:
        draft.tell(place, f"Dovecot's auth that says {wanted}", "the scenario wants it")
        if wanted in _STUBS:
            draft.listen(Stub("policy", place, str(_STUBS[wanted])))
    return ()


def runs_spf(draft: Draft) -> tuple[Service, ...]:
    """The services that start the real policyd-spf."""
    return tuple(service for service in draft.services if service.command == "spawn" and service.program == SPF)
