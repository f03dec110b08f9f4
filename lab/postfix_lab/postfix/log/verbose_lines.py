"""Lines that cleanup(8), trivial-rewrite(8) and local(8) log with `-v`: what was looked up, and where mail goes.

maps_find() logs each lookup in a list of tables, resolve_addr() the transport and next hop that it chose. All else of
the verbose log says how, not what, and is left out where lines arrive (`is_noise`): 900 lines a mail, 40,000 for an
alias loop. The texts are those of maps.c, resolve.c, cleanup_open.c and milter8.c, the same in 3.5, 3.7 and 3.10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from postfix_lab.postfix.log.syslog import SyslogLine

PROGRAMS = ("cleanup", "trivial-rewrite", "local")
"""The programs that a traced run makes verbose: they look up where a mail goes."""
_TELLING = ("maps_find: ", "mail_addr_map: ", "cleanup_open: ", "milter8_", "deliver_recipient[")
_FUNCTION = re.compile(r"[a-z_0-9]+(?:\[\d+\])?: ")
_QUEUE_ID = re.compile(r"(?:[0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}): ")
_TALK = re.compile(
    r"(?:send attr|input attribute|initial envelope|extracted envelope|rewrite_clnt|resolve_clnt|open |name_mask"
    r"|connect(?:ion)? (?:to|established)|enter |leave |Compiled|Run-time|process generation|watchdog|report |free "
    r"|receive |PUSH |POP |cleanup flags|`[a-z]+' `.*' -> `[^`]*'$)"
    r"|\S+ socket: wanted attribute"
)
_ALARMS = (
    "warning: unix_trigger: ",
    "warning: mail_stream_cleanup: ",
    "warning: send initial response: ",
    "warning: send final status: ",
)
"""Warnings that only a verbose program gives: a wake-up that nobody needed, a file that was not completed, a peer that
did not wait for a delivery's status (unix_trigger.c, mail_stream.c, deliver_request.c)."""
_FOUND = re.compile(
    r"maps_find: (?P<maps>[\w ]+): (?P<table>.+?)\(\d+,[^)]*\): (?P<key>.*) = (?P<value>.*)", re.DOTALL
)
_RESOLVED = re.compile(r"`(.*)' -> `(.*)' -> \(`(.*?)' `(.*)' `(.*)' `(\d+)'\)", re.DOTALL)
_MAPPED = re.compile(r"mail_addr_map: (.*) -> \d+: (.*)", re.DOTALL)
_CLASSES = {256: "local", 512: "alias", 1024: "virtual", 2048: "relay", 4096: "default"}
"""RESOLVE_CLASS_* of resolve_clnt.h: the address classes of ADDRESS_CLASS_README."""
_EXPANDED = re.compile(r"deliver_recipient\[\d+\]: local .* recip (\S+) exten .* exp_from (\S+)$")
_OPENED = re.compile(r"cleanup_open: open \w+/(\w+)")
_MILTER = re.compile(r"milter8_\w+: (?:\w+ )*milter (\S+?)(?::? |$)")


@dataclass(frozen=True)
class Lookup:
    """An entry that was found in a table of a parameter."""

    maps: str
    """The parameter, as a rule: `virtual_alias_maps`, `header_checks`; `aliases` for `alias_maps`."""
    table: str
    """The table as configured: `hash:/etc/postfix/virtual`."""
    key: str
    """What was looked up."""
    value: str
    """What the table said, its first 100 characters."""


@dataclass(frozen=True)
class Resolution:
    """Where an address goes, as trivial-rewrite(8) decided."""

    sender: str
    address: str
    transport: str
    """The service of master.cf."""
    nexthop: str
    recipient: str
    address_class: str = ""
    """`local`, `alias`, `virtual`, `relay` or `default`."""


@dataclass(frozen=True)
class Mapping:
    """An address that a table turned into another one; several lines where the entry has several."""

    address: str
    result: str


def is_noise(line: SyslogLine) -> bool:
    """Whether a line is one that a verbose program logs of how it works."""
    service, text = line.program.rsplit("/", 1)[-1], line.text.strip()
    if service not in PROGRAMS or _QUEUE_ID.match(text):
        return False
    if text.startswith(_ALARMS):
        return True
    if text.startswith(_TELLING) or text.startswith(("warning: ", "error: ", "fatal: ", "panic: ")):
        return text.endswith(("not found", "(not found)"))
    return _FUNCTION.match(text) is not None or _TALK.match(text) is not None


def parse_lookup(text: str) -> Lookup | None:
    """The entry that a line says was found; None for any other line.

    >>> parse_lookup("maps_find: virtual_alias_maps: hash:/etc/postfix/virtual(0,lock|fold_fix): a@b.test = c@d.test")
    Lookup(maps='virtual_alias_maps', table='hash:/etc/postfix/virtual', key='a@b.test', value='c@d.test')
    """
    found = _FOUND.match(text) if text.startswith("maps_find: ") else None
    return Lookup(found["maps"], found["table"], found["key"], found["value"]) if found else None


def parse_resolution(text: str) -> Resolution | None:
    """The transport and next hop that a line of trivial-rewrite(8) says were chosen; None for any other line."""
    found = _RESOLVED.fullmatch(text) if text.startswith("`") else None
    if found is None:
        return None
    flags = int(found[6])
    kinds = [name for bit, name in _CLASSES.items() if flags & bit]
    return Resolution(found[1], found[2], found[3], found[4], found[5], next(iter(kinds), ""))


def parse_mapping(text: str) -> Mapping | None:
    """The address that a line of cleanup(8) says was turned into another one; None for any other line."""
    found = _MAPPED.match(text)
    return Mapping(found[1], found[2]) if found else None


def parse_alias(text: str) -> Mapping | None:
    """The local name that a line of local(8) says an alias turned into an address; None for any other line."""
    found = _EXPANDED.match(text)
    return Mapping(found[2], found[1]) if found else None


def opened_queue_id(text: str) -> str:
    """The queue id of the message that this process of cleanup(8) began; empty for any other line."""
    found = _OPENED.match(text)
    return found[1] if found else ""


def asked_milter(text: str) -> str:
    """The milter that a line says was asked, as configured: `inet:127.0.0.1:8891`; empty for any other line."""
    found = _MILTER.match(text)
    return found[1] if found else ""
