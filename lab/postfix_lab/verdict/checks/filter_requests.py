"""Checks of what milters, policy services and the servers of tables were given, and what they answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.smtp.filter_request import request_summary
from postfix_lab.text import is_like, printable, shorten
from postfix_lab.verdict.checks.check import Check, Observation, record_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.filter_request import FilterRequest

_WIDTH = 120


@record_call
def milter_received(
    stage: str, given: Mapping[str, str] | None = None, answer: str | None = None, times: int | None = None
) -> Check:
    """Want a milter to have been given these arguments and macros at that stage, and to have answered so.

    `given` has arguments (`sender`, `recipient`, `name`, `value`, ...) and macros (`{auth_authen}`) with their values;
    `*` stands for any text, and case does not matter. `times`: exactly so often; else at least once.
    """
    return _received("milter", stage, given, answer, times)


@record_call
def policy_received(
    given: Mapping[str, str] | None = None,
    answer: str | None = None,
    times: int | None = None,
    stage: str | None = None,
) -> Check:
    """Want a policy service to have been given these attributes (SMTPD_POLICY_README), and to have answered so.

    `*` stands for any text, and case does not matter. `times`: exactly so often; else at least once.
    """
    return _received("policy", stage, given, answer, times)


@record_call
def table_asked(key: str, answer: str | None = None, times: int | None = None) -> Check:
    """Want the server of a table to have been asked for that key, and to have answered so; `*` stands for any text."""
    return _received("table", None, {"key": key}, answer, times)


def _received(
    role: str, stage: str | None, given: Mapping[str, str] | None, answer: str | None, times: int | None
) -> Check:
    wanted = dict(given or {})

    def fits(request: FilterRequest) -> bool:
        right = answer is None or is_like(answer, request.answer)
        return right and all(name in request.given and is_like(v, request.given[name]) for name, v in wanted.items())

    def look(evidence: Evidence) -> Observation:
        there = [one for one in evidence.requests if one.role == role and stage in (None, one.stage)]
        found = [one for one in there if fits(one)]
        ok = bool(found) if times is None else len(found) == times
        if found:
            return Observation(ok=ok, got=f"{len(found)} so, the last {_text(found[-1], wanted)}", where=found[-1])
        if there:
            near = max(there, key=lambda one: _agreement(one, wanted))
            return Observation(ok=ok, got=f"none of {len(there)} so, the closest {_text(near, wanted)}", where=near)
        return Observation(ok=ok, got=f"no {role} was given anything{f' at {stage}' if stage else ''}")

    name = f"{role}_{'asked' if role == 'table' else 'received'}"
    return Check(name, _want(role, stage, wanted, answer, times), look)


def _agreement(request: FilterRequest, wanted: Mapping[str, str]) -> int:
    """Return how many of the wanted values it has."""
    return sum(name in request.given and is_like(value, request.given[name]) for name, value in wanted.items())


def _text(request: FilterRequest, wanted: Mapping[str, str]) -> str:
    """Return a request with the values that were asked for."""
    if not wanted:
        return request_summary(request)
    values = (f"{name}={shorten(request.given.get(name, '(not given)'), _WIDTH)}" for name in wanted)
    return printable(f"{request.stage} {' '.join(values)} -> {request.answer or '(nothing)'}")


def _want(role: str, stage: str | None, wanted: Mapping[str, str], answer: str | None, times: int | None) -> str:
    named = [f"at {stage}"] if stage else []
    named += [f"{name}={value}" for name, value in wanted.items()]
    named += ([f"-> {answer}"] if answer is not None else []) + ([f"{times} times"] if times is not None else [])
    return printable(" ".join([f"a {role} given", *named]))
