"""The lab's DNS against the suite's own driver: each question that was asked, answered by both. Pure.

The driver follows a CNAME one step and puts its record first; the lab follows it to its end. So where the driver
names a CNAME, the lab may tell more. All else has to be equal, silence included. Names are compared without case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv6Address
from typing import Any

from postfix_lab.dns.name import absolute_name
from postfix_lab.dns.query import Query
from postfix_lab.dns.record_data import Token, quote, read_data

NamedQuestion = tuple[str, str]
"""Name and type."""
_SILENCE = "TIMEOUT"
_OWN = ("lab.test", "lab.invalid")
"""The mail host's own domain, which every world has."""
_STRING_MAX = 255


def recorded_answers(queries: Iterable[Query]) -> Iterator[tuple[NamedQuestion, str]]:
    """The questions about the suite's names, each with what it was answered, as one text."""
    for query in queries:
        own = any(query.name == name or query.name.endswith(f".{name}") for name in _OWN)
        if not own and not query.stray and not query.truncated:
            said = _SILENCE if query.outcome == _SILENCE else _lines(map(_lower, query.answers))
            yield (query.name, query.type), said


def driver_question(question: NamedQuestion) -> list[str]:
    """The question as the driver is asked it: a name without escapes, as pyspf has it."""
    name, rtype = question
    return [".".join(label.decode("utf-8", "surrogateescape") for label in absolute_name(name)), rtype]


def mistakes(answered: Mapping[NamedQuestion, Iterable[str]], driver: Mapping[NamedQuestion, Any]) -> tuple[str, ...]:
    """What the lab's DNS answered otherwise than the driver does, a sentence each."""
    found = []
    for question, answers in answered.items():
        wanted = _records_of_type(driver[question], question[1])
        for answer in answers:
            if answer != wanted and not _more(answer, wanted):
                name, rtype = question
                found.append(f"{name} {rtype} was answered {_show(answer)}, and the driver says {_show(wanted)}")
    return tuple(found)


def _records_of_type(told: Any, rtype: str) -> str:
    """The driver hands out every record of the name; pyspf takes those of the type, and a CNAME's."""
    if told is None:
        return _SILENCE
    return _lines(_record(kind, value) for _, kind, value in told if kind in (rtype, "CNAME"))


def _more(answer: str, wanted: str) -> bool:
    """Whether the answer has all that is wanted and follows a CNAME further."""
    return "CNAME " in wanted and set(wanted.split("\n")) <= set(answer.split("\n"))


def _record(rtype: str, value: Any) -> str:
    """The driver's value in the words of the lab's DNS."""
    match rtype:
        case "AAAA":
            text = str(IPv6Address(value.encode("latin-1")))
        case "TXT" | "SPF":
            pieces = [part.encode("latin-1") for string in value for part in _cut(string)]
            text = " ".join(map(quote, pieces)) or r"\# 0"
        case "MX":
            text = f"{value[0]} {_absolute(value[1])}"
        case "PTR" | "CNAME":
            text = _absolute(value)
        case _:
            text = str(value)
    return _lower(f"{rtype} {text}")


def _cut(string: str) -> list[str]:
    return [string[at : at + _STRING_MAX] for at in range(0, max(len(string), 1), _STRING_MAX)]


def _absolute(name: str) -> str:
    bare = name.rstrip(".")
    escaped = "".join(c if c.isalnum() or c in ".-_" else f"\\{ord(c):03d}" for c in bare)
    return read_data("PTR", [Token(f"{escaped}.")], ()).text


def _lower(record: str) -> str:
    rtype, _, text = record.partition(" ")
    return record if rtype in ("TXT", "SPF") else f"{rtype} {text.lower()}"


def _lines(records: Iterable[str]) -> str:
    """A record that stands there twice is one (RFC 2181 section 5)."""
    return "\n".join(sorted(set(records)))


def _show(answer: str) -> str:
    return answer.replace("\n", ", ") or "nothing"
