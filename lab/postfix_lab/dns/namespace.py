"""All zones together: which zone answers a question, and with which records.

The zone with the longest origin answers for a name. A CNAME is followed through all zones, as a recursive resolver
does. A name in no zone does not exist. NS records below an origin are ordinary data: there are no referrals.

A written zone is the whole truth about its names. Two kinds of zone texts are not written: records that follow from a
declared host (`derived`) are placed into it, because the scenario declares hosts as well; records that the lab adds
(`added`) are left out below its origin, and at each name of which a host has a record.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from postfix_lab.dns.name import Labels, absolute_name, lower, present
from postfix_lab.dns.zone import Record, RecordSets, Zone, ZoneText, merge


@dataclass(frozen=True)
class ZoneAnswer:
    """The true answer to one question; `authority` holds the SOA of a negative answer (RFC 2308)."""

    rcode: str
    """`NOERROR` or `NXDOMAIN`; if CNAMEs were followed, of the last name (RFC 6604)."""
    aa: bool
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    outside: bool = False
    """The name in the question is in no zone."""

    @property
    def outcome(self) -> str:
        """The rcode, or `NODATA` if the name exists without a record of that type."""
        return "NODATA" if self.rcode == "NOERROR" and self.authority else self.rcode


class Namespace:
    """Several zones as one tree; raises InputError if one of them cannot be used."""

    def __init__(self, texts: Sequence[ZoneText]) -> None:
        self._zones = {origin: merge(zones) for origin, zones in _place_zones(_parse_zones(texts)).items()}
        self._outside = Zone.parse(ZoneText("", source="no zone", origin="."))
        self._above = frozenset(origin[cut:] for origin in self._zones for cut in range(1, len(origin) + 1))

    def contains(self, name: str | Labels) -> bool:
        """Whether the name is in one of the zones."""
        return self._zone(_labels(name)) is not self._outside

    def soa(self, name: str | Labels) -> Record:
        """The SOA of a negative answer about the name; the root's if the name is in no zone."""
        return self._zone(_labels(name)).soa

    def answer(self, name: str | Labels, rtype: str) -> ZoneAnswer:
        """The true answer to the question; `ANY` gives every record of the name."""
        asked = current = _labels(name)
        outside = not self.contains(asked)
        chain: list[Record] = []
        seen: set[Labels] = set()
        while current not in seen:
            seen.add(current)
            zone = self._zone(current)
            node = zone.find(current, self._above)
            records = _select(node or {}, rtype.upper())
            if records:
                return ZoneAnswer("NOERROR", aa=True, answers=(*chain, *records))
            alias = (node or {}).get("CNAME")
            if not alias:
                rcode = "NXDOMAIN" if node is None else "NOERROR"
                return ZoneAnswer(rcode, aa=True, answers=tuple(chain), authority=(zone.soa,), outside=outside)
            chain.extend(alias)
            current = lower(alias[0].data.parts[0])
        return ZoneAnswer("NOERROR", aa=True, answers=tuple(chain))

    def _zone(self, name: Labels) -> Zone:
        origin = _closest_origin(name, self._zones)
        return self._outside if origin is None else self._zones[origin]


def added_records(texts: Sequence[ZoneText]) -> tuple[str, ...]:
    """Return the records of added zones that are served, as master files have them: `lab.test. MX 10 mx.lab.test.`."""
    return tuple(
        f"{present(name)}. {record}"
        for zone in _parse_zones(texts)
        if zone.added
        for name, node in zone.nodes.items()
        for rtype, records in node.items()
        if rtype != "SOA"
        for record in records
    )


def _parse_zones(texts: Sequence[ZoneText]) -> list[Zone]:
    """Return the zones; the added ones have only what they say about names that nobody gave."""
    zones = [Zone.parse(text) for text in texts]
    written = {zone.origin for zone in zones if not zone.derived}
    given = {name for zone in zones if not zone.added for name, node in zone.nodes.items() if _says_something(node)}
    found = (_without_given(zone, written, given) if zone.added else zone for zone in zones)
    return [zone for zone in found if not zone.added or any(map(_says_something, zone.nodes.values()))]


def _without_given(zone: Zone, written: Collection[Labels], given: Collection[Labels]) -> Zone:
    """Return an added zone without the names below written origins, and with no records at given names."""
    kept = {name: node for name, node in zone.nodes.items() if _closest_origin(name, written) is None}
    if len(kept) == len(zone.nodes) and not kept.keys() & given:
        return zone
    soa = {zone.origin: {"SOA": zone.nodes[zone.origin]["SOA"]}} if zone.origin in kept else {}
    return replace(zone, nodes={**soa, **{name: node for name, node in kept.items() if name not in given}})


def _says_something(node: RecordSets) -> bool:
    """Whether a node has a record other than a SOA, which every zone has."""
    return bool(node.keys() - {"SOA"})


def _closest_origin(name: Labels, origins: Collection[Labels]) -> Labels | None:
    """The longest origin that the name is at or below."""
    return next((name[cut:] for cut in range(len(name) + 1) if name[cut:] in origins), None)


def _place_zones(zones: Sequence[Zone]) -> dict[Labels, list[Zone]]:
    """The zones by origin; derived records are moved into the zone that answers for their name.

    A derived zone below a written one would hide it, so its records are added to the written zone. A derived record
    goes into the zone with the longest origin for its name.
    """
    placed: dict[Labels, list[Zone]] = {}
    for zone in zones:
        if not zone.derived:
            placed.setdefault(zone.origin, []).append(zone)
    derived = {zone.origin for zone in zones if zone.derived}
    origins = {*placed, *(origin for origin in derived if _closest_origin(origin, placed) is None)}
    for zone in zones:
        if not zone.derived:
            continue
        parts: dict[Labels, dict[Labels, RecordSets]] = {}
        for name, node in zone.nodes.items():
            parts.setdefault(_closest_origin(name, origins) or (), {})[name] = node
        for origin, nodes in parts.items():
            placed.setdefault(origin, []).append(replace(zone, origin=origin, nodes=nodes))
    return placed


def _labels(name: str | Labels) -> Labels:
    return lower(absolute_name(name) if isinstance(name, str) else name)


def _select(node: RecordSets, rtype: str) -> tuple[Record, ...]:
    if rtype == "ANY":
        return tuple(record for records in node.values() for record in records)
    return node.get(rtype, ())
