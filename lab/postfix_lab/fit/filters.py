"""Milters and policy services: what stands behind a socket and does not exist in a lab.

A stub listens at the very place that the configuration names and behaves as the scenario wants, or the collaborator
that the scenario has chosen by its name.
"""

from __future__ import annotations

import re

from postfix_lab.fit.collaborators import chosen
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import chrooted, endpoint
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import MILTERS, QUEUE, named

_POLICY = re.compile(r"check_policy_service\s+(\{\s*)?((?:unix|inet):[^\s,}]+)")
_MILTER = re.compile(r"(?<![\w/])((?:unix|local|inet6?):[^\s,{}]+)")
_ROLES = {
    "milter": ("milter", "no setting names a milter"),
    "policy": ("policy service", "no check_policy_service leads outside of master.cf"),
}
"""What a role is called, and why nobody would be asked."""


def fit(draft: Draft) -> None:
    """Have something answer at each socket of a milter and of a policy service."""
    _switch_off(draft)
    for setting in tuple(draft.settings()):
        value = draft.expand(setting.value)
        if setting.name in MILTERS:
            for place in _MILTER.findall(value):
                _stand_in(draft, setting, place, "milter")
        for _, place in _POLICY.findall(value):
            if not _spawned(draft, place):
                _stand_in(draft, setting, place, "policy")
    for role, (_, unasked) in _ROLES.items():
        whose = chosen(draft.choices, role)
        if whose and not any(stub.mode == whose.name for stub in draft.stubs.values()):
            raise draft.refusal(f"nobody would ask {whose.name}: {unasked}")


def _stand_in(draft: Draft, setting: Setting, place: str, role: str) -> None:
    listen, instead = endpoint(place, chrooted=chrooted(draft, setting))
    if not listen:
        raise draft.refusal(f"{setting.what}: {place!r} is no socket that Postfix can reach", setting)
    if instead:
        draft.substitute(setting, place, instead)
    manner = str(getattr(draft.choices, role))
    if listen not in draft.stubs:
        what, reason = _told(draft, setting, place, role)
        moved = f", at {instead}" if instead else ""
        draft.tell(f"{place} ({setting.what})", f"{what}{moved}", reason, setting)
    draft.listen(Stub(role, listen, manner))


def _told(draft: Draft, setting: Setting, place: str, role: str) -> tuple[str, str]:
    """The value and the reason of the delta at a place; raises where the collaborator stands at another already."""
    whose = chosen(draft.choices, role)
    if whose is None:
        who = named(place)
        reason = f"it stands for {who}" if who else "whatever listens there is not in the lab"
        return f"a {role} that says {getattr(draft.choices, role)}", reason
    other = next((stub.listen for stub in draft.stubs.values() if stub.mode == whose.name), None)
    if other:
        told = f"{whose.name} listens at {other} already; leave but one {_ROLES[role][0]} in the configuration"
        raise draft.refusal(f"{setting.what}: {told}", setting)
    return whose.stands_for


def _spawned(draft: Draft, place: str) -> bool:
    """Whether master.cf itself starts what is at this place, and it can be started."""
    path = place.removeprefix("unix:").removeprefix(f"{QUEUE}/")
    port = place.rpartition(":")[2]
    return any(_is_at(service, path, port) for service in draft.services if service.command == "spawn")


def _is_at(service: Service, path: str, port: str) -> bool:
    if service.kind == "inet":
        return service.port == port
    return path in (f"private/{service.name}", f"public/{service.name}")


def _switch_off(draft: Draft) -> None:
    """Services whose program is not here: something else answers at their sockets."""
    for service in draft.services:
        if service.command == "spawn" and not draft.has(service.program):
            draft.switch_off(service)
            told = named(service.program) or service.program
            draft.tell(f"master.cf {service.name}", "off", f"{told} is not in the lab; see what answers there", service)
