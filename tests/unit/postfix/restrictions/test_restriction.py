"""Lists as restrictions, each with its argument and its place; and which service a client meets."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place, split_words
from postfix_lab.postfix.restrictions.restriction import (
    Restriction,
    in_effect,
    postscreen_service,
    restrictions,
    service_of,
    words_in_effect,
    written_restrictions,
)

HERE = Place("main.cf", 3)
LIST = "smtpd_relay_restrictions"
TWICE = f"""\
smtp inet n - y - - smtpd -o {LIST}=permit_mynetworks
smtp inet n - y - - smtpd
  -o {LIST}=reject
"""


def read(text: str) -> list[str]:
    return [restriction.text for restriction in restrictions(split_words(text, HERE), "x")]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("permit_mynetworks, reject", ["permit_mynetworks", "reject"]),
        ("check_client_access hash:/a, reject", ["check_client_access hash:/a", "reject"]),
        ("CHECK_POLICY_SERVICE unix:x permit", ["CHECK_POLICY_SERVICE unix:x", "permit"]),
        ("sleep 1, reject", ["sleep 1", "reject"]),
        ("reject_rbl bl, reject_rbl_client bl, x", ["reject_rbl bl", "reject_rbl_client bl", "x"]),
        ("permit_dnswl_client wl, reject_rhsbl_helo bl, permit_rhswl_client wl", ["permit_dnswl_client wl", "reject_rhsbl_helo bl", "permit_rhswl_client wl"]),
        ("hash:/a, reject_unknown_sender_domain", ["hash:/a", "reject_unknown_sender_domain"]),
        ("check_client_access", ["check_client_access"]),
    ],
)  # fmt: skip
def test_what_takes_an_argument(text: str, expected: list[str]) -> None:
    """As generic_checks() of smtpd_check.c has it; the last word may lack its own."""
    assert read(text) == expected


def test_each_has_its_number_and_place() -> None:
    """The number counts restrictions, not words."""
    found = list(restrictions(split_words("check_helo_access hash:/a, reject", HERE), "smtpd_helo_restrictions"))
    assert found == [
        Restriction("check_helo_access", "hash:/a", HERE, "smtpd_helo_restrictions", 0),
        Restriction("reject", "", HERE, "smtpd_helo_restrictions", 1),
    ]


@pytest.mark.parametrize(
    "name, decides", [("reject", True), ("sleep", False), ("WARN_IF_REJECT", False), ("permit_mynetworks", True)]
)
def test_what_can_decide(name: str, *, decides: bool) -> None:
    """All but two, whatever their case."""
    assert Restriction(name, "", HERE, "x", 0).decides is decides


MAIN = "smtpd_restriction_classes = greedy\ngreedy = permit\nsmtpd_client_restrictions =\n  reject\n"
MASTER = """\
smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
submission inet n - y - - smtpd
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
[2001:db8::1]:26 inet n - y - - smtpd
26 inet n - y - - smtpd
192.0.2.5:27 inet n - y - - smtpd
smtps inet n - y - - smtpd
submissions unix n - y - - smtpd
cleanup unix n - y - 0 cleanup
  -o smtpd_helo_restrictions=reject
"""


def configured(*overrides: str) -> Configured:
    values = {"smtpd_client_restrictions": "reject", "smtpd_helo_restrictions": "permit"}
    return Configured(MAIN, MASTER, overrides, values, {"submission/inet": {"smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}})


@pytest.mark.parametrize(
    "port, address, service",
    [
        (25, "", "smtpd/pass"), (587, "", "submission/inet"), (465, "", "smtps/inet"), (26, "", "26/inet"),
        (26, "2001:db8::1", "[2001:db8::1]:26/inet"), (26, "192.0.2.9", "26/inet"), (27, "192.0.2.5", "192.0.2.5:27/inet"),
        (27, "192.0.2.6", ""), (28, "", ""),
    ],
)  # fmt: skip
def test_the_service_of_a_port(port: int, address: str, service: str) -> None:
    """By number or by name; what is bound to the very address comes first, and behind postscreen is its smtpd."""
    assert service_of(configured(), port, address) == service


@pytest.mark.parametrize("port, service", [(25, "smtp/inet"), (587, ""), (28, "")])
def test_the_screen_of_a_port(port: int, service: str) -> None:
    """Only where postscreen itself listens."""
    assert postscreen_service(configured(), port) == service


@pytest.mark.parametrize("name, port", [("urd", 465), ("smtps", 465), ("submissions", 465), ("smtp", 25), ("submission", 587), ("10025", 10025)])
def test_names_of_ports(name: str, port: int) -> None:
    """Those that master.cf has in use."""
    assert service_of(Configured("", f"{name} inet n - y - - smtpd\n"), port) == f"{name}/inet"


@pytest.mark.parametrize(
    "name, service, overrides, told",
    [
        ("smtpd_client_restrictions", "", (), [("reject", "main.cf:4")]),
        ("smtpd_client_restrictions", "", ("smtpd_client_restrictions",), [("reject", "override")]),
        ("smtpd_helo_restrictions", "", (), [("permit", "default")]),
        ("smtpd_relay_restrictions", "submission/inet", (), [("permit_sasl_authenticated", "master.cf:4"), ("reject", "master.cf:4")]),
        ("smtpd_relay_restrictions", "smtp/inet", (), []),
    ],
)  # fmt: skip
def test_where_a_word_is_written(name: str, service: str, overrides: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    """In the service, in main.cf, by the scenario, or nowhere."""
    assert [(word.text, str(word.place)) for word in words_in_effect(configured(*overrides), name, service)] == told


def test_what_is_in_effect() -> None:
    """The restrictions of those words."""
    assert [r.text for r in in_effect(configured(), "smtpd_relay_restrictions", "submission/inet")] == ["permit_sasl_authenticated", "reject"]
    assert [(r.text, r.list) for r in in_effect(configured(), "smtpd_client_restrictions")] == [("reject", "smtpd_client_restrictions")]


def test_what_is_written() -> None:
    """The admin's own lists and classes, and those of each smtpd; a default is none, nor is what cleanup is given."""
    assert [(r.list, r.text, str(r.place)) for r in written_restrictions(configured("smtpd_client_restrictions"))] == [
        ("smtpd_client_restrictions", "reject", "main.cf:4"),
        ("greedy", "permit", "main.cf:2"),
        ("smtpd_relay_restrictions", "permit_sasl_authenticated", "master.cf:4"),
        ("smtpd_relay_restrictions", "reject", "master.cf:4"),
    ]


def test_the_last_of_two_entries_is_met() -> None:
    """As master(8) warns: of two services of one name and type it runs the last, and its lists are the ones in effect."""
    known = Configured("", TWICE, (), {}, {"smtp/inet": {LIST: "reject"}})
    assert service_of(known, 25) == "smtp/inet"
    assert [f"{r.text} {r.place}" for r in in_effect(known, LIST, "smtp/inet")] == ["reject master.cf:3"]
    assert [f"{r.text} {r.place}" for r in written_restrictions(known)] == ["reject master.cf:3"]
    screened = f"{TWICE}smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n"
    assert (postscreen_service(Configured("", TWICE), 25), postscreen_service(Configured("", screened), 25)) == ("", "smtp/inet")
