"""Each mechanism of RFC 7208 section 5: whom it lets in, whom it does not, and what it asks the DNS."""

from __future__ import annotations

import pytest

from postfix_lab import Remote, Scene, accepted, asked, asked_in_order, received_spf, refused

V4, V6 = "203.0.113.30", "2001:db8:113::30"
NIBBLES = "0.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.1.1.0.8.b.d.0.1.0.0.2"
CASES = [
    ("a-all", V4, [("a-all.spf.example", "A")]),
    ("a-all", V6, [("a-all.spf.example", "AAAA")]),
    ("mx", V4, [("mx.spf.example", "MX"), ("mail.spf.example", "A")]),
    ("ip4", V4, []),
    ("ip4-range", V4, []),
    ("ip6", V6, []),
    ("exists", V4, [("30.113.0.203.allowed.spf.example", "A")]),
    ("exists", V6, [(f"{NIBBLES}.allowed.spf.example", "A")]),
    ("ptr", V4, [("30.113.0.203.in-addr.arpa", "PTR"), ("mail.spf.example", "A")]),
    ("include", V4, [("a-all.spf.example", "TXT"), ("a-all.spf.example", "A")]),
    ("redirect", V4, [("a-all.spf.example", "TXT"), ("a-all.spf.example", "A")]),
    ("split", V4, [("split.spf.example", "A")]),
    ("upper", V4, [("upper.spf.example", "A")]),
]
IDS = [f"{record}{'-v6' if ':' in address else ''}" for record, address, _ in CASES]


@pytest.mark.parametrize("record, address, questions", CASES, ids=IDS)
def test_permitted_sender_passes(
    lab: Scene, permitted: Remote, record: str, address: str, questions: list[tuple[str, str]]
) -> None:
    """The host that the mechanism means passes, after the questions that the mechanism needs."""
    domain = f"{record}.spf.example"
    lab.check(
        permitted.send(sender=f"ann@{domain}", source=address),
        asked_in_order((domain, "TXT"), *questions),
        accepted(),
        received_spf("pass", identity="mailfrom", client_ip=address, envelope_from=f"ann@{domain}"),
    )


@pytest.mark.parametrize("record, address", [(record, address) for record, address, _ in CASES], ids=IDS)
def test_stranger_fails(lab: Scene, stranger: Remote, record: str, address: str) -> None:
    """A host that the mechanism does not mean meets the final `-all` and gets 550 5.7.23."""
    lab.check(
        stranger.send(sender=f"ann@{record}.spf.example", source=address.replace("30", "99")),
        asked(f"{record}.spf.example", "TXT"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
    )
