"""Stand-ins for milters and policy services, whose programs the lab does not have.

At the socket that the configuration names, a stub listens that behaves as the scenario wants, or a collaborator that
the scenario has chosen by name.
"""

from __future__ import annotations

import re

from postfix_lab.fit.collaborators import chosen_collaborator
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import endpoint, is_chrooted
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import MILTERS, QUEUE, server_name

_POLICY = re.compile(r"check_policy_service\s+(\{\s*)?((?:unix|inet):[^\s,}]+)")
_MILTER = re.compile(r"(?<![\w/])((?:unix|local|inet6?):[^\s,{}]+)")
_ROLES = {
    "milter": ("milter", "no setting names a milter"),
    "policy": ("policy service", "no check_policy_service leads outside of master.cf"),
}
"""Role -> its name in messages, and the reason if the configuration has no socket for it."""


def fit(draft: Draft) -> None:
    """Add a stub or a collaborator at each socket of a milter or policy service."""
    _switch_off(draft)
    for setting in tuple(draft.settings()):
        value = draft.expand(setting.value)
        if setting.name in MILTERS:
            for place in _MILTER.findall(value):
                _stand_in(draft, setting, place, "milter")
        for _, place in _POLICY.findall(value):
            if not _is_spawned(draft, place):
                _stand_in(draft, setting, place, "policy")
    for role, (_, unasked) in _ROLES.items():
        whose = chosen_collaborator(draft.choices, role)
        if whose and not any(stub.mode == whose.name for stub in draft.stubs.values()):
            raise draft.refusal(f"nobody would ask {whose.name}: {unasked}")


def _stand_in(draft: Draft, setting: Setting, place: str, role: str) -> None:
    listen, instead = endpoint(place, chrooted=is_chrooted(draft, setting))
    if not listen:
        raise draft.refusal(f"{setting.what}: {place!r} is no socket that Postfix can reach", setting)
    if instead:
        draft.substitute(setting, place, instead)
    manner = str(getattr(draft.choices, role))
    if listen not in draft.stubs:
        what, reason = _delta_text(draft, setting, place, role)
        moved = f", at {instead}" if instead else ""
        draft.add_delta(f"{place} ({setting.what})", f"{what}{moved}", reason, setting)
    draft.add_stub(Stub(role, listen, manner))


def _delta_text(draft: Draft, setting: Setting, place: str, role: str) -> tuple[str, str]:
    """The value and the reason of the delta; raises InputError if the collaborator is at another socket already."""
    whose = chosen_collaborator(draft.choices, role)
    if whose is None:
        who = server_name(place)
        reason = f"it stands for {who}" if who else "whatever listens there is not in the lab"
        return f"a {role} that says {getattr(draft.choices, role)}", reason
    other = next((stub.listen for stub in draft.stubs.values() if stub.mode == whose.name), None)
    if other:
        problem = f"{whose.name} listens at {other} already; leave but one {_ROLES[role][0]} in the configuration"
        raise draft.refusal(f"{setting.what}: {problem}", setting)
    return whose.stands_for


def _is_spawned(draft: Draft, place: str) -> bool:
    """Whether a spawn(8) service of master.cf serves this place."""
    path = place.removeprefix("unix:").removeprefix(f"{QUEUE}/")
    port = place.rpartition(":")[2]
    return any(_is_at(service, path, port) for service in draft.services if service.command == "spawn")


def _is_at(service: Service, path: str, port: str) -> bool:
    if service.kind == "inet":
        return service.port == port
    return path in (f"private/{service.name}", f"public/{service.name}")


def _switch_off(draft: Draft) -> None:
    """Switch off spawn(8) services whose program is missing; a stub answers at their sockets."""
    for service in draft.services:
        if service.command == "spawn" and not draft.has(service.program):
            draft.switch_off(service)
            server = server_name(service.program) or service.program
            reason = f"{server} is not in the lab; see what answers there"
            draft.add_delta(f"master.cf {service.name}", "off", reason, service)
