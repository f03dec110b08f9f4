"""A lookup that fails puts a refusal off: smtpd says it at RCPT, whichever command it was about."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MakeRemote, Scene, decided_by, refused

UNKNOWN_SENDER = {"smtpd_sender_restrictions": "reject_unknown_sender_domain"}


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("yes", marks=pytest.mark.mail_host(main={**UNKNOWN_SENDER, "smtpd_delay_reject": "yes"}, trace=True)),
        pytest.param("no", marks=pytest.mark.mail_host(main={**UNKNOWN_SENDER, "smtpd_delay_reject": "no"}, trace=True)),
    ],
)
@pytest.mark.mail_host
def test_restriction_of_the_command_before(lab: Scene, dns: Dns, remote: MakeRemote, mode: str) -> None:
    """MAIL is accepted though its restrictions ran; they decided about the RCPT that is refused."""
    dns.fault("broken.example", "SERVFAIL")
    seen = remote("203.0.113.10", name="mail.good.example").send(sender="ann@broken.example", until="RCPT")
    lab.check(seen, refused("RCPT", 450, "4.1.8", "Domain not found"), decided_by("reject_unknown_sender_domain"))
