"""Bind the world of a test: its zones, hosts and faults, and the faults that have to be hit."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.errors import InputError
from postfix_lab.paths import ZONES
from postfix_lab.scenario.ptr import Ptr, PtrKind, parse_address, reverse_name
from postfix_lab.scenario.world import Host, World, local, zone_file
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.text import did_you_mean
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.bind.zonedata import faults_of, zones_of
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node

MAIL_HOST = "mail-host"
"""What `forward-to` says for the mail host under test, whose address is known when it is up."""
LOCAL = "local"
"""What `host` says for a client on the mail host itself."""
_MTAS = {"accept": ACCEPT, "refuse": REFUSE, "tempfail": TEMPFAIL}
_REPLIES = ("banner", "helo", "mail", "rcpt", "data", "forward-to")
_KINDS = {"none": PtrKind.MISSING, **{kind.value: kind for kind in PtrKind}}
_NAMED = {
    PtrKind.MISMATCH: "borrowed.example",
    PtrKind.NXDOMAIN: "nowhere.example",
    PtrKind.NODATA: "without-address.example",
    PtrKind.FORWARD_SERVFAIL: "broken.example",
    PtrKind.FORWARD_TIMEOUT: "silent.example",
}
"""The kinds that claim a name, with the name that is claimed by default."""


@dataclass(frozen=True)
class DeclaredWorld:
    """The world, its hosts by their names in the file, and the groups of faults that have to be hit."""

    world: World
    hosts: Mapping[str, Host]
    faults_to_meet: tuple[tuple[Fault, ...], ...]
    own_hosts: tuple[Host, ...] = ()
    """Hosts that the test itself declares; their MTAs have to give each declared answer."""


def read_world(section: Section, own: Section) -> DeclaredWorld:
    """Return the world of a section; the faults that the test itself declares (`own`) have to be hit."""
    hosts = dict(_hosts(section))
    named = section.node("zonedata")
    grouped = faults_of(named, section) if isinstance(named, TableNode) else ()
    faults = (
        *(_fault(node, section) for node in section.nodes("faults")),
        *(fault for group in grouped for fault in group),
    )
    own_records = own.node("zonedata")
    to_meet = (
        *((_fault(node, own),) for node in own.nodes("faults")),
        *(faults_of(own_records, own) if isinstance(own_records, TableNode) else ()),
    )
    zones = (
        *(_zone(node, section) for node in section.nodes("zones")),
        *(zones_of(named, section) if isinstance(named, TableNode) else ()),
    )
    own_hosts = tuple(host for _, host in _hosts(own))
    return DeclaredWorld(World(zones, tuple(hosts.values()), faults, _sink(section)), hosts, to_meet, own_hosts)


def client(section: Section, known: Mapping[str, Host]) -> Host:
    """Return the host of a session: one of `known`, or a new one from address, name and `ptr`."""
    node = section.node("host")
    if node is None:
        return Host(("203.0.113.10", "2001:db8:113::10"), name="mail.good.example")
    text = section.fill(node)
    if text == LOCAL and text not in known:
        for key in ("name", "ptr"):
            if (wrong := section.node(key)) is not None:
                raise wrong.place.error(f"a client on the mail host itself has no {key} of its own")
        return local()
    if text in known:
        for key in ("name", "ptr"):
            if (contradiction := section.node(key)) is not None:
                raise contradiction.place.error(f"the host {text!r} says its {key} itself, under `hosts`")
        return known[text]
    with at_node(node):
        try:
            parse_address(text)
        except InputError:
            hint = did_you_mean(text, known) if known else "there are none"
            raise ValueError(f"{text!r} is no IP address, not `{LOCAL}` and no name from `hosts`; {hint}") from None
        return Host((text,), name=section.text("name"), ptr=_ptr(section))


def _hosts(section: Section) -> list[tuple[str, Host]]:
    table = section.node("hosts")
    found = []
    for key, node in table if isinstance(table, TableNode) else ():
        about, label = section.of(node), section.fill(key)
        with at_node(key):
            name = about.text("name") or (label if "." in label else None)
            found.append((label, Host(about.texts("address"), name, about.text("helo"), _ptr(about), _mta(about))))
    return found


def _ptr(section: Section) -> Ptr:
    """Return the reverse lookup: `right`, `missing`, a name, or a kind and the names that it claims."""
    node = section.node("ptr")
    if node is None:
        return Ptr.right()
    with at_node(node):
        first, *names = section.fill(node).split() or [""]
        if first not in _KINDS:
            if names or "." not in first:
                raise ValueError(f"{first!r} is no kind of reverse lookup; {did_you_mean(first, _KINDS)}, or a name")
            return Ptr.to(first)
        kind = _KINDS[first]
        if kind in (PtrKind.TO, PtrKind.UNCONFIRMED):
            return Ptr.to(*names, forward=kind is PtrKind.TO)
        if kind not in _NAMED and names:
            raise ValueError(f"`{first}` claims no name, and {names[0]!r} follows it")
        if len(names) > 1:
            raise ValueError(f"`{first}` claims one name; several go with `to` and `unconfirmed`")
        return Ptr(kind, tuple(names) or ((_NAMED[kind],) if kind in _NAMED else ()))


def _sink(section: Section) -> Behaviour | None:
    node = section.node("sink")
    absent = isinstance(node, ScalarNode) and node.text == "absent"
    return None if absent else _mta(section, "sink") or ACCEPT


def _mta(section: Section, key: str = "mta") -> Behaviour | None:
    node = section.node(key)
    if isinstance(node, ScalarNode):
        return _MTAS[node.text]
    if node is None:
        return None
    about = section.of(node)
    forward_to = about.node("forward-to")
    if forward_to is not None and section.fill(forward_to) != MAIL_HOST:
        with at_node(forward_to):
            parse_address(section.fill(forward_to))
    with at_node(node):
        return Behaviour(
            answers=tuple(_answer(answer, section) for answer in about.nodes("answers")),
            lacks=about.texts("lacks"),
            tls=about.text("tls") or Certificate.NONE,
            users=_users(about),
            auth_required=about.flag("auth-required"),
            mechanisms=about.texts("mechanisms") or ("PLAIN", "LOGIN"),
            ports=tuple(map(int, about.texts("ports"))),
            tls_ports=tuple(map(int, about.texts("tls-ports"))),
            **{key.replace("-", "_"): about.text(key) for key in _REPLIES},
        )


def _users(about: Section) -> tuple[str, ...]:
    """Return `user:password` for each of the users."""
    table = about.node("users")
    pairs = table.pairs if isinstance(table, TableNode) else ()
    return tuple(f"{name.text}:{about.fill(word)}" for name, word in pairs)


def _answer(node: YamlNode, section: Section) -> Answer:
    about = section.of(node)
    with at_node(node):
        limits = {key: about.text(key) for key in ("to", "sender", "client")}
        nth = int(about.text("nth") or 0)
        return Answer(about.text("stage") or "", about.text("says") or "", nth=nth, **limits)


def _fault(node: YamlNode, section: Section) -> Fault:
    about = section.of(node)
    name, kind = about.text("name") or "", FaultKind(about.text("kind") or "")
    with contextlib.suppress(InputError):  # else it is a name
        name = reverse_name(parse_address(name))
    timed = about.node("seconds") is not None
    if (kind is FaultKind.DELAY and not timed) or (timed and kind not in (FaultKind.DELAY, FaultKind.TRUNCATE_HANG)):
        raise node.place.error("`seconds` goes with DELAY, and DELAY needs it; TRUNCATE_HANG may have some")
    if about.node("octets") is not None and kind is not FaultKind.HUGE:
        raise node.place.error("`octets` goes with HUGE alone")
    with at_node(node):
        return Fault(
            name,
            kind,
            (about.text("type") or "ANY").upper(),
            float(about.text("seconds") or 0),
            client=about.text("client"),
            transport=about.text("transport"),
            resolver=about.text("resolver"),
            nth=int(about.text("nth") or 0),
            octets=int(about.text("octets") or 512),
            records=about.texts("records"),
        )


def _zone(node: YamlNode, section: Section) -> ZoneText:
    """Return a zone from a file or a text; an error in a text has the line of the YAML file."""
    about = section.of(node)
    derived = about.flag("derived")
    file = section.fill(node) if isinstance(node, ScalarNode) else about.text("file")
    folder = Path(node.place.file).parent
    if file is not None:
        with at_node(node):
            found = next((place / file for place in (folder, ZONES) if (place / file).is_file()), None)
            if found is None:
                there = ", ".join(sorted(path.name for path in ZONES.glob("*.zone")))
                raise ValueError(f"there is no zone file {file!r} in {folder}, nor is it one of {there}")
            text = replace(zone_file(found), origin=about.text("origin"), derived=derived)
            Zone.parse(text)
            return text
    body = about.node("text")
    if body is None:
        raise node.place.error("a zone needs its `text` or a `file`")
    text = ZoneText(about.fill(body), "", about.text("origin"), derived)
    try:
        Zone.parse(text)
    except InputError as error:
        where = f"line {error.line} of the zone: " if error.line else ""
        raise body.place.error(f"{where}{error}") from None
    return replace(text, source="zones")
