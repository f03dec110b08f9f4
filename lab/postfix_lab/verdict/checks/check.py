"""A check: an expectation that evidence confirms, contradicts, or says nothing about.

A check is a value with a sentence fragment and a pure function of the evidence. The functions of
this package make checks (`replied(...)`, `logged(...)`); `guards.py` has those that always apply.
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
from postfix_lab.evidence.address import Address, address_of
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.filter_request import FilterRequest
from postfix_lab.smtp.sendmail import Submitted
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
    """The lab could not see; the finding says neither that the expectation holds nor that it does not."""


Where = Exchange | LogLine | Query | Received | Submitted | FilterRequest
"""A piece of evidence that a check can point at."""


@dataclass(frozen=True)
class Observation:
    """What a check found in the evidence; `ok` is None if the evidence says nothing."""

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
    where: Address | None = None
    """The piece of evidence that it points at."""


def _expect_none(_: object) -> bool:
    return False


@dataclass(frozen=True)
class Call:
    """A call of a function of this package: its name, and the arguments by parameter name."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One expectation."""

    name: str
    want: str
    """A sentence fragment: `RCPT refused with 450 4.7.25`."""
    look: Callable[[Evidence], Observation]
    expects: Callable[[LogLine], bool] = _expect_none
    """The log lines that this check expects; `quiet-log` ignores them."""
    expects_reply: Callable[[Exchange], bool] = _expect_none
    """The replies that it names by code and text; `infrastructure` ignores them."""
    call: Call | None = field(default=None, compare=False)
    """The call that made it, if it can be written as YAML."""

    def judge(self, evidence: Evidence) -> Finding:
        """Compare the evidence with what was wanted."""
        seen = self.look(evidence)
        status = Status.UNKNOWN if seen.ok is None else Status.PASS if seen.ok else Status.FAIL
        return Finding(self.name, status, self.want, seen.got, address_of(evidence, seen.where))


def record_call(make: Callable[P, Check]) -> Callable[P, Check]:
    """Decorate a function that makes a check: store the call in the check, so that it can be written as YAML."""
    parameters = signature(make)

    @wraps(make)
    def made(*args: P.args, **named: P.kwargs) -> Check:
        call = Call(make.__name__, parameters.bind(*args, **named).arguments)
        return replace(make(*args, **named), call=call)

    return made


class Literal(str):
    """A text that is compared literally, never as a regular expression."""

    __slots__ = ()


def text_matches(pattern: str, text: str) -> bool:
    r"""Whether the text contains the pattern, literally or as a regular expression.

    Literally too, because replies are copied from logs, with texts such as `[203.0.113.7]`.

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
    """Whether the reply code matches; `x` in `4xx` and `45x` is any digit."""
    digits = str(wanted).lower()
    return len(digits) == len(str(code)) and all(w in ("x", c) for w, c in zip(digits, str(code), strict=True))


def plain_name(name: str) -> str:
    """Return a domain name in lower case without the root dot, for comparison."""
    return name.rstrip(".").lower()


def require_known(word: str, choices: Iterable[str], what: str) -> str:
    """Return the word; raises InputError with the closest choice if it is none of them."""
    choices = tuple(choices)
    if word not in choices:
        raise InputError(f"{word!r} is no {what}; {did_you_mean(word, choices)}")
    return word
