from __future__ import annotations

import pytest

from postfix_lab.runtime.wear import Wear
from tests.unit.postfix.log.log_script import read

DEFERRED = "8B8491925A4: to=<b@lab.test>, relay=none, delay=0, delays=0/0/0/0, dsn=4.3.2, status=deferred (x)"


@pytest.mark.parametrize(
    "text, unclean, worn",
    [
        ("connect from unknown[203.0.113.9]:1000", False, False),
        (DEFERRED, True, False),
        ("8B8491925A4: hold: RCPT from unknown[203.0.113.9]: <b@lab.test>: x; proto=SMTP", True, False),
        ("NOQUEUE: milter-hold: CONNECT from unknown[203.0.113.9]:1: default_action; proto=SMTP", True, False),
        ("warning: process smtpd pid 3 exit status 1", False, False),
        ("fatal: no SASL authentication mechanisms", False, True),
        ('warning: service "smtp" (25) has reached its process limit "2": new clients may experience noticeable delays', False, True),
        ("panic: something", False, True),
    ],
)
def test_what_a_line_tells(text: str, unclean: bool, worn: bool) -> None:
    """Messages that stay, and daemons that died."""
    wear = Wear()
    wear.note_log([read(text)], unfinished=False)
    assert (wear.queue_dirty, wear.master_remembers) == (unclean, worn)


@pytest.mark.parametrize(
    "line, before, now, outdated",
    [
        ("smtpd_client_restrictions = reject_rbl_client bl.example", ("a",), ("b",), True),
        ("smtpd_client_restrictions = reject_rbl_client bl.example", ("a",), ("a",), False),
        ("smtpd_client_restrictions = reject_rbl_client bl.example", None, ("a",), False),
        ("  permit_dnswl_client wl.example", ("a",), ("b",), True),
        ("smtpd_sender_restrictions = reject_rhsbl_sender dbl.example", ("a",), ("b",), True),
        ("203.0.113.9 reject_rhsbl_client dbl.example", ("a",), ("b",), True),
        ("# reject_rbl_client bl.example", ("a",), ("b",), False),
        ("mydestination = lab.test", ("a",), ("b",), False),
    ],
)
def test_answers_of_dns_lists(line: str, before: tuple[str] | None, now: tuple[str], outdated: bool) -> None:
    """They are outdated once the DNS may say something else, where the configuration asks lists (smtpd keeps them)."""
    wear = Wear()
    wear.note_configuration([line])
    wear.list_answers = before
    assert wear.list_answers_changed(now) is outdated


def test_it_stays_until_it_is_undone() -> None:
    """A later run that leaves nothing takes nothing back; one that was not seen to its end is unclean."""
    wear = Wear(master_remembers=True)
    wear.note_log([], unfinished=True)
    wear.note_log([], unfinished=False)
    assert (wear.queue_dirty, wear.master_remembers) == (True, True)


@pytest.mark.parametrize(
    "text, met, full",
    [
        ("smtpd_relay_restrictions = permit_mynetworks", True, False),
        ("# postscreen_greet_action = enforce", True, False),
        ("postscreen_greet_action = enforce", False, False),
        ("postscreen_greet_action = enforce", True, True),
        ("smtpd_client_message_rate_limit = 1", True, True),
        ("smtpd_sender_restrictions = reject_unverified_sender", False, False),
        ("smtpd_sender_restrictions = reject_unverified_sender", True, True),
    ],
)
def test_what_postfix_remembers(text: str, met: bool, full: bool) -> None:
    """Clients and addresses, once a client, or the canary, was there; nothing where the configuration asks for neither."""
    wear = Wear()
    wear.note_configuration([text])
    wear.used = met
    assert wear.needs_reset is full


@pytest.mark.parametrize(
    "text, remembered",
    [
        (DEFERRED, True),
        ("8B8491925A4: to=<b@far.example>, relay=mx.far.example[203.0.113.60]:25, conn_use=2, delay=0, status=sent (x)", True),
        ("Trusted TLS connection established to mx.far.example[203.0.113.60]:25: TLSv1.3", True),
        ("Anonymous TLS connection established from mail.good.example[203.0.113.10]: TLSv1.3", False),
        ("warning: DNSSEC validation may be unavailable", True),
        ("warning: hostname gmail.com does not resolve to address 203.0.113.99", False),
        ("warning: non-SMTP command from unknown[203.0.113.9]: GET / HTTP/1.1", False),
        ("connect from unknown[203.0.113.9]", False),
    ],
)
def test_what_daemons_keep(text: str, remembered: bool) -> None:
    """Dead destinations, open connections, TLS sessions, and warnings that are given once in the life of a process."""
    wear = Wear()
    wear.note_log([read(text)], unfinished=False)
    assert (wear.daemons_remember, wear.needs_reset) == (remembered, remembered)
    wear.note_fresh_daemons()
    assert not wear.needs_reset


@pytest.mark.parametrize("met", [True, False])
def test_connections_that_smtpd_keeps(met: bool) -> None:
    """Those to policy services, once a client was there, which may have been the canary."""
    wear = Wear(used=met)
    wear.note_configuration([], keeps_connections=True)
    assert wear.needs_reset is met
