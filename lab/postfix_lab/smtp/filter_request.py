"""What a milter, a policy service or the server of a table was given, and what it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from postfix_lab.text import printable, shorten, stamp

FilterRole = Literal["milter", "policy", "table"]
_WIDTH, _SUMMARY = 200, 60
_FIRST = ("client_address", "address", "name", "value", "sender", "recipient", "key", "octets")


@dataclass(frozen=True)
class FilterRequest:
    """One command of the milter protocol, one policy request or one lookup, with its answer."""

    at: float
    role: FilterRole
    server: str
    """Where it listens: `inet:127.0.0.1:8891`, `unix:/path`."""
    connection: int
    """The number of the connection, for each role from 1 in each mail host: what has the same one belongs together."""
    stage: str
    """`CONNECT`, `HELO`, `MAIL`, `RCPT`, `DATA`, `MESSAGE`; of milters also `HEADER`, `EOH` (the end of the headers),
    `BODY`, `UNKNOWN` and `ABORT`; of policy services also `VRFY` and `ETRN`; of tables `LOOKUP`."""
    given: Mapping[str, str]
    """The attributes of a policy request; the arguments of a milter's command (`sender`, `recipient`, `parameters`,
    `name`, `value`, `address`, ...) and its macros by their names, `{auth_authen}`; the `key` of a lookup."""
    answer: str
    """`DUNNO`, `continue`, `550 5.7.1 No; quarantine suspicious`, `OK value`; empty where nothing was answered."""
    rule: int | None = None
    """The index of the rule that applied among those of its role; None: no rule."""


def request_line(request: FilterRequest) -> str:
    """Return one line about a request: when, who, all that was given, and the answer."""
    given = " ".join(f"{name}={shorten(value, _WIDTH)}" for name, value in request.given.items() if value)
    about = f"{stamp(request.at)} {request.role} {request.server} connection {request.connection}"
    return printable(f"{about} {request.stage} {given} -> {request.answer or '(nothing)'}")


def request_summary(request: FilterRequest) -> str:
    """Return the stage, what a person looks for first, and the answer: for a milter its arguments without macros."""
    shown = [request.given[name] for name in _FIRST if request.given.get(name)]
    words = " ".join(shorten(value, _SUMMARY) for value in shown)
    return printable(f"{request.server} {request.stage} {words} -> {request.answer or '(nothing)'}")
