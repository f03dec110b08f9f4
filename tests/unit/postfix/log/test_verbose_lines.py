"""What verbose programs say of where a mail goes, and what of it is kept."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.postfix.log.verbose_lines import (
    Lookup,
    Mapping,
    Resolution,
    asked_milter,
    is_noise,
    opened_queue_id,
    parse_lookup,
    parse_mapping,
    parse_resolution,
)

FOUND = "maps_find: virtual_alias_maps: hash:/etc/postfix/virtual(0,lock|fold_fix|utf8_request): jo@old.test = sam@new.test"
RESOLVED = "`ann@good.example' -> `sam@new.test' -> (`smtp' `[gate.test]:26' `sam@new.test' `4096')"


@pytest.mark.parametrize(
    "program, text, noise",
    [
        ("postfix/cleanup", FOUND, False),
        ("postfix/cleanup", "maps_find: virtual_alias_maps: sam@new.test: not found", True),
        ("postfix/cleanup", "mail_addr_map: jo@old.test -> 0: sam@new.test", False),
        ("postfix/cleanup", "mail_addr_map: jo@old.test -> (not found)", True),
        ("postfix/cleanup", "cleanup_open: open incoming/459A319C902", False),
        ("postfix/cleanup", "cleanup_out: S ann@good.example", True),
        ("postfix/cleanup", "send attr queue_id = 459A319C902", True),
        ("postfix/cleanup", "cleanup socket: wanted attribute: flags", True),
        ("postfix/cleanup", "459A319C902: message-id=<x@y>", False),
        ("postfix/cleanup", "4gXyzB1Wkqz5: message-id=<x@y>", False),
        ("postfix/cleanup", "warning: 459A319C902: message rejected: hopcount exceeded", False),
        ("postfix/cleanup", "warning: unix_trigger: write to public/qmgr: Broken pipe", True),
        ("postfix/local", "warning: send initial response: Broken pipe", True),
        ("postfix/smtp", "warning: send initial response: Broken pipe", False),
        ("postfix/cleanup", "milter8_eob: eob milter inet:127.0.0.1:8891", False),
        ("postfix/cleanup", "table hash:/etc/postfix/virtual(0,lock) has changed -- restarting", False),
        ("postfix/trivial-rewrite", RESOLVED, False),
        ("postfix/trivial-rewrite", "match_string: mydestination: new.test ~? old.test", True),
        ("postfix/local", "fatal: main.cf configuration error", False),
        ("postfix/smtpd", "match_string: mynetworks: 192.0.2.1 ~? 127.0.0.0/8", False),
    ],
)
def test_noise(program: str, text: str, noise: bool) -> None:
    """Left out is how a program works; what it found, said of a message, or warned of, is kept."""
    assert is_noise(SyslogLine(1.0, "192.0.2.21", "mx", program, 7, 6, text)) is noise


def test_what_is_read() -> None:
    """A lookup that found something, an address that became another, a next hop, a message, a milter."""
    assert parse_lookup(FOUND) == Lookup("virtual_alias_maps", "hash:/etc/postfix/virtual", "jo@old.test", "sam@new.test")
    assert parse_mapping("mail_addr_map: jo@old.test -> 1: sam@new.test") == Mapping("jo@old.test", "sam@new.test")
    assert parse_resolution(RESOLVED) == Resolution(
        "ann@good.example", "sam@new.test", "smtp", "[gate.test]:26", "sam@new.test", "default"
    )
    assert opened_queue_id("cleanup_open: open incoming/459A319C902") == "459A319C902"
    assert asked_milter("milter8_rcpt_event: milter inet:127.0.0.1:8891: rcpt <b@c>") == "inet:127.0.0.1:8891"
    assert asked_milter("milter8_eob: eob milter unix:/run/m.sock") == "unix:/run/m.sock"


def test_an_equals_sign_in_what_was_looked_up() -> None:
    """A header has one more often than a table's answer."""
    found = parse_lookup("maps_find: header_checks: pcre:/h(0,lock): Subject: a = b = REJECT no")
    assert found is not None
    assert (found.key, found.value) == ("Subject: a = b", "REJECT no")


def test_what_is_none_of_these() -> None:
    """Other lines are nothing."""
    other = "459A319C902: message-id=<x@y>"
    assert [parse(other) for parse in (parse_lookup, parse_mapping, parse_resolution)] == [None, None, None]
    assert (opened_queue_id(other), asked_milter(other)) == ("", "")
    assert parse_lookup("maps_find: virtual_alias_maps: x: not found") is None
    assert parse_resolution(RESOLVED.replace("4096", "0")) == Resolution(
        "ann@good.example", "sam@new.test", "smtp", "[gate.test]:26", "sam@new.test"
    )
