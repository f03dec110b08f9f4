"""A reverse name that is delegated by CNAME, as providers do it for a few addresses of a /24 (RFC 2317)."""

from __future__ import annotations

from postfix_lab import Dns, MakeRemote, Scene, accepted, asked, connected_as

REVERSE = """
    $ORIGIN 113.0.203.in-addr.arpa.
    17        CNAME 17.16-31
    17.16-31  PTR   mail.small.example.
"""


def test_ptr_behind_a_cname(lab: Scene, remote: MakeRemote, dns: Dns) -> None:
    """The alias is followed, and the name is confirmed as any other."""
    dns.zone(REVERSE)
    seen = remote("203.0.113.17", name="mail.small.example").send()
    lab.check(
        seen,
        asked("203.0.113.17", "PTR", answers="mail.small.example"),
        asked("mail.small.example", "A", answers="203.0.113.17"),
        connected_as("mail.small.example"),
        accepted(),
    )
