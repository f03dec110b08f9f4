"""Where an accepted mail goes for each recipient: which table turned it into what, and what chose the next hop. Pure.

Nothing is computed anew: the lookups, their results and the chosen transports are those that cleanup(8),
trivial-rewrite(8) and local(8) logged. Only the line of the table, and the parameter of an address class, are looked
up in the configuration (ADDRESS_CLASS_README).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import DEFAULT, Place
from postfix_lab.postfix.log.events import Delivery
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.log.verbose_lines import (
    Lookup,
    Resolution,
    opened_queue_id,
    parse_alias,
    parse_lookup,
    parse_mapping,
    parse_resolution,
)
from postfix_lab.postfix.restrictions.stages import place_of
from postfix_lab.postfix.table_places import entry_place, parameter_of
from postfix_lab.verdict.outcome import same_address
from postfix_lab.verdict.outside import LAB

_COPIES = ("recipient_bcc_maps", "sender_bcc_maps", "always_bcc")
_TRANSPORTS = ("transport_maps", "sender_dependent_default_transport_maps")
_RELAYS = ("sender_dependent_relayhost_maps",)
_CLASSES = {
    "local": ("local_transport", "mydestination"),
    "alias": ("virtual_alias_domains", ""),
    "virtual": ("virtual_transport", "virtual_mailbox_domains"),
    "relay": ("relay_transport", "relay_domains"),
    "default": ("default_transport", ""),
}
"""Address class -> the parameter with its transport, and the one with its domains."""
_DEPTH = 50


@dataclass(frozen=True)
class Chooser:
    """A parameter, or an entry of its table, that decided something on the way."""

    parameter: str
    value: str
    place: Place


@dataclass(frozen=True)
class Change:
    """An address that a table turned into others, or to which it added a copy."""

    address: str
    results: tuple[str, ...]
    by: Chooser

    @property
    def copies(self) -> bool:
        """Whether the address stays, and the results get a copy (BCC)."""
        return self.by.parameter in _COPIES


@dataclass(frozen=True)
class Way:
    """Where one final address goes, and the last attempt to deliver it there."""

    address: str
    orig_to: str
    transport: str
    nexthop: str
    chosen: tuple[Chooser, ...]
    """What chose transport and next hop."""
    status: str = ""
    """`sent`, `deferred`, `bounced`...; empty if no attempt was logged."""
    relay: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Route:
    """What became of one recipient on its way through the mail host."""

    recipient: str
    changes: tuple[Change, ...]
    ways: tuple[Way, ...]


def used_entries(evidence: Evidence, configured: Configured) -> Iterator[Place]:
    """Yield the entry of each lookup that found something, as far as the source of its table shows the line."""
    aliases = configured.values.get("alias_maps", "").replace(",", " ").split()
    for line in evidence.lines:
        if lookup := parse_lookup(line.text):
            tables: Iterable[str] = (lookup.table,)
            key, value = lookup.key, lookup.value
        elif line.service == "local" and (alias := parse_alias(line.text)):
            tables, key, value = aliases, alias.address, alias.result
        else:
            continue
        yield from filter(None, (entry_place(configured, table, key, value) for table in tables))


class Routes:
    """The ways of all mail of one evidence, as a traced mail host logged them."""

    def __init__(self, evidence: Evidence, configured: Configured) -> None:
        self._configured = configured
        self._set_by_lab = {delta.what for delta in evidence.mail_host.deltas}
        self._changes: dict[str, list[Change]] = {}
        self._resolved: dict[str, tuple[Resolution, tuple[Lookup, ...]]] = {}
        self._delivered: dict[str, list[Delivery]] = {}
        self._expanded: list[Change] = []
        self._read(evidence.lines)

    def route(self, queue_ids: Iterable[str], recipient: str) -> Route:
        """Return the way of a recipient whose message had these queue ids, the one told to the client first."""
        names = tuple(queue_ids)
        known = [change for name in names for change in self._changes.get(name, ())] + self._expanded
        changes = tuple(_follow(recipient, known))
        ends = dict.fromkeys(result for change in changes for result in change.results)
        replaced = {change.address.lower() for change in changes if not change.copies}
        final = [name for name in (recipient, *ends) if name.lower() not in replaced]
        delivered = [event for name in names for event in self._delivered.get(name, ())]
        copied = [event.recipient for event in delivered if same_address(event.recipient, self._always_bcc)]
        if copied and self._always_bcc and recipient:
            changes = (*changes, self._always_copy(recipient))
            final.append(copied[0])
        ways = tuple(self._way(name, recipient, delivered) for name in dict.fromkeys(final))
        return Route(recipient, changes, ways)

    @property
    def _always_bcc(self) -> str:
        return self._configured.values.get("always_bcc", "")

    def _always_copy(self, recipient: str) -> Change:
        return Change(recipient, (self._always_bcc,), self._setting("always_bcc"))

    def _read(self, lines: Iterable[LogLine]) -> None:
        current: dict[tuple[str, int | None], str] = {}
        before: dict[tuple[str, int | None], list[Lookup]] = {}
        for line in lines:
            key = line.peer, line.pid
            if isinstance(line.event, Delivery) and line.queue_id:
                self._delivered.setdefault(line.queue_id, []).append(line.event)
            elif line.service == "cleanup":
                self._read_cleanup(line.text, key, current, before)
            elif line.service == "trivial-rewrite":
                self._read_resolution(line.text, before.setdefault(key, []))
            elif line.service == "local" and (alias := parse_alias(line.text)):
                by = self._entry(Lookup("alias_maps", "", alias.address, alias.result))
                self._expanded.append(Change(alias.address, (alias.result,), by))

    def _read_cleanup(
        self,
        text: str,
        key: tuple[str, int | None],
        current: dict[tuple[str, int | None], str],
        before: dict[tuple[str, int | None], list[Lookup]],
    ) -> None:
        if opened := opened_queue_id(text):
            current[key], before[key] = opened, []
        lookup, mapping = parse_lookup(text), parse_mapping(text)
        changes = self._changes.setdefault(current.get(key, ""), [])
        if lookup and lookup.maps in _COPIES:
            changes.append(Change(lookup.key, (lookup.value,), self._entry(lookup)))
        elif lookup:
            before.setdefault(key, []).append(lookup)
        elif mapping and before.get(key):
            _add(changes, mapping.address, mapping.result, self._entry(before[key][-1]))

    def _read_resolution(self, text: str, before: list[Lookup]) -> None:
        if lookup := parse_lookup(text):
            before.append(lookup)
        elif resolution := parse_resolution(text):
            self._resolved[resolution.address.lower()] = resolution, tuple(before)
            before.clear()

    def _way(self, address: str, recipient: str, delivered: Iterable[Delivery]) -> Way:
        mine = [event for event in delivered if same_address(event.recipient, address)]
        mine = [event for event in mine if same_address(event.orig_to or event.recipient, recipient)] or mine
        last = mine[-1] if mine else None
        resolution, lookups = self._resolved.get(address.lower(), (Resolution("", address, "", "", ""), ()))
        return Way(
            address,
            (last.orig_to or "") if last else "",
            resolution.transport,
            resolution.nexthop,
            tuple(self._choice(resolution, lookups)),
            last.status if last else "",
            " ".join(filter(None, (last.relay, last.relay_address or ""))) if last else "",
            last.reason if last else "",
        )

    def _choice(self, resolution: Resolution, lookups: Iterable[Lookup]) -> Iterator[Chooser]:
        """Yield what chose the transport, then what chose the next hop if that is not the recipient's domain."""
        found = [lookup for lookup in lookups if lookup.maps in _TRANSPORTS]
        parameter, domains = _CLASSES.get(resolution.address_class, ("", ""))
        if found:
            yield self._entry(found[-1])
        else:
            yield from (self._setting(name) for name in (parameter, domains) if name)
        relays = [lookup for lookup in lookups if lookup.maps in _RELAYS]
        relayhost = self._configured.values.get("relayhost", "")
        if relays:
            yield self._entry(relays[-1])
        elif not found and relayhost and relayhost == resolution.nexthop:
            yield self._setting("relayhost")

    def _setting(self, name: str) -> Chooser:
        place = place_of(self._configured, "", name)
        if place == DEFAULT and name in self._set_by_lab:
            place = LAB
        return Chooser(name, " ".join(self._configured.values.get(name, "").split()), place)

    def _entry(self, found: Lookup) -> Chooser:
        name = parameter_of(found.maps)
        tables = (found.table,) if found.table else self._configured.values.get(name, "").replace(",", " ").split()
        places = [(table, entry_place(self._configured, table, found.key, found.value)) for table in tables]
        table, place = next(((t, p) for t, p in places if p), (tables[0] if tables else "", None))
        return Chooser(name, table, place or place_of(self._configured, "", name))


def _add(changes: list[Change], address: str, result: str, by: Chooser) -> None:
    """Add a result to the last change if it is of the same entry."""
    last = changes[-1] if changes else None
    if last and (last.address, last.by) == (address, by):
        changes[-1] = Change(address, (*last.results, result), by)
    else:
        changes.append(Change(address, (result,), by))


def _follow(recipient: str, known: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes that lead on from the recipient, each once; an alias of local(8) is a name without domain."""
    rest, waiting, steps = list(dict.fromkeys(known)), [recipient], 0
    while waiting and steps < _DEPTH:
        steps += 1
        address = waiting.pop(0)
        mine = [change for change in rest if _is_about(change, address)]
        rest = [change for change in rest if change not in mine]
        for change in mine:
            yield change
            waiting += [result for result in change.results if not same_address(result, address)]


def _is_about(change: Change, address: str) -> bool:
    local = change.by.parameter == "alias_maps"
    return same_address(change.address, address.partition("@")[0] if local else address)
