"""The zones and faults that a test adds to its world."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.scenario.world import zone as zone_text
from postfix_lab.verdict.checks.check import require_known

if TYPE_CHECKING:
    from postfix_lab.scene.scene import Scene


@dataclass(frozen=True)
class Dns:
    """The zones and faults of a scene; a change applies from the next run on. The fixture `dns` is one."""

    scene: Scene

    def zone(self, text: str | ZoneText, origin: str | None = None) -> None:
        """Add a zone: RFC 1035 master file text, or what `zone_file` returns.

        `origin` is the zone's name unless `$ORIGIN` or the SOA's owner says it. Raises `InputError` with the line at
        the next run if the text is no zone.
        """
        added = text if isinstance(text, ZoneText) else zone_text(text, origin)
        self.scene.world = replace(self.scene.world, zones=(*self.scene.world.zones, added))

    def fault(  # noqa: PLR0913 - one keyword for each thing that can be said about a fault
        self,
        name: str,
        kind: FaultKind | str,
        rtype: str = "ANY",
        seconds: float = 0.0,
        *,
        client: str | None = None,
        transport: Literal["udp", "tcp"] | None = None,
        resolver: str | None = None,
        nth: int = 0,
        octets: int = 512,
        records: tuple[str, ...] = (),
    ) -> None:
        """Make questions about `name` fail; the first fault that matches a question applies.

        `name` may be `*.` and a domain for all names below it, or `*`; `kind` is a `FaultKind` or its name.
        `client` (the mail host's address), `transport`, `resolver` (the address that is asked) and `nth` (only the
        n-th such question of a run, from 1; 0: each) limit it; `seconds` is for `DELAY` and `TRUNCATE_HANG`, `octets`
        for `HUGE`, `records` (`A 192.0.2.1`) for `ANSWER`. Raises `InputError` for what cannot happen.
        """
        require_known(str(kind).upper(), FaultKind, "kind of fault")
        kind = FaultKind(str(kind).upper())
        added = Fault(name, kind, rtype, seconds, client, transport, resolver, nth, octets, records)
        self.scene.world = replace(self.scene.world, faults=(*self.scene.world.faults, added))

    def clear(self) -> None:
        """Remove all zones and faults; the hosts remain."""
        self.scene.world = replace(self.scene.world, zones=(), faults=())
