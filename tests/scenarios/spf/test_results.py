"""What is neither pass nor fail is accepted, and the delivered message says what it was."""

from __future__ import annotations

import pytest

from postfix_lab import Remote, Scene, accepted, asked, not_asked, received_spf, refused


@pytest.mark.parametrize(
    "record, result, text",
    [
        ("softfail", "softfail", '"v=spf1 a ~all"'),
        ("neutral", "neutral", '"v=spf1 a ?all"'),
        ("no-all", "neutral", '"v=spf1 a"'),
        ("include-soft", "neutral", '"v=spf1 include:softfail.spf.example ?all"'),
        ("plus-all", "pass", '"v=spf1 +all"'),
        ("other-txt", "none", '"v=spf10 is not a version of SPF"'),
    ],
)
def test_stranger_is_accepted_with_a_header(
    lab: Scene, stranger: Remote, receiver: str, record: str, result: str, text: str
) -> None:
    """A record that does not say fail lets a stranger's mail in, with its result in Received-SPF."""
    sender = f"ann@{record}.spf.example"
    lab.check(
        stranger.send(sender=sender),
        asked(f"{record}.spf.example", "TXT", answers=text),
        accepted(),
        received_spf(
            result, identity="mailfrom", client_ip="203.0.113.99", helo="mail.stranger.example",
            envelope_from=sender, receiver=receiver,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("record", ["none", "type99"])
def test_no_record(lab: Scene, stranger: Remote, record: str) -> None:
    """Without a TXT record the result is none; the old record type SPF is never asked for (RFC 7208 section 3.1)."""
    domain = f"{record}.spf.example"
    seen = stranger.send(sender=f"ann@{domain}")
    lab.check(seen, asked(domain, "TXT", "NODATA"), not_asked(domain, "SPF"), accepted(), received_spf("none"))


@pytest.mark.parametrize("record", ["minus-all", "order"])
def test_first_match_decides(lab: Scene, permitted: Remote, record: str) -> None:
    """Terms are read from left to right: `-all`, or a `-ip4:` in front of `+all`, refuses the domain's own host."""
    seen = permitted.send(sender=f"ann@{record}.spf.example")
    lab.check(seen, asked(f"{record}.spf.example", "TXT"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))
