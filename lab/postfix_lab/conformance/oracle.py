"""Compare the lab's DNS with the suite's own driver for each question that was asked. Pure.

The driver follows a CNAME one step and puts its record first; the lab follows it to its end. So if the driver's
answer has a CNAME, the lab's may have more records. Everything else has to be equal, also a timeout. Names are
compared without case.
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
    """Yield the questions about the suite's names, each with its answer as one text."""
    for query in queries:
        own = any(query.name == name or query.name.endswith(f".{name}") for name in _OWN)
        if not own and not query.stray and not query.truncated:
            said = _SILENCE if query.outcome == _SILENCE else _lines(map(_lower, query.answers))
            yield (query.name, query.type), said


def driver_question(question: NamedQuestion) -> list[str]:
    """Return the question for the driver: a name without escapes, as pyspf has it."""
    name, rtype = question
    return [".".join(label.decode("utf-8", "surrogateescape") for label in absolute_name(name)), rtype]


def mistakes(answered: Mapping[NamedQuestion, Iterable[str]], driver: Mapping[NamedQuestion, Any]) -> tuple[str, ...]:
    """Return a sentence for each answer of the lab's DNS that differs from the driver's."""
    found = []
    for question, answers in answered.items():
        wanted = _records_of_type(driver[question], question[1])
        for answer in answers:
            if answer != wanted and not _follows_cname_further(answer, wanted):
                name, rtype = question
                found.append(f"{name} {rtype} was answered {_show(answer)}, and the driver says {_show(wanted)}")
    return tuple(found)


def _records_of_type(told: Any, rtype: str) -> str:
    """Return the driver's records of that type, and its CNAME, as pyspf selects them."""
    if told is None:
        return _SILENCE
    return _lines(_record(kind, value) for _, kind, value in told if kind in (rtype, "CNAME"))


def _follows_cname_further(answer: str, wanted: str) -> bool:
    """Whether the answer contains all wanted records and follows a CNAME further."""
    return "CNAME " in wanted and set(wanted.split("\n")) <= set(answer.split("\n"))


def _record(rtype: str, value: Any) -> str:
    """Return a record of the driver in the notation of the lab's DNS."""
    match rtype:
        case "AAAA":
            text = str(IPv6Address(value.encode("latin-1")))
        case "TXT" | "SPF":
            pieces = [part.encode("latin-1") for string in value for part in _split_string(string)]
            text = " ".join(map(quote, pieces)) or r"\# 0"
        case "MX":
            text = f"{value[0]} {_absolute(value[1])}"
        case "PTR" | "CNAME":
            text = _absolute(value)
        case _:
            text = str(value)
    return _lower(f"{rtype} {text}")


def _split_string(string: str) -> list[str]:
    return [string[at : at + _STRING_MAX] for at in range(0, max(len(string), 1), _STRING_MAX)]


def _absolute(name: str) -> str:
    bare = name.rstrip(".")
    escaped = "".join(c if c.isalnum() or c in ".-_" else f"\\{ord(c):03d}" for c in bare)
    return read_data("PTR", [Token(f"{escaped}.")], ()).text


def _lower(record: str) -> str:
    rtype, _, text = record.partition(" ")
    return record if rtype in ("TXT", "SPF") else f"{rtype} {text.lower()}"


def _lines(records: Iterable[str]) -> str:
    """Join the records without duplicates (RFC 2181 section 5)."""
    return "\n".join(sorted(set(records)))


def _show(answer: str) -> str:
    return answer.replace("\n", ", ") or "nothing"
