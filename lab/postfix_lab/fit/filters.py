"""Stand-ins for milters and policy services, whose programs the lab does not have.

A policy service that master.cf would have to start, and does not, has none: Postfix finds no socket, as in life.

At the socket that the configuration names, a stub listens that behaves as the scenario wants, or a collaborator that
the scenario has chosen by name.
"""

from __future__ import annotations

import re

from postfix_lab.fit.collaborators import chosen_collaborator
from postfix_lab.fit.delta import MISSING
from postfix_lab.fit.draft import Draft, Setting, Stub
from postfix_lab.fit.endpoints import endpoint, is_chrooted
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule
from postfix_lab.fit.own_sockets import is_served, own_socket, serves
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import MILTERS, server_name

_POLICY = re.compile(r"check_policy_service\s+(\{\s*)?((?:unix|inet):[^\s,}]+)")
_MILTER = re.compile(r"(?<![\w/])((?:unix|local|inet6?):[^\s,{}]+)")
_ROLES = {
    "milter": ("milter", "no setting names a milter"),
    "policy": ("policy service", "no check_policy_service leads outside of master.cf"),
}
"""Role -> its name in messages, and the reason if the configuration has no socket for it."""


def fit(draft: Draft) -> None:
    """Add a stub or a collaborator at each socket of a milter or policy service."""
    lost = _switch_off(draft)
    for setting in tuple(draft.settings()):
        value = draft.expand(setting.value)
        if setting.name in MILTERS:
            for place in _MILTER.findall(value):
                _stand_in(draft, setting, place, "milter")
        for _, place in _POLICY.findall(value):
            listen, _ = endpoint(place, chrooted=is_chrooted(draft, setting))
            if not is_served(draft, listen) and not _is_missing(draft, setting, place, listen, lost):
                _stand_in(draft, setting, place, "policy")
    for role, (_, unasked) in _ROLES.items():
        whose = chosen_collaborator(draft.choices, role)
        if whose and not any(stub.mode == whose.name for stub in draft.stubs.values()):
            raise draft.refusal(f"nobody would ask {whose.name}: {unasked}")
    _require_rules_used(draft)


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
    draft.add_stub(Stub(role, listen, manner, rules=_rules(draft, role, place, listen)))


def _rules(draft: Draft, role: str, *places: str) -> tuple[MilterRule | PolicyRule, ...]:
    """The rules for the server at these places; a rule that names no server is for each of the role."""
    if chosen_collaborator(draft.choices, role):
        return ()
    rules = draft.choices.milter_rules if role == "milter" else draft.choices.policy_rules
    mine = tuple(rule for rule in rules if rule.server is None or rule.server in places)
    draft.used_rules.update(map(id, mine))
    return mine


def _require_rules_used(draft: Draft) -> None:
    """Raise InputError for a rule that nothing would ever follow."""
    for role, rules in (("milter", draft.choices.milter_rules), ("policy", draft.choices.policy_rules)):
        for rule in rules:
            if id(rule) not in draft.used_rules:
                places = ", ".join(stub.listen for stub in draft.stubs.values() if stub.role == role)
                known = f"there is one at {places}" if places else _ROLES[role][1]
                raise draft.refusal(f"nobody would follow the {role} rule ({rule}): {known}")


def _delta_text(draft: Draft, setting: Setting, place: str, role: str) -> tuple[str, str]:
    """The value and the reason of the delta; raises InputError if the collaborator is at another socket already."""
    whose = chosen_collaborator(draft.choices, role)
    if whose is None:
        who = server_name(place)
        reason = f"it stands for {who}" if who else "whatever listens there is not in the lab"
        by_rules = " by rules, else" if _rules(draft, role, place) else ""
        return f"a {role} that says{by_rules} {getattr(draft.choices, role)}", reason
    other = next((stub.listen for stub in draft.stubs.values() if stub.mode == whose.name), None)
    if other:
        problem = f"{whose.name} listens at {other} already; leave but one {_ROLES[role][0]} in the configuration"
        raise draft.refusal(f"{setting.what}: {problem}", setting)
    return whose.stands_for


def _is_missing(draft: Draft, setting: Setting, place: str, listen: str, lost: tuple[Service, ...]) -> bool:
    """Whether only a service of master.cf could listen there, and none does; `lost`: those that were switched off."""
    own = own_socket(listen)
    named = draft.lends_all or chosen_collaborator(draft.choices, "policy") is not None
    if not own or named or any(serves(service, listen) for service in lost):
        return False
    if listen not in draft.missing:
        draft.missing.add(listen)
        reason = f"no service of master.cf makes {own}; Postfix answers 451 4.3.5; stand_ins = all lends one"
        draft.add_delta(f"{place} ({setting.what})", MISSING, reason, setting)
    return True


def _switch_off(draft: Draft) -> tuple[Service, ...]:
    """Switch off spawn(8) services whose program is missing; a stub answers at their sockets. Returns them."""
    lost = tuple(s for s in draft.services if s.command == "spawn" and not draft.has(s.program))
    for service in lost:
        draft.switch_off(service)
        server = server_name(service.program) or service.program
        reason = f"{server} is not in the lab; see what answers there"
        draft.add_delta(f"master.cf {service.name}", "off", reason, service)
    return lost
