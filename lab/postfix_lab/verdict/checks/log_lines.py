"""Checks of the mail host's log: by event and fields if the grammar knows the line, else by text.

`logged(Reject, stage="RCPT", code=450)` is easier to read and more robust than a pattern. The fields are those of
the event, of its client (`name`, `address`) and of the line (`program`, `queue_id`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Unpack, get_args, get_type_hints

from postfix_lab.postfix.log.events import Connect, Event
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, code_matches, record_call, require_known, text_matches
from postfix_lab.verdict.checks.field_types import LineFields

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence

FREE_TEXT = ("text", "message", "reason", "tail", "header", "detail")
_LINE_FIELDS = ("program", "service", "pid", "severity", "queue_id", "peer")


@record_call
def logged(what: str | type[Event], /, **wanted: Unpack[LineFields]) -> Check:
    """Want such a line: an event (its name, `"Reject"`, or its class) with these fields, or a text.

    Texts match literally or as regular expressions, codes may be `4xx`, everything else has to be equal.
    A warning that this check finds is expected. Raises `InputError` for a field that such a line does not have.

    >>> logged("Reject", stage="RCPT", code="4xx").want
    "logged Reject with stage 'RCPT', code '4xx'"
    """
    kind, text = _kind(what)
    _known_fields(kind, wanted)

    def matches(line: LogLine) -> bool:
        return _is_kind(line, kind, text) and _fields_match(line, wanted)

    def look(evidence: Evidence) -> Observation:
        found = next((line for line in evidence.lines if matches(line)), None)
        return Observation(ok=True, got=_quote(found), where=found) if found else _nearest(evidence, kind, text)

    return Check("logged", f"logged {_sentence(kind, text, wanted)}", look, expects=matches)


@record_call
def not_logged(what: str | type[Event], /, **wanted: Unpack[LineFields]) -> Check:
    """Want no such line; the lab waits for the end of the log, so that absence is certain."""
    kind, text = _kind(what)
    _known_fields(kind, wanted)

    def look(evidence: Evidence) -> Observation:
        found = next((li for li in evidence.lines if _is_kind(li, kind, text) and _fields_match(li, wanted)), None)
        if found is None and not evidence.lines:
            return Observation(ok=None, got="no log line at all, so absence proves nothing")
        return Observation(ok=found is None, got=f"logged {_quote(found)}" if found else "no such line", where=found)

    return Check("not_logged", f"never logged {_sentence(kind, text, wanted)}", look)


@record_call
def may_log(what: str | type[Event], /, **wanted: Unpack[LineFields]) -> Check:
    """Allow such a line, so that `quiet-log` ignores it; it need not appear."""
    kind, text = _kind(what)
    _known_fields(kind, wanted)
    sentence = _sentence(kind, text, wanted)

    def matches(line: LogLine) -> bool:
        return _is_kind(line, kind, text) and _fields_match(line, wanted)

    found = Observation(ok=True, got="either way")
    return Check("may_log", f"perhaps logged {sentence}", lambda _: found, expects=matches)


@record_call
def warned(pattern: str) -> Check:
    """Want a `warning:` line with this text; `quiet-log` then ignores it."""

    def matches(line: LogLine) -> bool:
        return line.level == "warning" and text_matches(pattern, line.text)

    def look(evidence: Evidence) -> Observation:
        found = next((line for line in evidence.lines if matches(line)), None)
        if found:
            return Observation(ok=True, got=_quote(found), where=found)
        others = [line for line in evidence.lines if line.level]
        got = f"{_quote(others[0])}" if others else "no warning was logged"
        return Observation(ok=False, got=got, where=others[0] if others else None)

    return Check("warned", f'warned "{printable(pattern)}"', look, expects=matches)


@record_call
def connected_as(name: str, address: str | None = None, *, session: int = 0) -> Check:
    """Want smtpd to log `connect from name[address]`; without an address that of the client, or what it announced."""

    def look(evidence: Evidence) -> Observation:
        if not 0 <= session < len(evidence.sessions):
            return Observation(ok=None, got=f"no transcript of session {session}")
        spoke = evidence.sessions[session]
        own = (spoke.client, *((spoke.announced[0],) if spoke.announced else ()))
        mine = {name.lower() for name in ((address,) if address else own)}
        connects = [(line, line.event.client) for line in evidence.log_of(session) if isinstance(line.event, Connect)]
        from_there = [pair for pair in connects if pair[1].address.lower() in mine]
        found = next((line for line, client in from_there if client.name == name), None)
        where = found or next((line for line, _ in (*from_there, *connects)), None)
        return Observation(ok=found is not None, got=_quote(where) or "no `connect from` line", where=where)

    return Check("connected_as", f"connect from {name}[{address or 'the client'}]", look)


def event_types() -> dict[str, type[Event]]:
    """Return every event class of the log's grammar by name."""
    return {kind.__name__: kind for kind in get_args(Event)}


def _kind(what: str | type[Event]) -> tuple[type[Event] | None, str | None]:
    if isinstance(what, type):
        require_known(what.__name__, event_types(), "event of the log")
        return what, None
    return (event_types()[what], None) if what in event_types() else (None, what)


def fields_of(kind: type[Event]) -> tuple[str, ...]:
    """Return the fields that a check can name for such an event: of the line, the event, and objects in it."""
    names = list(_LINE_FIELDS)
    for name, hint in get_type_hints(kind).items():
        inner = next((t for t in (hint, *get_args(hint)) if is_dataclass(t)), None)
        names += [name, *(field.name for field in fields(inner))] if inner else [name]
    return tuple(dict.fromkeys(names))


def _known_fields(kind: type[Event] | None, wanted: Mapping[str, object]) -> None:
    allowed = fields_of(kind) if kind else _LINE_FIELDS
    for name in wanted:
        require_known(name, allowed, f"field of {kind.__name__ if kind else 'a log line'}")


def _is_kind(line: LogLine, kind: type[Event] | None, text: str | None) -> bool:
    return isinstance(line.event, kind) if kind else text is not None and text_matches(text, line.text)


def _fields_match(line: LogLine, wanted: Mapping[str, object]) -> bool:
    return all(_field_matches(name, value, _value(line, name)) for name, value in wanted.items())


def _value(line: LogLine, name: str) -> object:
    """Return the field of the event, else of an object in it, else of the line."""
    if hasattr(line.event, name):
        return getattr(line.event, name)
    inner = [getattr(line.event, field.name) for field in fields(line.event)]
    owner = next((value for value in inner if is_dataclass(value) and hasattr(value, name)), line)
    return getattr(owner, name, None)


def _field_matches(name: str, wanted: object, value: object) -> bool:
    if wanted is None or value is None or isinstance(value, bool):
        return bool(wanted == value)
    if isinstance(wanted, re.Pattern):
        return wanted.search(str(value)) is not None
    if name in FREE_TEXT and isinstance(value, str):
        return text_matches(str(wanted), value)
    if name == "code" and str(value).isdigit():  # policyd-spf's is `550` or `defer_if_permit`
        return code_matches(str(wanted), int(str(value)))
    return bool(wanted == value)


def _sentence(kind: type[Event] | None, text: str | None, wanted: Mapping[str, object]) -> str:
    with_fields = ", ".join(f"{name} {value!r}" for name, value in wanted.items())
    what = kind.__name__ if kind else f'"{printable(text or "")}"'
    return f"{what}{f' with {with_fields}' if with_fields else ''}"


def _quote(line: LogLine | None) -> str:
    return printable(line.text) if line else ""


def _nearest(evidence: Evidence, kind: type[Event] | None, text: str | None) -> Observation:
    """Return the closest line: of the same kind, or with a similar text."""
    lines = evidence.lines
    if not lines:
        return Observation(ok=None, got="no log line at all")
    alike = [line for line in lines if kind and isinstance(line.event, kind)]
    if not alike and text is not None:
        near = get_close_matches(text, [line.text for line in lines], 1, 0.5)
        alike = [line for line in lines if line.text in near]
    got = f"the nearest line is: {_quote(alike[0])}" if alike else f"no such line among {len(lines)}"
    return Observation(ok=False, got=got, where=alike[0] if alike else None)
