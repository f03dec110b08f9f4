"""Servers of lookup tables that answer case by case: values, errors, silence."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    TableRule,
    accepted,
    logged,
    refused,
    replied,
    table_asked,
    warned,
)

LDAP, TCP, SOCKETMAP = "ldap:/etc/postfix/senders.cf", "tcp:localhost:10001", "socketmap:unix:/run/names:helo"
BY_LDAP = {"smtpd_sender_restrictions": f"check_sender_access {LDAP}"}
BY_TCP = {"smtpd_sender_restrictions": f"check_sender_access {TCP}"}
BY_SOCKETMAP = {"smtpd_helo_restrictions": f"check_helo_access {SOCKETMAP}"}
BROKEN = (451, "4.3.5", "Server configuration error")


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


RULES = {LDAP: (TableRule("TEMP no server", key="*@later.example"), TableRule("PERM bad query", key="*@never.example"))}


@pytest.mark.mail_host(main=BY_LDAP, table_rules=RULES, tables={LDAP: {"eve@good.example": "REJECT not you"}})
@pytest.mark.parametrize(
    "sender, reply, said",
    [
        ("a@later.example", (451, "4.3.5", "Server configuration error"), "TEMP no server"),
        ("a@never.example", (451, "4.3.5", "Server configuration error"), "PERM bad query"),
        ("eve@good.example", (554, "5.7.1", "not you"), "OK REJECT not you"),
    ],
)
def test_ldap(lab: Scene, good: Remote, sender: str, reply: tuple[int, str, str], said: str) -> None:
    """An error of the server is told to the client as 451; entries answer where no rule does."""
    seen = good.send(sender=sender)
    lab.check(seen, refused("RCPT", *reply), table_asked(sender, said, 1), without=["infrastructure", "quiet-log"])


@pytest.mark.mail_host(main=BY_LDAP, table_rules=RULES)
def test_ldap_that_knows_nothing(lab: Scene, good: Remote) -> None:
    """Any other sender is in no entry, and each form of it is looked up."""
    lab.check(good.send(), accepted(), table_asked("ann@good.example", "NOTFOUND"), table_asked("good.example", "NOTFOUND"))


@pytest.mark.mail_host(main=BY_TCP, table_rules={TCP: TableRule("TEMP overloaded", key="ann@good.example", nth=1)})
def test_tcp_by_attempt(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """The first lookup fails, the second does not."""
    seen = lab.run(mail_host, good.session(), good.session(), in_turn=True)
    told = table_asked("ann@good.example", "TEMP overloaded", 1)
    lab.check(seen, refused("RCPT", *BROKEN), accepted(session=1), told, without=["accepted-arrives", "infrastructure", "quiet-log"])


@pytest.mark.mail_host(main=BY_SOCKETMAP, table_rules={SOCKETMAP: TableRule("OK REJECT you call yourself %s", key="*.good.example")})
def test_socketmap_by_pattern(lab: Scene, remote: MakeRemote) -> None:
    """The value has the key in it."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    lab.check(seen, refused("RCPT", 554, "5.7.1", "you call yourself mail.good.example"), table_asked("mail.good.example"))
    lab.check(remote("203.0.113.11", name="mail.other.example").send(), accepted())


@pytest.mark.mail_host(main=BY_SOCKETMAP, table_rules={SOCKETMAP: TableRule("PERM bad query", key="mail.good.example")})
def test_permanent_error(lab: Scene, good: Remote) -> None:
    """A socketmap's permanent error is 451 to the client as well."""
    seen = good.send()
    lab.check(seen, refused("RCPT", *BROKEN), warned("permanent error: bad query"), warned("lookup error"), without=["infrastructure"])


@pytest.mark.mail_host(main=BY_SOCKETMAP, table_rules={SOCKETMAP: TableRule("DROP", key="mail.good.example")})
def test_hung_up(lab: Scene, good: Remote) -> None:
    """The server closes the connection: 451."""
    seen = good.send()
    lab.check(seen, replied("RCPT", *BROKEN), logged("unexpected disconnect"), without=["infrastructure", "quiet-log"])


@pytest.mark.mail_host(main=BY_LDAP, table_rules={LDAP: TableRule("HANG", key="ann@good.example")})
def test_silence(lab: Scene, good: Remote) -> None:
    """Postfix waits 10 s for a server that does not answer, and then says 451."""
    lab.check(good.send(), refused("RCPT", *BROKEN), table_asked("ann@good.example", "HANG", 1), without=["infrastructure", "quiet-log"])
