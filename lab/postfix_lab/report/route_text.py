"""Where a mail goes, as lines: each change of an address with its table's line, then transport, next hop and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from postfix_lab.text import printable

if TYPE_CHECKING:
    from postfix_lab.verdict.route import Change, Route, Way


def route_lines(routes: Iterable[Route]) -> Iterator[str]:
    """Yield the lines for each recipient; nothing if no mail was accepted."""
    for number, route in enumerate(routes):
        yield printable(f"{'where to' if not number else '':<12}{route.recipient}")
        yield from (printable(f"{'':<14}{_change(change)}") for change in route.changes)
        for way in route.ways:
            yield from (printable(f"{'':<14}{line}") for line in _way(way))


def _change(change: Change) -> str:
    sign = "with a copy to" if change.copies else "->"
    return f"{change.address} {sign} {', '.join(change.results)}   {change.by.parameter} {change.by.place}"


def _way(way: Way) -> Iterator[str]:
    if not way.transport:
        yield f"{way.address}: nobody asked where it goes"
        return
    chosen = ", ".join(f"{one.parameter} {one.place}" for one in way.chosen)
    yield f"{way.address} by {way.transport} to {way.nexthop}   {chosen}".rstrip()
    if way.status:
        orig = f", orig_to {way.orig_to}" if way.orig_to else ""
        yield f"  {way.status}{orig}: {way.reason}"
