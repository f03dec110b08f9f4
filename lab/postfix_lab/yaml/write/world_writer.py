"""Write a world as YAML keys: the inverse of `bind/declared_world.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.ptr import Ptr, PtrKind, parse_address
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour

_MTAS = {ACCEPT: "accept", REFUSE: "refuse", TEMPFAIL: "tempfail"}
_MECHANISMS, _PORTS = ("PLAIN", "LOGIN"), (25,)
_NO_NAME = (PtrKind.RIGHT, PtrKind.MISSING, PtrKind.SERVFAIL, PtrKind.TIMEOUT)
_SEVERAL = (PtrKind.TO, PtrKind.UNCONFIRMED)


def compact(**keys: Any) -> dict[str, Any]:
    """Return the keys without those that are None, False or empty; `_` in a name becomes a hyphen."""
    return {key.replace("_", "-"): value for key, value in keys.items() if value not in (None, False, (), [], {})}


def zones_keys(zones: Iterable[ZoneText]) -> list[dict[str, Any]]:
    """Return the zones with their texts, also those that were read from files."""
    return [compact(origin=zone.origin, derived=zone.derived, text=zone.text) | {"text": zone.text} for zone in zones]


def labels(hosts: Iterable[Host]) -> dict[Host, str]:
    """Return each host's label under `hosts`: its name if it has a dot and is unique, else a number."""
    found: dict[Host, str] = {}
    for host in dict.fromkeys(hosts):
        own = host.name if host.name and "." in host.name and host.name not in found.values() else None
        found[host] = own or f"host-{len(found) + 1}"
    return found


def hosts_keys(named: Mapping[Host, str]) -> dict[str, dict[str, Any]]:
    """Return the keys of the hosts by label."""
    return {label: _host(host, label) for host, label in named.items()}


def sink_keys(sink: Behaviour | None) -> dict[str, Any]:
    """Return the key `sink`, if the sink is not as it is by default."""
    if sink is None:
        return {"sink": "absent"}
    return {} if sink == ACCEPT else {"sink": _MTAS.get(sink) or _mta(sink)}


def fault_keys(fault: Fault) -> dict[str, Any]:
    """Return the keys of a fault that differ from their defaults."""
    if fault.kind is FaultKind.DELAY and not fault.seconds:
        raise InputError(f"{fault} is a DELAY of no time, which YAML cannot say; give it seconds")
    if _is_address(fault.name):
        raise InputError(f"{fault} is about the name {fault.name}, which YAML takes for an address")
    rtype = fault.type.upper()
    about = compact(name=fault.name, kind=fault.kind.value, type=None if rtype == "ANY" else rtype)
    usual = {field.name: field.default for field in fields(Fault)}
    more = ("seconds", "client", "transport", "resolver", "nth", "octets", "records")
    values = {key: getattr(fault, key) for key in more if getattr(fault, key) != usual[key]}
    if fault.kind is not FaultKind.HUGE and "octets" in values:
        raise InputError(f"{fault} has octets, which YAML says of HUGE alone")
    return {**about, **{key: list(value) if key == "records" else value for key, value in values.items()}}


def ptr_text(ptr: Ptr, host: str) -> str | None:
    """Return the value of `ptr`; None for a correct reverse lookup, which is the default."""
    fits = not ptr.names if ptr.kind in _NO_NAME else len(ptr.names) == 1 or (ptr.names and ptr.kind in _SEVERAL)
    if not fits:
        raise InputError(f"the reverse lookup `{ptr.kind}` of {host} has {len(ptr.names)} names, which YAML cannot say")
    return None if ptr.kind is PtrKind.RIGHT else " ".join((ptr.kind.value, *ptr.names))


def _host(host: Host, label: str) -> dict[str, Any]:
    mta = None if host.mta is None else _MTAS.get(host.mta) or _mta(host.mta)
    about = compact(name=None if host.name == label else host.name, ptr=ptr_text(host.ptr, host.own_name), mta=mta)
    helo = {} if host.helo is None else {"helo": host.helo}
    return {"address": _one_or_more(host.addresses), **about, **helo}


def _mta(mta: Behaviour) -> dict[str, Any]:
    return compact(
        banner=mta.banner,
        helo=mta.helo,
        mail=mta.mail,
        rcpt=mta.rcpt,
        data=mta.data,
        forward_to=mta.forward_to,
        answers=[_answer(answer) for answer in mta.answers],
        lacks=list(mta.lacks),
        tls=None if mta.tls == "none" else mta.tls.value,
        users=dict(user.split(":", 1) for user in mta.users),
        auth_required=mta.auth_required or None,
        mechanisms=None if mta.mechanisms == _MECHANISMS else list(mta.mechanisms),
        ports=None if mta.ports == _PORTS and not mta.tls_ports else list(mta.ports),
        tls_ports=list(mta.tls_ports),
    )


def _answer(answer: Answer) -> dict[str, Any]:
    more = {key: getattr(answer, key) for key in ("to", "sender", "client") if getattr(answer, key) is not None}
    return {"stage": answer.stage, "says": answer.says, **more, **compact(nth=answer.nth or None)}


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except InputError:
        return False
    return True


def _one_or_more(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)
