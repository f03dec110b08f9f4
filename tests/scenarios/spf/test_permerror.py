"""A record that cannot be used is a permanent error: accepted with PermError_reject = False, refused with True."""

from __future__ import annotations

import pytest

from postfix_lab import Remote, Scene, accepted, asked, asked_in_order, not_asked, received_spf, refused

BROKEN = [
    "two-records", "unknown-mechanism", "bad-ip4", "include-missing", "redirect-missing", "include-loop", "void", "many-mx",
]  # fmt: skip
STRICT = {"Lookup_Time": "1", "TempError_Defer": "True", "PermError_reject": "True"}


@pytest.mark.parametrize("record", BROKEN)
def test_permerror_is_accepted(lab: Scene, permitted: Remote, receiver: str, record: str) -> None:
    """Debian's policyd-spf takes the mail of a domain whose record is broken and says permerror in the header."""
    lab.check(
        permitted.send(sender=f"ann@{record}.spf.example"),
        asked(f"{record}.spf.example", "TXT"),
        accepted(),
        received_spf("permerror", identity="mailfrom", receiver=receiver),
    )


@pytest.mark.mail_host(policyd_spf=STRICT)
def test_permerror_is_refused(lab: Scene, permitted: Remote) -> None:
    """With PermError_reject = True the same mail gets 550 5.7.24, which says: the record, not the sender."""
    lab.check(
        permitted.send(sender="ann@two-records.spf.example"),
        asked("two-records.spf.example", "TXT", answers=('"v=spf1 a -all"', '"v=spf1 mx -all"')),
        refused("RCPT", 550, "5.7.24", "SPF Permanent Error: Two or more type TXT spf records found"),
    )


def test_ten_lookups_are_allowed(lab: Scene, permitted: Remote) -> None:
    """Ten mechanisms that ask the DNS are within the limit of RFC 7208 section 4.6.4, so the eleventh term counts."""
    seen = permitted.send(sender="ann@lookups-10.spf.example")
    lab.check(seen, asked_in_order(("l1.spf.example", "A"), ("l10.spf.example", "A")), accepted(), received_spf("pass"))


def test_the_eleventh_lookup_is_not(lab: Scene, permitted: Remote) -> None:
    """An eleventh is a permanent error, and its question is never asked."""
    seen = permitted.send(sender="ann@lookups-11.spf.example")
    lab.check(seen, asked("l10.spf.example", "A"), not_asked("l11.spf.example"), accepted(), received_spf("permerror"))
