"""Where a mail goes, from lines of verbose programs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.fit.delta import Delta
from postfix_lab.postfix.configuration import Configured
from postfix_lab.report.route_text import route_lines
from postfix_lab.verdict.route import Route, Routes, used_entries
from tests.unit.evidence_builder import evidence, log_of

FLAGS = "(0,lock|fold_fix)"
MAIN = "mydestination = lab.test\nrelayhost = [gate.test]\ntransport_maps = hash:/etc/postfix/ways\nalways_bcc = all@lab.test\n"
VALUES = {
    "mydestination": "lab.test", "relayhost": "[gate.test]", "default_transport": "smtp", "local_transport": "lmtp:sink",
    "alias_maps": "hash:/etc/aliases", "transport_maps": "hash:/etc/postfix/ways", "virtual_alias_maps": "hash:/etc/postfix/v",
    "recipient_bcc_maps": "hash:/etc/postfix/bcc",
}  # fmt: skip
TABLES = {
    "/etc/postfix/v": "team@lab.test ann@lab.test, max@far.test\n", "/etc/postfix/ways": "# no\nstore.test smtp:[vault.test]\n",
    "/etc/postfix/bcc": "ann@lab.test keep@store.test\n", "/etc/aliases": "root: ann\n",
}  # fmt: skip
LINES = (
    "cleanup: cleanup_open: open incoming/A1B2C3D4",
    f"cleanup: maps_find: virtual_alias_maps: hash:/etc/postfix/v{FLAGS}: team@lab.test = ann@lab.test, max@far.test",
    "cleanup: mail_addr_map: team@lab.test -> 0: ann@lab.test",
    "cleanup: mail_addr_map: team@lab.test -> 1: max@far.test",
    f"cleanup: maps_find: recipient_bcc_maps: hash:/etc/postfix/bcc{FLAGS}: ann@lab.test = keep@store.test",
    "trivial-rewrite: `a@b.test' -> `ann@lab.test' -> (`lmtp' `sink' `ann@lab.test' `256')",
    "trivial-rewrite: `a@b.test' -> `max@far.test' -> (`smtp' `[gate.test]' `max@far.test' `4096')",
    f"trivial-rewrite: maps_find: transport_maps: hash:/etc/postfix/ways{FLAGS}: store.test = smtp:[vault.test]",
    "trivial-rewrite: `a@b.test' -> `keep@store.test' -> (`smtp' `[vault.test]' `keep@store.test' `4096')",
    "lmtp: A1B2C3D4: to=<ann@lab.test>, orig_to=<team@lab.test>, relay=x[192.0.2.24]:24, delay=1, dsn=2.0.0, status=sent (250 ok)",
    "smtp: A1B2C3D4: to=<max@far.test>, orig_to=<team@lab.test>, relay=none, delay=1, dsn=4.4.1, status=deferred (no route)",
    "cleanup: cleanup_open: open incoming/B1B2C3D4",
    "cleanup: mail_addr_map: team@lab.test -> 0: nobody@else.test",
)


def seen(*lines: str) -> Evidence:
    """Evidence with these lines."""
    return replace(evidence(), log=log_of(*lines), other_log=(), logs=())


def route(recipient: str, *lines: str, **values: str) -> Route:
    """The way of a recipient of that message."""
    return Routes(seen(*lines), Configured(MAIN, "", (), {**VALUES, **values}, {}, TABLES)).route(["A1B2C3D4"], recipient)


def test_the_whole_way() -> None:
    """An alias with two results, a copy, the transport of a table, relayhost: each with its line, and its end."""
    text = [line.strip() for line in route_lines([route("team@lab.test", *LINES)])]
    assert text == [
        "where to    team@lab.test",
        "team@lab.test -> ann@lab.test, max@far.test   virtual_alias_maps /etc/postfix/v:1",
        "ann@lab.test with a copy to keep@store.test   recipient_bcc_maps /etc/postfix/bcc:1",
        "ann@lab.test by lmtp to sink   local_transport default, mydestination main.cf:1",
        "sent, orig_to team@lab.test: 250 ok",
        "max@far.test by smtp to [gate.test]   default_transport default, relayhost main.cf:2",
        "deferred, orig_to team@lab.test: no route",
        "keep@store.test by smtp to [vault.test]   transport_maps /etc/postfix/ways:2",
    ]


def test_a_recipient_that_stays() -> None:
    """Nothing changes it; what nobody asked about is told as such."""
    assert [way.transport for way in route("max@far.test", *LINES).ways] == ["smtp"]
    assert [line.strip() for line in route_lines([route("eve@far.test", *LINES)])][1] == "eve@far.test: nobody asked where it goes"


def test_an_alias_of_local() -> None:
    """local(8) says which name became which address; the line is that of its table."""
    line = "local: deliver_recipient[5]: local root recip ann@mx.test exten  deliver root@lab.test exp_from root"
    (change,) = route("root@lab.test", line).changes
    assert (change.address, change.results, str(change.by.place)) == ("root", ("ann@mx.test",), "/etc/aliases:1")


def test_a_loop_ends() -> None:
    """Two addresses that lead to each other are told once each."""
    lines = [
        LINES[0], f"cleanup: maps_find: virtual_alias_maps: hash:/etc/postfix/v{FLAGS}: a@lab.test = b@lab.test",
        "cleanup: mail_addr_map: a@lab.test -> 0: b@lab.test", "cleanup: mail_addr_map: b@lab.test -> 0: a@lab.test",
    ]  # fmt: skip
    assert [change.address for change in route("a@lab.test", *lines).changes] == ["a@lab.test", "b@lab.test"]


def test_a_copy_of_all() -> None:
    """always_bcc is looked up nowhere; its recipient among the deliveries shows it."""
    line = "lmtp: A1B2C3D4: to=<all@lab.test>, relay=x[192.0.2.24]:24, delay=1, dsn=2.0.0, status=sent (250 ok)"
    found = route("ann@lab.test", line, always_bcc="all@lab.test")
    assert [(change.by.parameter, str(change.by.place)) for change in found.changes] == [("always_bcc", "main.cf:4")]
    assert found.ways[-1].status == "sent"


@pytest.mark.parametrize(
    "number, parameters",
    [(512, ["virtual_alias_domains"]), (1024, ["virtual_transport", "virtual_mailbox_domains"]), (2048, ["relay_transport", "relay_domains"])],
)
def test_address_classes(number: int, parameters: list[str]) -> None:
    """The class that trivial-rewrite found decides which parameter has the transport."""
    line = f"trivial-rewrite: `' -> `a@b.test' -> (`x' `y' `a@b.test' `{number}')"
    assert [one.parameter for one in route("a@b.test", line).ways[0].chosen] == parameters


def test_a_sender_dependent_relayhost() -> None:
    """It chose the next hop, not `relayhost`."""
    lines = (
        f"trivial-rewrite: maps_find: sender_dependent_relayhost_maps: hash:/etc/postfix/none{FLAGS}: a@b.test = [gate.test]",
        "trivial-rewrite: `a@b.test' -> `max@far.test' -> (`smtp' `[gate.test]' `max@far.test' `4096')",
    )
    chosen = [one.parameter for one in route("max@far.test", *lines).ways[0].chosen]
    assert chosen == ["default_transport", "sender_dependent_relayhost_maps"]


def test_what_the_lab_set() -> None:
    """A parameter that is a delta is told to be the lab's."""
    known = seen(*LINES)
    facts = replace(known.mail_host, deltas=(Delta("local_transport", "lmtp:sink", "why"),))
    routes = Routes(replace(known, mail_host=facts), Configured(MAIN, "", (), VALUES, {}, TABLES))
    way = next(way for way in routes.route(["A1B2C3D4"], "team@lab.test").ways if way.transport == "lmtp")
    assert str(way.chosen[0].place) == "the lab"


def test_used_entries() -> None:
    """Each lookup that found something counts, where the line is known."""
    found = [str(place) for place in used_entries(seen(*LINES), Configured(MAIN, "", (), VALUES, {}, TABLES))]
    assert found == ["/etc/postfix/v:1", "/etc/postfix/bcc:1", "/etc/postfix/ways:2"]
