"""The MX lookup behind a good SPF record fails: py3dns takes any reply for an answer, and the permitted host is refused for good."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MailHost, Remote, Scene, accepted, asked, not_delivered, received_spf, refused

pytestmark = pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1", "TempError_Defer": "True"})


@pytest.mark.parametrize("kind", ["SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"])
def test_failure_that_is_told_refuses_for_good(
    lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote, kind: str
) -> None:
    """RFC 7208 section 5 wants *temperror*; what comes is 550, even with TempError_Defer = True."""
    assert mail_host.facts().spf_dns_library == "py3dns"
    dns.fault("good.example", kind, "MX")
    lab.check(sender.send(), asked("good.example", "MX", kind), refused("RCPT", 550, "5.7.23"), not_delivered())


@pytest.mark.parametrize("kind", ["TIMEOUT", "UNREACHABLE", "WRONG_ID", "GARBAGE", "CUT_HEADER"])
def test_failure_without_a_reply_defers(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """Silence, and what cannot be read, is an error to py3dns: 450, come again."""
    dns.fault("good.example", kind, "MX")
    lab.check(sender.send(), asked("good.example", "MX"), refused("RCPT", 450, "4.7.24"), not_delivered())


def test_right_the_second_time(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """The sender that comes again after an outage is let in."""
    dns.fault("good.example", "UNREACHABLE", "MX", nth=1)
    seen = lab.run(mail_host, sender.session(), sender.session(), in_turn=True)
    lab.check(
        seen,
        asked("good.example", "MX", "UNREACHABLE"),
        asked("good.example", "MX", answers="10 mail.good.example"),
        refused("RCPT", 450, "4.7.24", session=0),
        accepted(session=1),
        received_spf("pass"),
    )
