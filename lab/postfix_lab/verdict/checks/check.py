"""A check: something wanted, that evidence bears out, contradicts, or is silent about.

A check is a value with a sentence fragment and a pure function of the evidence. The functions of
this package make checks (`replied(...)`, `logged(...)`); `guards.py` has those that nobody has to ask for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec

from postfix_lab.dns.query import Query
from postfix_lab.errors import InputError
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postfix_lab.evidence.evidence import Evidence


P = ParamSpec("P")


class Status(StrEnum):
    """The three values of every finding and verdict."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    """The lab could not see; the finding says neither that it holds nor that it does not."""


Where = Exchange | LogLine | Query | Received
"""The piece of evidence that a finding points at."""


@dataclass(frozen=True)
class Seen:
    """What a look at the evidence found; `ok` is None when the evidence is silent."""

    ok: bool | None
    got: str
    where: Where | None = None


@dataclass(frozen=True)
class Finding:
    """What one check or guard found."""

    check: str
    """The name of the check or guard."""
    status: Status
    want: str
    got: str
    where: Where | None = None


def _never(_: object) -> bool:
    return False


@dataclass(frozen=True)
class Call:
    """A function of this package and what it was called with, by the names of its parameters."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One expectation."""

    name: str
    want: str
    """A sentence fragment: `RCPT refused with 450 4.7.25`."""
    look: Callable[[Evidence], Seen]
    expects: Callable[[LogLine], bool] = _never
    """The log lines that this check accounts for: `quiet-log` lets them be."""
    expects_reply: Callable[[Exchange], bool] = _never
    """The replies that it names by code and text: `infrastructure` lets them be."""
    call: Call | None = field(default=None, compare=False)
    """The call that made it, where one can be written out again."""

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the evidence with what was wanted."""
        seen = self.look(evidence)
        status = Status.UNKNOWN if seen.ok is None else Status.PASS if seen.ok else Status.FAIL
        return Finding(self.name, status, self.want, seen.got, seen.where)


def recorded(make: Callable[P, Check]) -> Callable[P, Check]:
    """Let the check that a function makes know how it was called, so that it can be written out."""
    parameters = signature(make)

    @wraps(make)
    def made(*args: P.args, **named: P.kwargs) -> Check:
        call = Call(make.__name__, parameters.bind(*args, **named).arguments)
        return replace(make(*args, **named), call=call)

    return made


class Literal(str):
    """A text that is meant as it stands, and never as a regular expression."""

    __slots__ = ()


def text_matches(pattern: str, text: str) -> bool:
    r"""Whether the text holds the pattern, as it stands or as a regular expression.

    Both, because replies are pasted from logs, where `[203.0.113.7]` and `<ann@good.example>` mean themselves.

    >>> text_matches("hostname, [203.0.113.7]", "cannot find your hostname, [203.0.113.7]")
    True
    >>> text_matches(r"your (reverse )?hostname", "cannot find your hostname, [203.0.113.7]")
    True
    """
    if pattern in text:
        return True
    if isinstance(pattern, Literal):
        return False
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def code_matches(wanted: int | str, code: int) -> bool:
    """Whether the reply code is the wanted one; `4xx` and `45x` leave digits open."""
    digits = str(wanted).lower()
    return len(digits) == len(str(code)) and all(w in ("x", c) for w, c in zip(digits, str(code), strict=True))


def plain_name(name: str) -> str:
    """Make domain names comparable: lower case, no root dot."""
    return name.rstrip(".").lower()


def known(word: str, choices: Iterable[str], what: str) -> str:
    """Return the word, or say which one was probably meant."""
    choices = tuple(choices)
    if word not in choices:
        raise InputError(f"{word!r} is no {what}; {did_you_mean(word, choices)}")
    return word
