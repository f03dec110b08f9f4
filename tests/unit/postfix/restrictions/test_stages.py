"""Which lists are due for which command."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.restrictions.stages import ABOUT, DueList, due_lists, place_of


def configured(**values: str) -> Configured:
    every = dict.fromkeys(LISTS, "permit")
    return Configured("smtpd_client_restrictions = permit\nsmtpd_reject_unlisted_sender = yes\n", "", ("smtpd_helo_restrictions",), {**every, **values})


def names(verb: str, **values: str) -> list[str]:
    short = (one.name.removeprefix("smtpd_").removesuffix("_restrictions").removeprefix("reject_") for one in due_lists(configured(**values), "", verb))
    return list(short)


BEFORE = {"smtpd_relay_before_recipient_restrictions": "yes"}
EARLY = {"smtpd_delay_reject": "no"}


@pytest.mark.parametrize(
    "verb, values, expected",
    [
        ("RCPT", BEFORE, ["client", "helo", "sender", "unlisted_sender", "relay", "recipient", "unlisted_recipient"]),
        ("VRFY", {}, ["client", "helo", "sender", "unlisted_sender", "recipient", "relay", "unlisted_recipient"]),
        ("RCPT", {**BEFORE, **EARLY}, ["relay", "recipient", "unlisted_recipient"]),
        ("ETRN", {}, ["client", "helo", "etrn"]),
        ("ETRN", EARLY, ["etrn"]),
        ("DATA", {}, ["data"]),
        ("MESSAGE", {}, ["end_of_data"]),
        ("BDAT", {}, ["data", "end_of_data"]),
        ("CONNECT", {}, []),
        ("HELO", {}, []),
        ("EHLO", {}, []),
        ("MAIL", {}, []),
        ("CONNECT", EARLY, ["client"]),
        ("HELO", EARLY, ["helo"]),
        ("EHLO", EARLY, ["helo"]),
        ("MAIL", EARLY, ["sender", "unlisted_sender"]),
        ("DATA", EARLY, ["data"]),
        ("NOOP", EARLY, []),
        ("DATA", {"smtpd_data_restrictions": ""}, []),
    ],
)
def test_what_is_due(verb: str, values: dict[str, str], expected: list[str]) -> None:
    """With smtpd_delay_reject the first three wait for RCPT, VRFY and ETRN; an empty list leaves no trace."""
    assert names(verb, **values) == expected


def test_the_check_for_unlisted_addresses() -> None:
    """It is one restriction, which runs at the end by itself."""
    last = list(due_lists(configured(), "", "RCPT"))[-1]
    assert (last.maps, last.about) == (True, "Recipient address")
    (restriction,) = last.restrictions
    assert (restriction.name, restriction.argument, restriction.index, str(restriction.place)) == ("reject_unlisted_recipient", "", 0, "default")
    sender = next(one for one in due_lists(configured(**EARLY), "", "MAIL") if one.maps)
    assert [(r.name, str(r.place)) for r in sender.restrictions] == [("reject_unlisted_sender", "main.cf:2")]


def test_a_list_is_no_such_check() -> None:
    """Its restrictions are those in effect."""
    (one,) = due_lists(configured(), "", "DATA")
    assert (one.maps, [r.text for r in one.restrictions]) == (False, ["permit"])
    assert DueList("smtpd_data_restrictions", ()).maps is False


def test_what_a_start_line_says() -> None:
    """The words of smtpd_dsn_fix.h."""
    assert {name.removeprefix("smtpd_").removesuffix("_restrictions").removeprefix("reject_"): text for name, text in ABOUT.items()} == {
        "client": "Client host", "helo": "Helo command", "sender": "Sender address", "relay": "Recipient address",
        "recipient": "Recipient address", "data": "Data command", "end_of_data": "End-of-data", "etrn": "Etrn command",
        "unlisted_sender": "Sender address", "unlisted_recipient": "Recipient address",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name, place",
    [("smtpd_client_restrictions", "main.cf:1"), ("smtpd_helo_restrictions", "override"), ("smtpd_data_restrictions", "default")],
)
def test_where_a_parameter_is_written(name: str, place: str) -> None:
    """Its first word's place."""
    assert str(place_of(configured(), "", name)) == place


def test_where_a_services_own_is_written() -> None:
    """In master.cf, though main.cf has it too."""
    master = "submission inet n - y - - smtpd\n  -o smtpd_client_restrictions=reject\n"
    own = Configured("smtpd_client_restrictions = permit\n", master, (), {}, {"submission/inet": {"smtpd_client_restrictions": "reject"}})
    assert str(place_of(own, "submission/inet", "smtpd_client_restrictions")) == "master.cf:2"
