"""DNS lists that ended."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import gone_lists
from tests.unit.audit.conftest import Write, configured
from tests.unit.audit.practice.judged import told


@pytest.mark.parametrize(
    "main, place, words",
    [
        (
            "smtpd_recipient_restrictions = permit_mynetworks,\n reject_rbl_client dnsbl.njabl.org\n",
            "main.cf:6",
            "the DNS list dnsbl.njabl.org is no more (it ended in 2013)",
        ),
        ("smtpd_client_restrictions = reject_rhsbl_sender rhsbl.AHBL.org=127.0.0.2\n", "main.cf:5", "rhsbl.ahbl.org"),
        ("postscreen_dnsbl_sites = bl.example*2,\n dnsbl.sorbs.net=127.0.0.[2;3]*1\n", "main.cf:6", "dnsbl.sorbs.net"),
        (
            "smtpd_restriction_classes = spam\nspam = reject_rbl_client list.dsbl.org\n",
            "main.cf:6",
            "spam: the DNS list list.dsbl.org",
        ),
    ],
)
def test_where_one_is_asked(write: Write, main: str, place: str, words: str) -> None:
    """In lists, classes and postscreen's sites, at its line."""
    written = write(main)
    ((severity, where, what),) = told(gone_lists.judge(written, configured(written)))
    assert (severity, where) == ("warning", place)
    assert words in what


def test_at_a_service(write: Write) -> None:
    """An option of master.cf counts as well."""
    written = write(
        master="587 inet n - y - - smtpd\n  -o smtpd_client_restrictions=reject_rbl_client,relays.ordb.org\n"
    )
    ((_, where, what),) = told(gone_lists.judge(written, configured(written)))
    assert (where, what.partition(":")[0]) == ("master.cf:5", "smtpd_client_restrictions of 587")


def test_others(write: Write) -> None:
    """Lists that live, and domains that only end alike."""
    written = write(
        "smtpd_client_restrictions = reject_rbl_client bl.example, reject_rbl_client nosorbs.net.example, reject_rbl_client notsorbs.net\n"
    )
    assert told(gone_lists.judge(written, configured(written))) == []
    assert (gone_lists.is_gone("sorbs.net"), gone_lists.is_gone("bl.example")) == ("2024", "")
