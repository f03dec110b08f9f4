"""Checks of the DNS questions of the mail host, so that no reply has the wrong reason."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import Fault
from postfix_lab.dns.query import bare_answer, query_line
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, plain_name, record_call, require_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postfix_lab.dns.query import Query
    from postfix_lab.evidence.evidence import Evidence

OUTCOMES = (
    "NOERROR", "NODATA", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP", "FORMERR", "TIMEOUT", "UNREACHABLE",
    "UNRELATED", "MALFORMED",
)  # fmt: skip
TYPES = ("A", "AAAA", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TLSA", "TXT")
_AT_MOST = 3


@record_call
def asked(
    name: str,
    type: str,  # noqa: A002 - DNS's own word
    outcome: str | None = None,
    answers: str | Iterable[str] | None = None,
) -> Check:
    """Want this question, with this outcome, and with these records among its answers.

    An address in place of the name means its reverse name. `answers` need no type and no root dot:
    `asked("203.0.113.9", "PTR", answers="gmail.com")`.
    """
    _known_type(type)
    if outcome is not None:
        require_known(outcome, OUTCOMES, "outcome of a question")
    wanted = _as_tuple(answers)

    def look(evidence: Evidence) -> Observation:
        same = [query for query in evidence.queries if _is_about(query, name, type)]
        for query in same:
            if outcome in (None, query.outcome) and _answers(query, wanted):
                return Observation(ok=True, got=query_line(query), where=query)
        if same:
            return Observation(ok=False, got=query_line(same[-1]), where=same[-1])
        return _not_seen(evidence, name)

    result = " ".join(filter(None, (outcome if outcome != "NOERROR" or not wanted else None, ", ".join(wanted))))
    return Check("asked", f"asked {_reverse(name)} {type}{f' -> {result}' if result else ''}", look)


@record_call
def not_asked(name: str, type: str = "ANY") -> Check:  # noqa: A002 - the same
    """Want this question never to be asked; `ANY` means any type.

    `9.113.0.203.*` is every name that begins so, except the reverse lookup: the queries of DNS lists for a client.
    """
    if type != "ANY":
        _known_type(type)

    def look(evidence: Evidence) -> Observation:
        same = (query for query in evidence.queries if _is_about(query, name, type) or _starts_with(query, name))
        found = next(same, None)
        return Observation(ok=found is None, got=f"asked {query_line(found)}" if found else "never asked", where=found)

    return Check("not_asked", f"{_reverse(name)} {type} never asked", look)


@record_call
def asked_nothing() -> Check:
    """Want no DNS question at all, as when the chroot has no resolver."""

    def look(evidence: Evidence) -> Observation:
        asked_first = evidence.queries[0] if evidence.queries else None
        return Observation(ok=asked_first is None, got=_texts(evidence.queries), where=asked_first)

    return Check("asked_nothing", "no DNS question", look)


@record_call
def asked_in_order(*questions: tuple[str, str]) -> Check:
    """Want these questions (name, type) in this order; others may come in between."""
    for _, rtype in questions:
        _known_type(rtype)

    def look(evidence: Evidence) -> Observation:
        rest = iter(evidence.queries)
        for name, rtype in questions:
            if not any(_is_about(query, name, rtype) for query in rest):
                got = f"no {_reverse(name)} {rtype} at its place in: {_texts(evidence.queries)}"
                return Observation(ok=False, got=got)
        return Observation(ok=True, got="asked in that order")

    return Check("asked_in_order", "asked " + ", then ".join(f"{_reverse(n)} {t}" for n, t in questions), look)


def faults_met(*alternatives: tuple[Fault, ...]) -> Check:
    """Want each of these faults to be hit by a question; of several faults in one tuple, at least one."""

    def look(evidence: Evidence) -> Observation:
        faults = evidence.world.dns_faults()
        hit = {faults[query.fault_number] for query in evidence.queries if query.fault_number is not None}
        for either in alternatives:
            if not hit.intersection(either):
                first, more = either[0], f" or {len(either) - 1} others" if len(either) > 1 else ""
                problem = f"nobody asked for {first.name} {first.type} ({first.kind}){more}; {_texts(evidence.queries)}"
                return Observation(ok=None, got=printable(problem))
        return Observation(ok=True, got="all were met")

    return Check("faults_met", "every declared DNS fault is met by a question", look)


def _is_about(query: Query, name: str, rtype: str) -> bool:
    return plain_name(query.name) == _reverse(name) and rtype.upper() in ("ANY", query.type.upper())


def _starts_with(query: Query, name: str) -> bool:
    asked_for = plain_name(query.name)
    begins = asked_for.startswith(f"{plain_name(name.removesuffix('.*'))}.")
    return name.endswith(".*") and begins and not asked_for.endswith(".arpa")


def _reverse(name: str) -> str:
    try:
        return ip_address(name).reverse_pointer
    except ValueError:
        return plain_name(name)


def _answers(query: Query, wanted: tuple[str, ...]) -> bool:
    def forms(answer: str) -> set[str]:
        return {plain_name(answer), plain_name(bare_answer(answer, query.type))}

    given = {form for answer in query.answers for form in forms(answer)}
    return all(forms(answer) & given for answer in wanted)


def _as_tuple(answers: str | Iterable[str] | None) -> tuple[str, ...]:
    return () if answers is None else (answers,) if isinstance(answers, str) else tuple(answers)


def _known_type(rtype: str) -> None:
    if not re.fullmatch(r"TYPE\d+", rtype.upper()):
        require_known(rtype.upper(), TYPES, "record type")


def _not_seen(evidence: Evidence, name: str) -> Observation:
    near = [query for query in evidence.queries if plain_name(query.name) == _reverse(name)]
    got = f"never asked; {_texts(near)}" if near else f"never asked; {_texts(evidence.queries)}"
    return Observation(ok=False, got=got, where=near[0] if near else None)


def _texts(queries: tuple[Query, ...] | list[Query]) -> str:
    if not queries:
        return "no DNS question"
    more = f" and {len(queries) - _AT_MOST} more" if len(queries) > _AT_MOST else ""
    return "asked " + "; ".join(query_line(query) for query in queries[:_AT_MOST]) + more
