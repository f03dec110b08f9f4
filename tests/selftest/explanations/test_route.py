"""Where a mail goes is told with the line of each table, as real Postfix logs it on each release."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, MakeRemote, Scene, accepted, explain
from postfix_lab.verdict.coverage import cover
from postfix_lab.verdict.route import Route

TO = ("robert@lab.test", "team@lab.test", "ann@old.test")


def changes(route: Route) -> list[tuple[str, str, str]]:
    """What each address became, and where that is written."""
    return [(change.address, ", ".join(change.results), str(change.by.place)) for change in route.changes]


def ways(route: Route) -> list[tuple[str, str, str, list[str]]]:
    """Each final address with transport, next hop, and the places of what chose them."""
    return [(w.address, w.transport, w.nexthop, [str(one.place) for one in w.chosen]) for w in route.ways]


@pytest.mark.mail_host(config="followed", trace=True, canary=None)
def test_the_way_of_each_recipient(lab: Scene, remote: MakeRemote) -> None:
    """Canonical, alias of an address and of a domain, copy, transport table and relayhost."""
    remote("198.51.100.7", name="gate.example", mta=ACCEPT)
    remote("198.51.100.8", name="vault.example", mta=ACCEPT)
    seen = remote("203.0.113.10", name="mail.good.example").send(to=TO)
    lab.check(seen, accepted())
    explanation = explain(seen)
    robert, team, ann = explanation.sessions[0].routes
    assert changes(robert) == [
        ("robert@lab.test", "bob@lab.test", "/etc/postfix/canonical:1"),
        ("bob@lab.test", "archive@store.example", "/etc/postfix/copies:1"),
    ]
    sink = "inet:[192.0.2.24]:24"
    assert ways(robert) == [
        ("bob@lab.test", "lmtp", sink, ["the lab", "main.cf:5"]),
        ("archive@store.example", "smtp", "[vault.example]:25", ["/etc/postfix/ways:1"]),
    ]
    assert changes(team) == [("team@lab.test", "ann@lab.test, max@far.example", "/etc/postfix/forward:4")]
    assert ways(team)[1] == ("max@far.example", "smtp", "[gate.example]", ["default", "main.cf:24"])
    assert {way.status for route in (robert, team, ann) for way in route.ways} == {"sent"}
    assert [way.orig_to for way in ann.ways] == ["ann@old.test"]
    assert changes(ann) == [("ann@old.test", "ann@lab.test", "/etc/postfix/forward:3")]
    (coverage,) = cover([explanation])
    used = {str(entry.place) for entry in coverage.entries if entry.used}
    assert {"/etc/postfix/canonical:1", "/etc/postfix/forward:3", "/etc/postfix/ways:1"} <= used
    assert {"/etc/postfix/forward:5", "/etc/postfix/head:2"} & used == set()


@pytest.mark.mail_host(config="followed", trace=True, canary=None, delivery="as-configured")
def test_aliases_of_local(lab: Scene, remote: MakeRemote) -> None:
    """Where local(8) delivers, its aliases are told with their lines; ann has no account."""
    remote("198.51.100.7", name="gate.example", mta=ACCEPT)
    seen = remote("203.0.113.10", name="mail.good.example").send(to="postmaster@lab.test")
    lab.check(seen, accepted(), without=("accepted-arrives",))
    (route,) = explain(seen).sessions[0].routes
    assert [(address, place) for address, _, place in changes(route)] == [
        ("postmaster", "/etc/postfix/names:1"), ("root", "/etc/postfix/names:2"),
    ]  # fmt: skip
    assert route.ways[-1].status == "bounced"
