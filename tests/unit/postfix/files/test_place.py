"""Where a word of a list stands: the very line, in main.cf and master.cf."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place, in_main, in_master, placed, plain
from postfix_lab.postfix.restrictions.restriction import in_effect, service_of, written
from tests.unit.traced import MAIN, MASTER, ODD, configured

LONG = """\
# lists
common = permit_mynetworks
  reject
smtpd_client_restrictions = sleep 1,
    # a comment within
    $common

    check_client_access inline:{ a.example = reject no, b.example = OK }
    reject_rbl_client bl.example
"""
SERVICES = """\
smtp inet n - y - 1 postscreen
smtpd pass - - y - - smtpd
192.0.2.21:587 inet n - y - - smtpd
  -o { smtpd_relay_restrictions = permit_sasl_authenticated,
     reject }
587 inet n - y - - smtpd -o smtpd_relay_restrictions=reject -osmtpd_client_restrictions=$common
smtps inet n - y - - smtpd
broken
"""


def where(words: tuple[object, ...] | None) -> list[str]:
    assert words is not None
    return [f"{word.text} {word.place}" for word in words]  # type: ignore[attr-defined]


def test_each_word_has_its_own_line() -> None:
    """Over comments, empty lines, blanks in braces, and by way of another parameter."""
    assert where(in_main(LONG, "smtpd_client_restrictions")) == [
        "sleep main.cf:4", "1 main.cf:4", "permit_mynetworks main.cf:2", "reject main.cf:3",
        "check_client_access main.cf:8", "inline:{ a.example = reject no, b.example = OK } main.cf:8",
        "reject_rbl_client main.cf:9", "bl.example main.cf:9",
    ]  # fmt: skip
    assert in_main(LONG, "smtpd_helo_restrictions") is None


def test_parameter_that_names_itself_ends() -> None:
    """Postfix would not start with it; this does not hang."""
    assert where(in_main("a = $b\nb = $a\n", "a")) == ["$b main.cf:1"] or in_main("a = $b\nb = $a\n", "a")


def test_options_of_master_cf() -> None:
    """`-o name=value`, `-oname=value`, and the long form in braces over two lines."""
    at = "smtpd_relay_restrictions"
    braces = in_master(LONG, SERVICES, "192.0.2.21:587/inet", at)
    assert where(braces) == ["permit_sasl_authenticated master.cf:4", "reject master.cf:5"]
    assert where(in_master(LONG, SERVICES, "587/inet", at)) == ["reject master.cf:6"]
    named = in_master(LONG, SERVICES, "587/inet", "smtpd_client_restrictions")
    assert where(named) == ["permit_mynetworks main.cf:2", "reject main.cf:3"]


def test_words_in_effect_keep_their_places() -> None:
    """What postconf says counts; a word that is written nowhere as such gets the place of the whole."""
    found = placed("permit_mynetworks, odd, reject", in_main(LONG, "common"), Place("main.cf"))
    assert where(found) == ["permit_mynetworks main.cf:2", "odd main.cf:2", "reject main.cf:3"]
    assert where(placed("reject", None, Place("default"))) == where(plain("reject", Place("default")))


@pytest.mark.parametrize(
    "port, address, service",
    [
        (25, "192.0.2.21", "smtpd/pass"), (587, "192.0.2.21", "192.0.2.21:587/inet"), (587, "192.0.2.22", "587/inet"),
        (465, "192.0.2.21", "smtps/inet"), (26, "192.0.2.21", ""),
    ],
)  # fmt: skip
def test_service_of_a_port(port: int, address: str, service: str) -> None:
    """Behind postscreen it is the smtpd that takes over; a service of one address comes before one for all."""
    assert service_of(Configured("", SERVICES), port, address) == service


def test_restrictions_with_their_arguments() -> None:
    """An argument belongs to its restriction; overrides, defaults and services say where they come from."""
    known = configured(**ODD)
    (client,) = in_effect(known, "smtpd_client_restrictions")
    assert (client.text, str(client.place)) == ("check_client_access inline:{{203.0.113.7=greedy}}", "override")
    assert [str(r.place) for r in in_effect(known, "smtpd_relay_restrictions", "submission/inet")] == ["master.cf:8"] * 2
    default = replace(known, main_cf="", overrides=())
    assert {str(r.place) for r in in_effect(default, "smtpd_relay_restrictions")} == {"default"}


def test_written_are_lists_classes_and_services() -> None:
    """Whatever a scenario overrides, the admin's own restrictions are known, each with its list."""
    text = f"{MAIN}smtpd_restriction_classes = shy\nshy = reject\n"
    found = written(replace(configured(), main_cf=text, master_cf=MASTER))
    assert [r.name for r in found if r.list == "shy"] == ["reject"]
    assert len([r for r in found if r.list == "smtpd_relay_restrictions"]) == 7
    assert [r.decides for r in in_effect(configured(**ODD), "greedy")] == [False, True, True]
