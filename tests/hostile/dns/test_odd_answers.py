"""Answers that are right and odd: empty, in another case, good for no time, in another order, another each time."""

from __future__ import annotations

from postfix_lab import Dns, MailHost, Remote, Scene, accepted, asked, connected_as, received_spf, refused, warned

PTR = "10.113.0.203.in-addr.arpa"


def test_empty_ptr_answer(lab: Scene, dns: Dns, sender: Remote) -> None:
    """NOERROR with nothing in it is no name."""
    dns.fault(PTR, "EMPTY", "PTR")
    lab.check(sender.send(), asked(PTR, "PTR", "NOERROR"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))


def test_empty_spf_answer(lab: Scene, dns: Dns, sender: Remote) -> None:
    """It is no record either."""
    dns.fault("good.example", "EMPTY", "TXT")
    lab.check(sender.send(), asked("good.example", "TXT", "NOERROR"), accepted(), received_spf("none"))


def test_mixed_case(lab: Scene, dns: Dns, sender: Remote) -> None:
    """The PTR record's own spelling is logged, and SPF does not mind."""
    dns.fault("*", "MIXED_CASE")
    lab.check(
        sender.send(),
        asked(PTR, "PTR", answers="mAiL.gOoD.eXaMpLe"),
        connected_as("mAiL.gOoD.eXaMpLe"),
        accepted(),
        received_spf("pass"),
    )


def test_ttl_zero(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """Neither glibc nor py3dns keeps anything: the same questions are asked for each of two mails, whatever the TTL."""
    dns.fault("*", "TTL_ZERO")
    seen = lab.run(mail_host, sender.session(), sender.session(), in_turn=True)
    lab.check(seen, accepted(session=0), accepted(session=1), received_spf("pass"))
    assert sum((query.name, query.type) == (PTR, "PTR") for query in seen.queries) == 2


def test_round_robin(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """Of two PTR records the one in front counts, so the same client has two names, one after the other."""
    dns.zone("10 PTR mail.good.example.\n   PTR other.good.example.\n", origin="113.0.203.in-addr.arpa")
    dns.zone("other.good.example. A 203.0.113.10", origin="other.good.example")
    dns.fault(PTR, "ROTATE", "PTR")
    seen = lab.run(mail_host, sender.session(), sender.session(), in_turn=True)
    lab.check(
        seen, connected_as("mail.good.example", session=0), connected_as("other.good.example", session=1), accepted()
    )


def test_another_address_each_time(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """A name whose address changes between two mails confirms the client once."""
    dns.fault("mail.good.example", "ANSWER", "A", nth=1, records=("A 198.51.100.7",))
    seen = lab.run(mail_host, sender.session(until="MAIL"), sender.session(until="MAIL"), in_turn=True)
    lab.check(
        seen,
        warned("hostname mail.good.example does not resolve to address 203.0.113.10"),
        connected_as("unknown", session=0),
        connected_as("mail.good.example", session=1),
    )
