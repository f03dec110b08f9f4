"""Host names and addresses of the admin's machine that the lab's mail host does not have.

Clients keep their addresses, and mynetworks is not changed: `in_mynetworks` says whether it covers a client.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.own_domains import DEFAULT_HOST
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import BIND
from postfix_lab.text import printable

HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_WORDS = re.compile(r"[\s,]+")
_LOOPBACK = frozenset({"loopback-only", "localhost", "127.0.0.1", "::1", "all"})
_MAILNAME = "/etc/mailname"


def fit(draft: Draft) -> None:
    """Set the mail host's name, and bind its services to its own addresses."""
    _name(draft)
    _mailname(draft)
    _interfaces(draft)
    _listeners(draft)
    for setting in tuple(draft.of_kind(BIND)):
        if draft.expand(setting.value).strip() not in ("", *draft.choices.addresses):
            draft.set(setting, "")
            draft.add_delta(setting.what, "(any)", f"{setting.value} is no address of the lab's mail host", setting)


def in_mynetworks(mynetworks: str, address: str) -> bool | None:
    """Whether a client is in `mynetworks`; None if a table or a file decides.

    >>> in_mynetworks("127.0.0.0/8 [::1]/128 10.0.0.0/8", "10.1.2.3")
    True
    """
    client, known = ip_address(address), True
    for word in filter(None, _WORDS.split(mynetworks)):
        negated, plain = word.startswith("!"), word.removeprefix("!")
        text = re.sub(r"\[([^\]]+)\]", r"\1", plain)
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            known = False
            continue
        if client.version == network.version and client in network:
            return not negated if known else None
    return False if known else None


def is_reachable(draft: Draft, port: str = "25") -> bool:
    """Whether a client on the Internet can reach a service at that port."""
    words = [word.strip("[]") for word in _WORDS.split(draft.value("inet_interfaces")) if word]
    everywhere = any(word not in _LOOPBACK - {"all"} for word in words)
    mine = [s for s in draft.services if s.kind in ("inet", "pass") and s.port == port]
    bound = [s for s in mine if s.kind == "inet" and (s.address or "0") not in _LOOPBACK]
    return any(service.address or everywhere for service in bound)


def _name(draft: Draft) -> None:
    """Set myhostname if main.cf does not; else Postfix would use the container's name."""
    current = draft.value("myhostname").strip()
    if current and "$" not in current:
        if not HOST.fullmatch(current):
            at = next(setting for setting in draft.settings() if setting.name == "myhostname")
            raise draft.refusal(f"myhostname is {printable(current)!r}, which is no host name", at)
        return
    domain = draft.value("mydomain").strip()
    name = f"mx.{domain}" if HOST.fullmatch(domain) else DEFAULT_HOST
    at = next((s for s in draft.settings() if s.name == "myhostname"), Setting("myhostname", ""))
    draft.set(at, name)
    draft.add_delta("myhostname", name, "main.cf does not name the host, and the lab does not know its hostname(1)", at)


def _mailname(draft: Draft) -> None:
    setting = next((s for s in draft.settings() if s.name == "myorigin" and s.value.strip() == _MAILNAME), None)
    if setting is not None and _MAILNAME not in draft.files:
        name = draft.value("myhostname")
        draft.place(_MAILNAME, f"{name}\n")
        draft.add_delta(_MAILNAME, name, "it is neither in the folder nor beside it", setting)


def _interfaces(draft: Draft) -> None:
    setting = next((s for s in draft.settings() if s.name == "inet_interfaces"), None)
    if setting is None:
        return
    words = [word for word in _WORDS.split(draft.expand(setting.value)) if word]
    own = [word for word in words if word.strip("[]") in _LOOPBACK | set(draft.choices.addresses)]
    if len(own) == len(words):
        return
    instead = " ".join((*own, *draft.choices.addresses))
    draft.set(setting, instead)
    foreign = ", ".join(word for word in words if word not in own)
    draft.add_delta("inet_interfaces", instead, f"{foreign}: the lab's mail host has its own addresses", setting)


def _listeners(draft: Draft) -> None:
    """Bind services with a foreign address (`203.0.113.5:25 inet`) to the mail host's own."""
    taken: set[str] = {s.name for s in draft.services if s.kind == "inet"}
    for service in draft.services:
        address = service.address
        if not address or address in _LOOPBACK or address in draft.choices.addresses:
            continue
        instead = _bound_name(draft, service)
        if instead in taken:
            draft.switch_off(service)
            reason = f"{address} is no address here, and its port is taken"
            draft.add_delta(f"master.cf {service.name}", "off", reason, service)
            continue
        taken.add(instead)
        draft.rename(service, instead)
        reason = f"{address} is no address of the lab's mail host"
        draft.add_delta(f"master.cf {service.name}", instead, reason, service)


def _bound_name(draft: Draft, service: Service) -> str:
    family = ":" in service.address
    own = next((a for a in draft.choices.addresses if (":" in a) == family), draft.choices.addresses[0])
    return f"[{own}]:{service.port}" if ":" in own else f"{own}:{service.port}"
