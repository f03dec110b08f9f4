"""Which restrictions can have said a text."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.replies.wordings import WORDINGS, can_put_off, can_say, can_soften, wording

SAID = {
    "Client host rejected: cannot find your reverse hostname, [203.0.113.9]": "reject_unknown_reverse_client_hostname",
    "Client host rejected: cannot find your hostname, [203.0.113.9]": "reject_unknown_client_hostname",
    "Session encryption is required": "reject_plaintext_session",
    "<[1.2]>: Helo command rejected: invalid ip address": "reject_invalid_helo_hostname",
    "<x y>: Helo command rejected: Invalid name": "reject_invalid_helo_hostname",
    "<x>: Helo command rejected: need fully-qualified hostname": "reject_non_fqdn_helo_hostname",
    "<x.example>: Helo command rejected: Host not found": "reject_unknown_helo_hostname",
    "<a@x.example>: Sender address rejected: Domain not found": "reject_unknown_sender_domain",
    "<a@x.example>: Sender address rejected: Domain x.example does not accept mail (nullMX)": "reject_unknown_sender_domain",
    "<a@x.example>: Recipient address rejected: Domain not found": "reject_unknown_recipient_domain",
    "<a@x.example>: Sender address rejected: Malformed DNS server reply": "reject_unknown_sender_domain",
    "<a@x.example>: Relay access denied": "reject_unauth_destination",
    "<a@x.example>: Recipient address rejected: Relay access denied": "defer_unauth_destination",
    "<DATA>: Data command rejected: Improper use of SMTP command pipelining": "reject_unauth_pipelining",
    "<a@x.example>: Recipient address rejected: Unable to look up host x": "permit_mx_backup",
    "<ann>: Sender address rejected: need fully-qualified address": "reject_non_fqdn_sender",
    "<bob>: Recipient address rejected: need fully-qualified address": "reject_non_fqdn_recipient",
    "<a@x.example>: Sender address rejected: unverified address: no": "reject_unverified_sender",
    "<a@x.example>: Recipient address rejected: undeliverable address: no": "reject_unverified_recipient",
    "Service unavailable; Client host [203.0.113.9] blocked using bl.example": "reject_rbl_client",
    "Service unavailable": "reject_rbl_client",
    "<203.0.113.9>: Client host rejected: Service unavailable": "permit_dnswl_client",
    "<a@lab.test>: Sender address rejected: not owned by user ann": "reject_sender_login_mismatch",
    "<a@lab.test>: Recipient address rejected: Try again later": "defer",
    "<a@lab.test>: Recipient address rejected: Access denied": "reject",
    "<a@lab.test>: Recipient address rejected: defer_if_permit requested": "defer_if_permit",
    "<DATA>: Data command rejected: Multi-recipient bounce": "reject_multi_recipient_bounce",
    "<a@lab.test>: Sender address rejected: User unknown in local recipient table": "reject_unlisted_sender",
    "<a@lab.test>: Recipient address rejected: User unknown": "reject_unlisted_recipient",
    "<a@lab.test>: Temporary lookup failure": "check_sender_access",
    "Server configuration error": "check_client_access",
    "<a@lab.test>: Recipient address rejected: because": "check_policy_service",
    "whatever": "check_client_access",
}


@pytest.mark.parametrize("text", SAID)
def test_text_leads_to_its_restriction(text: str) -> None:
    """The restriction whose text it is can say it, and one that never says anything cannot."""
    assert can_say(SAID[text], text)
    assert can_say("permit_mynetworks", text) == (wording(text).source in ("reject_server_error", "reject_dict_retry"))


def test_every_wording_has_an_example() -> None:
    """None of them is out of reach behind another."""
    assert {wording(text) for text in SAID} == set(WORDINGS)


def test_who_can_put_off_a_deferral() -> None:
    """A table only by its answer, a rule that asks the DNS by its nature, most others never."""
    assert can_put_off("check_sender_access", ["DEFER_IF_PERMIT later"])
    assert not can_put_off("check_sender_access", [])
    assert can_put_off("reject_unknown_sender_domain", [])
    assert not can_put_off("reject_unauth_destination", [])


@pytest.mark.parametrize(
    "restriction, answers, put_off, soften",
    [
        ("reject_unknown_sender_domain", (), True, False),
        ("REJECT_UNKNOWN_SENDER_DOMAIN", (), True, False),
        ("permit_mynetworks", (), False, False),
        ("permit_mx_backup", (), False, True),
        ("PERMIT_MX_BACKUP", (), False, True),
        ("check_client_access", ("DEFER_IF_PERMIT later",), True, False),
        ("check_client_access", ("OK", "defer_if_reject later"), False, True),
        ("check_policy_service", ("dunno",), False, False),
        ("reject_unauth_destination", (), False, True),
    ],
)
def test_what_is_put_off(restriction: str, answers: tuple[str, ...], put_off: bool, soften: bool) -> None:
    """A restriction by its name, a table or a policy service by its answer."""
    assert (can_put_off(restriction, answers), can_soften(restriction, answers)) == (put_off, soften)
