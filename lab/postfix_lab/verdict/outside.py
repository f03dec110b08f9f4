"""Who decided where no restriction of smtpd did: milters, content checks, limits, TLS and AUTH demands. Pure.

In this order it is read from the log of the command: what a milter or a proxy filter refused, what cleanup(8)'s checks
refused, a warning that names the limit. What smtpd logs nowhere is known from the reply, which no restriction gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import DEFAULT, Place
from postfix_lab.postfix.log.events import Accepted, Reject, Trouble
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.log.verbose_lines import Lookup, asked_milter, parse_lookup
from postfix_lab.postfix.replies.own_rules import (
    CHECKS,
    MILTERS,
    NOT_ANSWERED,
    PROXY,
    SPACE,
    STRICT,
    OwnRule,
    logged_rule,
    said_rule,
)
from postfix_lab.postfix.restrictions import EvaluatedCommand, Restriction, Result, Step
from postfix_lab.postfix.restrictions.restriction import words_in_effect
from postfix_lab.postfix.restrictions.stages import place_of
from postfix_lab.postfix.table_places import entry_place

SMTPD, CLEANUP, MILTER = "smtpd", "cleanup", "milter"
"""The list that a step outside of all lists is in: the program that decided."""
LAB = Place("the lab")
"""The place of a parameter that the lab has set, as a delta."""
ACTED = ("hold", "discard", "milter-hold", "milter-discard")
"""Actions that end the way of a mail that its client was told is accepted."""
_SPACE = re.compile(r"smtpd_check_queue: blocks (\d+) avail (\d+) min_free (\d+) ")
_NAKED = re.compile(r"(?:MAIL FROM|RCPT TO):\s*[^<\s]", re.IGNORECASE)
_CLEANUP = "cleanup/unix"
_TEMPORARY = 4


@dataclass(frozen=True)
class OutsideLists:
    """The log of one session, and the configuration that it met."""

    configured: Configured
    service: str
    lines: tuple[LogLine, ...]
    """The lines of the session and of its messages, in order."""
    around: Callable[[], Iterable[LogLine]] = tuple
    """Returns all lines in order, for those of verbose programs, which name no message; asked only where needed."""
    set_by_lab: frozenset[str] = frozenset()
    """The parameters that the lab has set, as deltas."""

    def step(self, command: EvaluatedCommand, until: float) -> Step | None:
        """The demand that refused this command, whose lines are those before `until`; None if none is known."""
        since = 0.0 if command.verb == "CONNECT" else command.at
        message = self._message(until) if command.verb in ("MESSAGE", "BDAT") else ""
        own = [line for line in self.lines if line.at < until and (since <= line.at or _is_of(line, message))]
        for line in own:
            found = self._refused(line, line.event, command) if isinstance(line.event, Reject) else None
            if found:
                return found
        return self._warned(own, command) or self._strict(command) or self._said(command)

    def _message(self, until: float) -> str:
        """The queue id of the message that was being received; cleanup(8) has its envelope before its content."""
        names = [line.queue_id for line in self.lines if line.at < until and isinstance(line.event, Accepted)]
        return names[-1] or "" if names else ""

    def action(self, queue_id: str) -> Step | None:
        """The content check or milter that put an accepted message on hold or discarded it; None if none did."""
        for line in self.lines:
            event = line.event
            if isinstance(event, Reject) and event.action in ACTED and line.queue_id in (queue_id, None):
                if event.action.startswith("milter"):
                    return self._milter(line, event, "dunno")
                if event.stage in ("header", "body"):
                    return self._check(line, event, "dunno")
        return None

    def parameter(self, name: str, service: str = "", value: str | None = None) -> Restriction:
        """A parameter as a restriction: its value and place in a service, or the place of one word of its value."""
        service = service or self.service
        given = self.configured.value(name, service)
        place = place_of(self.configured, service, name)
        place = LAB if place == DEFAULT and name in self.set_by_lab else place
        if value is not None:
            words = words_in_effect(self.configured, name, service)
            place = next((word.place for word in words if _first(word.text) == value), place)
        return Restriction(name, " ".join((given if value is None else value).split()), place, _program(service), 0)

    def entry(self, found: Lookup, name: str, service: str) -> Restriction:
        """The line of a table that gave an answer; the parameter's line if the source does not show it."""
        restriction = self.parameter(name, service, found.table)
        place = entry_place(self.configured, found.table, found.key, found.value) or restriction.place
        return Restriction(name, found.table, place, restriction.list, 0)

    def _refused(self, line: LogLine, event: Reject, command: EvaluatedCommand) -> Step | None:
        result = _result(command)
        if event.action == "milter-reject":
            return self._milter(line, event, result)
        if event.action == "proxy-reject":
            return Step(self.parameter(PROXY), result, (event,))
        return self._check(line, event, result) if (line.service, event.action) == (CLEANUP, "reject") else None

    def _milter(self, line: LogLine, event: Reject, result: Result) -> Step:
        asked = [name for name in (asked_milter(text) for text in self._texts_before(line)) if name]
        broken = [other.text for other in self.lines if other.level and "Milter service" in other.text]
        default = self.parameter(NOT_ANSWERED)
        told = (f"{default.name} = {default.argument} ({default.place})",) if broken else ()
        dead = re.search(r"Milter service (\S+?): ", broken[-1]) if broken else None
        which = dead[1] if dead else asked[-1] if asked else None
        found = self.parameter(MILTERS, "", which)
        return Step(Restriction(*_fields(found), MILTER, 0), result, (event,), told, tuple(broken))

    def _check(self, line: LogLine, event: Reject, result: Result) -> Step:
        """The content check that acted: the last one of this process of cleanup(8) that found something."""
        found = [
            lookup for text in self._texts_before(line) if (lookup := parse_lookup(text)) and lookup.maps in CHECKS
        ]
        service = self._cleanup
        if found:
            restriction = self.entry(found[-1], found[-1].maps, service)
            return Step(restriction, result, (event,), (f"{found[-1].key} -> {found[-1].value}",))
        names = [name for name in CHECKS if self.configured.value(name, service) and name.startswith(event.stage)]
        return Step(self.parameter(next(iter(names), CHECKS[0]), service), result, (event,))

    def _warned(self, own: Iterable[LogLine], command: EvaluatedCommand) -> Step | None:
        texts = [(line.event.message, line.text) for line in own if isinstance(line.event, Trouble)]
        texts += [
            (line.text.partition(": ")[2], line.text)
            for line in own
            if line.level and not isinstance(line.event, Trouble)
        ]
        texts += [(line.text, line.text) for line in own if line.service == CLEANUP and ": reject: " in line.text]
        found = logged_rule(text for text, _ in texts)
        if found is None:
            return None
        rule, match, text = found
        maps = match.groupdict().get("maps")
        told = tuple(whole for known, whole in texts if known == text)
        if maps:
            return self._looped(rule, maps, match["key"], command, told)
        name = self._short_of_space() if SPACE in rule.parameters else self._set_one(rule)
        return Step(self.parameter(name), _result(command), answers=(rule.meaning,), warnings=told)

    def _looped(self, rule: OwnRule, maps: str, key: str, command: EvaluatedCommand, told: tuple[str, ...]) -> Step:
        service = self._cleanup
        lookups = [parse_lookup(line.text) for line in self.around() if line.service == CLEANUP]
        known = next((one for one in reversed(lookups) if one and one.maps == maps and one.key == key), None)
        name = maps if self.configured.value(maps, service) else next(iter(rule.parameters), maps)
        restriction = self.entry(known, name, service) if known else self.parameter(name, service)
        limits = (self.parameter(limit, service) for limit in rule.parameters)
        limit = tuple(f"{one.name} = {one.argument} ({one.place})" for one in limits)
        return Step(restriction, _result(command), answers=(f"{rule.meaning}: {key}", *limit), warnings=told)

    def _strict(self, command: EvaluatedCommand) -> Step | None:
        """`strict_rfc821_envelopes`, for an address that is not in angle brackets."""
        if (
            _NAKED.match(command.said)
            and self.configured.value(STRICT, self.service) == "yes"
            and command.reply[:3] == "501"
        ):
            return Step(self.parameter(STRICT), _result(command), answers=("the address is not in angle brackets",))
        return None

    def _said(self, command: EvaluatedCommand) -> Step | None:
        rule = said_rule(command.reply)
        if rule is None:
            return None
        return Step(self.parameter(self._set_one(rule)), _result(command), answers=(rule.meaning,))

    def _set_one(self, rule: OwnRule) -> str:
        """The first of the rule's parameters that somebody has set, else the first one."""
        placed = [name for name in rule.parameters if place_of(self.configured, self.service, name) != DEFAULT]
        return next(iter((*placed, *rule.parameters)))

    def _short_of_space(self) -> str:
        """Which of the two limits was above the free space, by the numbers that smtpd logs."""
        found = [match for line in self.lines if (match := _SPACE.match(line.text))]
        if not found:
            return "message_size_limit"
        size, free, wanted = map(int, found[-1].groups())
        return SPACE if size and wanted // size >= free else "message_size_limit"

    def _texts_before(self, line: LogLine) -> Iterator[str]:
        """The texts that the process of a line logged before it, without those about an earlier message."""
        for other in self.around():
            if other is line:
                return
            if (other.peer, other.pid, other.service) == (line.peer, line.pid, line.service):
                yield other.text

    @property
    def _cleanup(self) -> str:
        name = self.configured.value("cleanup_service_name", self.service)
        return f"{name}/unix" if name else _CLEANUP


def _is_of(line: LogLine, queue_id: str) -> bool:
    """Whether cleanup(8) logged the line about that message."""
    return bool(queue_id) and line.service == CLEANUP and line.queue_id == queue_id


def _first(word: str) -> str:
    """The first item of a word in braces, as in `{ inet:127.0.0.1:8891, default_action=accept }`."""
    bare = word.strip()
    return bare[1:-1].split(",")[0].strip() if bare[:1] == "{" else bare


def _fields(restriction: Restriction) -> tuple[str, str, Place]:
    return restriction.name, restriction.argument, restriction.place


def _result(command: EvaluatedCommand) -> Result:
    return "defer" if command.code // 100 == _TEMPORARY else "reject"


def _program(service: str) -> str:
    return CLEANUP if service.endswith("/unix") else SMTPD
