"""The HELO name has an SPF record of its own: the only one that a bounce can be judged by."""

from __future__ import annotations

from postfix_lab import Dns, MakeRemote, Remote, Scene, accepted, asked, logged, not_asked, received_spf, refused


def test_bounce_passes_by_its_helo_name(lab: Scene, permitted: Remote, receiver: str) -> None:
    """A message from <> has no domain, so postmaster@HELO is checked instead (RFC 7208 section 2.4)."""
    lab.check(
        permitted.send(sender=""),
        asked("mail.spf.example", "TXT", answers='"v=spf1 a -all"'),
        asked("mail.spf.example", "A", answers="203.0.113.30"),
        accepted(),
        received_spf(
            "pass", comment="sender SPF authorized", identity="helo", client_ip="203.0.113.30",
            helo="mail.spf.example", envelope_from="<>", receiver=receiver,
        ),
    )  # fmt: skip


def test_bounce_fails_by_its_helo_name(lab: Scene, stranger: Remote) -> None:
    """A bounce from a host that borrows the HELO name is refused, and the reply says that it was the HELO name."""
    lab.check(
        stranger.send(sender="", helo="mail.spf.example"),
        asked("mail.spf.example", "A", answers="203.0.113.30"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized. Please see http://www.openspf.net/Why?s=helo;"),
        logged("PolicySpf", action="reject", identity="helo", result="Fail"),
    )


def test_borrowed_helo_name_is_enough(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """HELO_reject = Fail, Debian's default, refuses ordinary mail too, before its sender's domain is asked for."""
    dns.zone('@ TXT "v=spf1 +all"\nmail TXT "v=spf1 -all"', origin="helo.example")
    lab.check(
        remote("203.0.113.31", name="mail.helo.example").send(sender="ann@helo.example"),
        asked("mail.helo.example", "TXT", answers='"v=spf1 -all"'),
        not_asked("helo.example", "TXT"),
        refused("RCPT", 550, "5.7.23", "Why?s=helo;id=mail.helo.example"),
    )


def test_helo_name_speaks_for_a_domain_without_a_record(lab: Scene, permitted: Remote) -> None:
    """Where the sender's domain has no record, the header tells the result of the HELO name."""
    seen = permitted.send(sender="ann@none.spf.example")
    lab.check(
        seen,
        asked("none.spf.example", "TXT", "NODATA"),
        accepted(),
        received_spf("pass", identity="helo", helo="mail.spf.example", envelope_from="ann@none.spf.example"),
    )
