"""A zone in memory, and how a name is found in it.

A zone is its origin and the record sets below it. A name exists if it owns records, or if a name below it does (an
empty non-terminal). A wildcard matches only names that do not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from postfix_lab.dns.name import Labels, is_below, present
from postfix_lab.dns.record_data import Data, soa_data
from postfix_lab.dns.zonefile import Entry, ZoneText, read_entries
from postfix_lab.errors import InputError

__all__ = ["Record", "RecordSets", "Zone", "ZoneText"]

DEFAULT_TTL = 300


@dataclass(frozen=True)
class Record:
    """One resource record; `str()` is type and data in presentation format."""

    name: Labels
    type: str
    ttl: int
    data: Data = field(compare=False)
    text: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


RecordSets = Mapping[str, tuple[Record, ...]]
"""The record sets of one name, by type; empty for an empty non-terminal."""


@dataclass(frozen=True)
class Zone:
    """A zone in memory; names are in lower case."""

    origin: Labels
    nodes: Mapping[Labels, RecordSets]
    nonterminals: frozenset[Labels]
    source: str
    derived: bool = False
    soa_written: bool = True
    added: bool = False

    @classmethod
    def parse(cls, zone: ZoneText) -> Zone:
        """The zone that a master file describes; if it has no SOA, one is added at its origin.

        Raises InputError with source and line. Results are cached, because a scenario's world is loaded before each
        session.
        """
        return _parse(zone)

    @property
    def soa(self) -> Record:
        """The SOA for a negative answer, with the negative TTL (RFC 2308 section 3)."""
        record = self.nodes[self.origin]["SOA"][0]
        return replace(record, ttl=min(record.ttl, record.data.parts[-1]))

    def find(self, name: Labels, also: Collection[Labels] = ()) -> RecordSets | None:
        """The record sets of a name in this zone, from a wildcard if one matches; None: the name does not exist.

        Only the wildcard directly below the closest encloser matches (RFC 4592). `also` are names that exist because
        another zone is below them.
        """
        if (node := self.nodes.get(name)) is not None:
            return node
        if name in self.nonterminals or name in also:
            return {}
        encloser = name[1:]
        while not (encloser in self.nodes or encloser in self.nonterminals or encloser in also):
            encloser = encloser[1:]
        wildcard = self.nodes.get((b"*", *encloser))
        if wildcard is None:
            return None
        return {rtype: tuple(replace(r, name=name) for r in records) for rtype, records in wildcard.items()}


def merge(zones: Sequence[Zone]) -> Zone:
    """One zone from several of the same origin: written records are joined, derived ones added where none is written.

    A derived record set is left out if that name and type, or a CNAME, is written.
    """
    if len(zones) == 1:
        return zones[0]
    # A derived zone that lent its records to another one came without its SOA.
    complete = [zone for zone in zones if "SOA" in zone.nodes.get(zone.origin, {})]
    first = min(complete, key=lambda zone: (zone.derived, not zone.soa_written))
    nodes: dict[Labels, dict[str, tuple[Record, ...]]] = {first.origin: {"SOA": first.nodes[first.origin]["SOA"]}}
    for zone in (zone for zone in zones if not zone.derived):
        _add(nodes, zone, {})
    written = {name: dict(node) for name, node in nodes.items()}
    for zone in (zone for zone in zones if zone.derived):
        _add(nodes, zone, written)
    return replace(first, nodes=nodes, nonterminals=_nonterminals(nodes, first.origin))


def _add(nodes: dict[Labels, dict[str, tuple[Record, ...]]], zone: Zone, written: Mapping[Labels, RecordSets]) -> None:
    for name, node in zone.nodes.items():
        taken = written.get(name, {})
        added = {rtype: new for rtype, new in node.items() if rtype != "SOA" and not taken.keys() & {rtype, "CNAME"}}
        here = nodes.setdefault(name, {}) if added else {}
        for rtype, records in added.items():
            here[rtype] = tuple(dict.fromkeys((*here.get(rtype, ()), *records)))
        _refuse_mixed_cname(here, zone.source)


@lru_cache(maxsize=512)  # a pure function's memory, not a state
def _parse(zone: ZoneText) -> Zone:
    entries, origin = read_entries(zone)
    origin, soa = _apex(zone, entries, origin)
    minimum = soa.data.parts[-1] if soa else DEFAULT_TTL
    nodes: dict[Labels, dict[str, tuple[Record, ...]]] = {origin: {}}
    if soa is None:
        data = soa_data((b"ns", b"lab", b"invalid"), (b"hostmaster", b"lab", b"invalid"), (1, 3600, 600, 86400, 300))
        nodes[origin]["SOA"] = (Record(origin, "SOA", DEFAULT_TTL, data, data.text),)
    for entry in entries:
        ttl = minimum if entry.ttl is None else entry.ttl
        record = Record(entry.owner, entry.type, ttl, entry.data, entry.data.text, entry.line)
        node = nodes.setdefault(entry.owner, {})
        # The same record twice is one record (RFC 2181 section 5).
        node[entry.type] = tuple(dict.fromkeys((*node.get(entry.type, ()), record)))
        _refuse_mixed_cname(node, zone.source, entry.line)
    nonterminals = _nonterminals(nodes, origin)
    derived = zone.derived or zone.added
    return Zone(origin, nodes, nonterminals, zone.source, derived, soa_written=soa is not None, added=zone.added)


def _apex(zone: ZoneText, entries: tuple[Entry, ...], origin: Labels | None) -> tuple[Labels, Entry | None]:
    """The zone's origin and its SOA; the SOA's owner decides, then the origin that was named first."""
    written = [entry for entry in entries if entry.type == "SOA"]
    first = written[0] if written else None
    if len(written) > 1:
        raise InputError("a second SOA; a zone has one", zone.source, written[1].line)
    if first and zone.origin is not None and first.owner != origin:
        problem = f"the SOA belongs to {present(first.owner)}, the zone was declared as {present(origin or ())}"
        raise InputError(problem, zone.source, first.line)
    apex = first.owner if first else origin
    if apex is None:
        raise InputError("the zone has no origin; give it a $ORIGIN line, an SOA record or an origin", zone.source)
    for entry in entries:
        if not is_below(entry.owner, apex):
            problem = f"{present(entry.owner)} is not in the zone {present(apex)}"
            raise InputError(problem, zone.source, entry.line)
    return apex, first


def _refuse_mixed_cname(node: RecordSets, source: str, line: int | None = None) -> None:
    """A CNAME stands alone (RFC 2181 section 10.1)."""
    aliases = node.get("CNAME", ())
    if not aliases or (len(aliases) == 1 and len(node) == 1):
        return
    name = present(aliases[0].name)
    raise InputError(f"{name} has a CNAME next to other records; a CNAME stands alone", source, line or None)


def _nonterminals(nodes: Mapping[Labels, object], origin: Labels) -> frozenset[Labels]:
    """The names between the origin and a record's owner that own nothing themselves."""
    between = {name[cut:] for name in nodes for cut in range(1, len(name) - len(origin))}
    return frozenset(between - nodes.keys())
