"""The options of `send` and `explain` that change the setup or the DNS, as the marker and YAML do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

import click

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError
from postfix_lab.runtime.setup import CHOICES
from postfix_lab.scenario.ptr import parse_address, reverse_name
from postfix_lab.text import did_you_mean

_HELP = {
    "milter": "How the stand-ins of milters behave.",
    "policy": "How the stand-ins of policy services behave.",
    "filter": "How the stand-ins of content filters behave.",
    "delivery": "Who delivers: the lab's sink, or the configuration's own transports.",
}
"""Keywords of a setup that are options of the same name."""
SETUP_OPTIONS = (
    click.option(
        "--main", multiple=True, metavar="NAME=VALUE", help="A parameter of main.cf, set for this session; repeatable."
    ),
    click.option(
        "--table", "entries", multiple=True, nargs=3, metavar="TABLE KEY VALUE",
        help="An entry of a table that the lab cannot ask, as in mysql:/etc/postfix/users.cf ann x; repeatable.",
    ),
    click.option(
        "--fault", "faults", multiple=True, nargs=2, metavar="NAME[/TYPE] KIND",
        help="A DNS question that fails, as in good.example/MX SERVFAIL, 203.0.113.9 TIMEOUT, '*' DELAY:3; repeatable.",
    ),
    *(
        click.option(f"--{name}", type=click.Choice([*map(str, words)]), help=f"{_HELP[name]}  [{usual}]")
        for name, (words, usual) in CHOICES.items()
        if name in _HELP
    ),
)  # fmt: skip


def setup_changes(
    main: Iterable[str], tables: Iterable[tuple[str, str, str]], chosen: Mapping[str, str | None]
) -> dict[str, Any]:
    """Return the keywords of a setup that the options ask for; raises `InputError` for what is no NAME=VALUE."""
    changes: dict[str, Any] = {name: word for name, word in chosen.items() if word}
    if parameters := dict(map(_parameter, main)):
        changes["main"] = parameters
    entries: dict[str, dict[str, str]] = {}
    for table, key, value in tables:
        entries.setdefault(table, {})[key] = value
    return {**changes, "tables": entries} if entries else changes


def parse_fault(name: str, kind: str) -> Fault:
    """Return the fault that `--fault NAME[/TYPE] KIND[:SECONDS]` names; raises `InputError` for what cannot happen."""
    about, _, rtype = name.partition("/")
    word, _, seconds = kind.upper().partition(":")
    if word not in set(FaultKind):
        raise InputError(f"--fault: {kind!r} is no kind of fault; {did_you_mean(word, FaultKind)}")
    with contextlib.suppress(InputError):  # else it is a name
        about = reverse_name(parse_address(about))
    try:
        return Fault(about, FaultKind(word), rtype.upper() or "ANY", float(seconds or 0))
    except ValueError as error:
        raise InputError(f"--fault: {kind!r}: write the seconds as in DELAY:3") from error


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputError(f"--main takes NAME=VALUE, as in smtpd_helo_required=yes; it was {text!r}")
    return name.strip(), value.strip()
