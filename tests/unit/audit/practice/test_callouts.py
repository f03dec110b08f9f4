"""Probes of other people's servers."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import callouts
from tests.unit.audit.conftest import Write, configured
from tests.unit.audit.practice.judged import told

SENDER, RELAY, RECIPIENT = "smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions"
FIRST = "smtpd_relay_before_recipient_restrictions = yes\n"


@pytest.mark.parametrize(
    "main, place, words",
    [
        (
            f"{SENDER} = permit_mynetworks, reject_unverified_sender\n",
            "main.cf:5",
            "about a sender that anybody may name",
        ),
        (f"{RECIPIENT} = reject_unverified_recipient, reject_unauth_destination\n", "main.cf:5", "about a recipient"),
        (
            f"{RECIPIENT} = warn_if_reject reject_unauth_destination,\n reject_unverified_recipient, reject\n",
            "main.cf:6",
            "about a recipient",
        ),
        (
            f"{RELAY} = reject_unauth_destination\n{RECIPIENT} = reject_unverified_recipient\n",
            "main.cf:6",
            "about a recipient",
        ),
        (
            f"{FIRST}smtpd_client_restrictions = reject_unverified_recipient\n{RELAY} = reject\n",
            "main.cf:6",
            "about a recipient",
        ),
    ],
)
def test_for_strangers(write: Write, main: str, place: str, words: str) -> None:
    """A warning at the restriction; before Postfix 3.6 the recipients' list comes first."""
    written = write(main)
    ((severity, where, what),) = told(callouts.judge(written, configured(written)))
    assert (severity, where) == ("warning", place)
    assert words in what


@pytest.mark.parametrize(
    "main, master",
    [
        (f"{RECIPIENT} = reject_unauth_destination, reject_unverified_recipient\n", ""),
        (f"{RECIPIENT} = reject_unauth_destination, reject_unverified_recipient, warn_if_reject\n", ""),
        (f"{FIRST}{RELAY} = reject_unauth_destination\n{RECIPIENT} = reject_unverified_recipient\n", ""),
        (f"smtpd_client_restrictions = permit_mynetworks, reject\n{SENDER} = reject_unverified_sender\n", ""),
        (f"{SENDER} = check_sender_access hash:/etc/postfix/forged\n", ""),
        (f"{SENDER} = reject_unverified_sender\ninet_interfaces = loopback-only\n", ""),
    ],
)
def test_for_others(write: Write, main: str, master: str) -> None:
    """Behind what refuses strangers, or for some senders alone, it is good practice."""
    written = write(main, master)
    assert told(callouts.judge(written, configured(written))) == []


def test_of_users(write: Write) -> None:
    """At a submission service nobody is a stranger who gets that far."""
    written = write(master=f"587 inet n - y - - smtpd\n  -o {SENDER}=reject_unverified_sender\n")
    known = configured(written, **{"587__inet": {SENDER: "reject_unverified_sender"}})
    assert told(callouts.judge(written, known)) == []
