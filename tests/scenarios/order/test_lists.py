"""The lists have an order of their own: recipient restrictions go before relay restrictions unless main.cf says otherwise.

Before 3.6 there was no choice; since then `smtpd_relay_before_recipient_restrictions` decides, whose default is
`no` up to compatibility_level 3.5 (postconf(5)). The seed article's configuration has level 2.
"""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, MakeRemote, Ptr, Scene, asked, not_asked, refused

SPLIT = {
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_reverse_client_hostname, reject_unauth_destination",
    "smtpd_recipient_restrictions": "check_policy_service unix:private/policyd-spf",
}
RELAY_FIRST = {**SPLIT, "smtpd_relay_before_recipient_restrictions": "yes"}
CLIENT, DOMAIN = "203.0.113.42", "nobody.example"
SAYS = {"ptr": (450, "4.7.1", "cannot find your reverse hostname"), "spf": (550, "5.7.23", "SPF fail - not authorized")}


@pytest.mark.mail_host(main=SPLIT)
def test_recipient_restrictions_first(lab: Scene, remote: MakeRemote) -> None:
    """SPF among the recipient restrictions, as most guides put it, speaks before the PTR rule of the relay list."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}")
    lab.check(seen, asked(CLIENT, "PTR", "NXDOMAIN"), asked(DOMAIN, "TXT"), refused("RCPT", *SAYS["spf"]))


@pytest.mark.mail_host(main=RELAY_FIRST)
def test_relay_restrictions_first(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """The switch turns it around from Postfix 3.6 on; Debian 11's 3.5 does not know it, and SPF still speaks first."""
    says, question = ("spf", asked) if mail_host.debian == 11 else ("ptr", not_asked)
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}")
    lab.check(seen, asked(CLIENT, "PTR", "NXDOMAIN"), question(DOMAIN, "TXT"), refused("RCPT", *SAYS[says]))


@pytest.mark.mail_host(main={**SPLIT, "smtpd_client_restrictions": "reject_unknown_reverse_client_hostname"})
def test_client_restrictions_before_both(lab: Scene, remote: MakeRemote) -> None:
    """The PTR rule among the client restrictions goes before every list, and is told at RCPT (smtpd_delay_reject)."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}")
    lab.check(seen, asked(CLIENT, "PTR", "NXDOMAIN"), not_asked(DOMAIN), refused("RCPT", *SAYS["ptr"]))
