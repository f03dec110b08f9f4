"""skip_addresses: clients that policyd-spf leaves alone, with a comment in place of the check."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MakeRemote,
    Remote,
    Scene,
    accepted,
    asked,
    delivered,
    header,
    logged,
    no_received_spf,
    not_asked,
    refused,
)

SKIP = {"Lookup_Time": "1", "skip_addresses": "127.0.0.0/8,203.0.113.64/28"}


@pytest.mark.mail_host(policyd_spf=SKIP)
def test_skipped_address(lab: Scene, spf_zone: None, remote: MakeRemote, receiver: str) -> None:
    """A client in the list is accepted unasked: no SPF question, no Received-SPF, an X-Comment that says why."""
    seen = remote("203.0.113.70", name="relay.friend.example").send(sender="ann@mx.spf.example")
    lab.check(
        seen,
        asked("203.0.113.70", "PTR", answers="relay.friend.example"),
        not_asked("relay.friend.example", "TXT"),
        not_asked("mx.spf.example"),
        accepted(),
        delivered(),
        no_received_spf(),
        header(
            "X-Comment",
            "SPF check N/A for local connections - client-ip=203.0.113.70; helo=relay.friend.example; "
            f"envelope-from=ann@mx.spf.example; receiver={receiver}",
        ),
        logged("PolicySpf", action="skip", client_ip="203.0.113.70"),
    )


@pytest.mark.mail_host(policyd_spf=SKIP)
def test_address_beside_the_list(lab: Scene, stranger: Remote) -> None:
    """A client outside of it is judged as ever."""
    seen = stranger.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "TXT"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))
