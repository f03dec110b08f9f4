"""The seed author's accident: the SPF record rests on the MX record, and the MX record is wrong."""

from __future__ import annotations

from postfix_lab import Dns, MakeRemote, Scene, accepted, asked, received_spf, refused

ZONE = """
@     MX   10 {exchanger}
      TXT  "v=spf1 mx -all"
old   A    198.51.100.20
mail  A    203.0.113.20
"""


def test_wrong_mx_condemns_the_domains_own_mail(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """While the MX names a host that is gone the domain's own mail fails; with the MX mended it passes at once."""
    author = remote("203.0.113.20", name="mail.author.example")
    dns.zone(ZONE.format(exchanger="old"), origin="author.example")
    lab.check(
        author.send(sender="mail@author.example"),
        asked("author.example", "TXT", answers='"v=spf1 mx -all"'),
        asked("author.example", "MX", answers="10 old.author.example"),
        asked("old.author.example", "A", answers="198.51.100.20"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
    )
    dns.clear()
    dns.zone(ZONE.format(exchanger="mail"), origin="author.example")
    lab.check(
        author.send(sender="mail@author.example"),
        asked("author.example", "MX", answers="10 mail.author.example"),
        asked("mail.author.example", "A", answers="203.0.113.20"),
        accepted(),
        received_spf("pass", client_ip="203.0.113.20", envelope_from="mail@author.example"),
    )


def test_mx_without_an_address(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """An MX that names a host without an address permits nobody."""
    dns.zone(ZONE.format(exchanger="nowhere"), origin="author.example")
    lab.check(
        remote("203.0.113.20", name="mail.author.example").send(sender="mail@author.example"),
        asked("nowhere.author.example", "A", "NXDOMAIN"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
    )
