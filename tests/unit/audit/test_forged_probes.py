"""Whom a stranger may pretend to be."""

from __future__ import annotations

import pytest

from postfix_lab.audit import forged_probes
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write

RELAY = "smtpd_relay_restrictions = "


@pytest.mark.parametrize(
    "main, text, keys",
    [
        ("check_sender_access hash:/etc/postfix/own", "friend.example OK\nann@b.example permit\nx.example REJECT\n", ["eve@friend.example", "ann@b.example"]),
        ("check_sender_access proxy:texthash:/etc/postfix/own", "bob@ RELAY\n.c.example 1\n<> OK\ny.example 550 no\n", ["bob@stranger.example", "eve@c.example", ""]),
        ("check_helo_access lmdb:/etc/postfix/own", "mail.friend.example OK\n10.0.0.1 OK\n", ["mail.friend.example", "10.0.0.1"]),
        ("check_reverse_client_hostname_access hash:/etc/postfix/own", ".friend.example OK\n", ["friend.example"]),
        ("check_sender_access inline:{friend.example=OK, x.example=DUNNO}", "", ["eve@friend.example"]),
        ("check_sender_access pcre:/etc/postfix/own", "/^ann@b\\.example$/ OK\n/@c\\.example$/ DUNNO\n/(a|b)@d/ OK\n", ["ann@b.example"]),
        ("check_sender_access regexp:/etc/postfix/own", "/@c\\.example$/i OK\n", ["eve@c.example"]),
        ("check_sender_access hash:/etc/postfix/absent", "", []),
        ("check_client_access hash:/etc/postfix/own", "friend.example OK\n", []),
        ("check_sender_access hash:/etc/postfix/own", "".join(f"f{n}.example OK\n" for n in range(9)), [f"eve@f{n}.example" for n in range(4)]),
    ],
)
def test_the_entries_that_permit(write: Write, main: str, text: str, keys: list[str]) -> None:
    """Those of tables about what the client itself says; some of each table."""
    draft = write(f"{RELAY}{main}\n", files={"own": text}).draft
    assert [one.key for one in forged_probes.permitting_entries(draft, draft.services[0])] == keys


def test_each_claim_is_tried(write: Write) -> None:
    """A forged sender in MAIL FROM, a name in EHLO, and a PTR record that nothing confirms; the target is not ours."""
    main = (
        f"{RELAY}check_sender_access inline:{{friend.example=OK}}, check_helo_access inline:{{mx.friend.example=OK}},\n"
        " check_reverse_client_hostname_access inline:{ptr.friend.example=OK}, reject\n"
    )
    draft = write(main).draft
    sender, helo, ptr = forged_probes.trials(draft, draft.services[0])
    assert {one.aim for one in (sender, helo, ptr)} == {Aim.FORGED}
    assert (sender.sender, sender.detail) == ("eve@friend.example", "eve@friend.example")
    assert (helo.session.client.greeting, helo.sender) == ("mx.friend.example", "eve@stranger.example")
    assert ptr.session.client.ptr.names == ("ptr.friend.example",)
    zones = forged_probes.zones([sender, helo, ptr], ["shop.example"])
    assert [one.origin for one in zones] == ["friend.example"]
    assert forged_probes.zones([sender], ["friend.example"]) == ()
