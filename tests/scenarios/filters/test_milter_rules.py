"""A milter that answers case by case, changes messages, and shows what it was given."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Auth,
    MailHost,
    MakeRemote,
    MilterRule,
    Remote,
    Scene,
    accepted,
    delivered,
    ended,
    header,
    logged,
    milter_received,
    not_delivered,
    refused,
    replied,
)

MILTER = {"smtpd_milters": "inet:localhost:8891"}
TWO = {"smtpd_milters": "inet:localhost:8891, unix:rspamd/milter.sock"}
TEXT = "Subject: old\r\nX-Spam: perhaps\r\nX-Spam: no\r\n\r\nHello\r\n"


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.mail_host(main=MILTER, milter_rules=MilterRule("550 5.7.1 Eve left", "RCPT", to="eve@*"))
def test_by_recipient(lab: Scene, good: Remote) -> None:
    """One recipient is refused, the other gets the mail; the milter saw both."""
    seen = good.send(to=("eve@lab.test", "bob@lab.test"))
    both = [milter_received("RCPT", {"recipient": f"<{who}@lab.test>"}, answer) for who, answer in (("eve", "550*"), ("bob", "continue"))]
    refusal = replied("RCPT", 550, "5.7.1", "Eve left", said="eve@")
    lab.check(seen, refusal, delivered(1, to="bob@lab.test"), *both)


@pytest.mark.mail_host(main=MILTER, milter_rules=MilterRule("tempfail", "CONNECT", client="203.0.113.66"))
@pytest.mark.parametrize("address, welcome", [("203.0.113.66", False), ("203.0.113.67", True)])
def test_by_client(lab: Scene, remote: MakeRemote, address: str, welcome: bool) -> None:
    """A client is told to come back when it has connected; another one is not."""
    seen = remote(address, name="mail.good.example").send()
    told = accepted() if welcome else replied("MAIL", 451, "4.7.1", "Service unavailable")
    lab.check(seen, told, milter_received("CONNECT", {"address": address, "name": "mail.good.example", "family": "inet"}))


@pytest.mark.mail_host(main=MILTER, milter_rules=MilterRule("450 4.7.1 Not yet", "MAIL", sender="ann@*", nth=1))
def test_by_attempt(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """The first attempt of a run is deferred, the second taken; the next run begins anew."""
    for _ in range(2):
        sessions = [good.session(), good.session()]
        seen = lab.run(mail_host, *sessions, in_turn=True)
        lab.check(seen, refused("MAIL", 450, "4.7.1", "Not yet"), accepted(session=1), milter_received("MAIL", times=2), without=["accepted-arrives"])


CHANGES = MilterRule(
    add_headers={"X-Checked": "by the lab"}, change_headers={"Subject": "new"}, delete_headers="X-Spam",
    add_recipients="archive@lab.test", delete_recipients="eve@lab.test", change_sender="list@good.example",
    replace_body="Goodbye\r\n",
)  # fmt: skip


@pytest.mark.mail_host(main=MILTER, milter_rules=CHANGES)
def test_changes(lab: Scene, good: Remote) -> None:
    """Headers, recipients, sender and body are as the milter wants them."""
    seen = good.send(to=("bob@lab.test", "eve@lab.test"), data=TEXT)
    lab.check(seen, accepted(), header("X-Checked", "by the lab"), header("Subject", "^new$"), delivered(2))
    assert {recipient for message in seen.delivered for recipient in message.recipients} == {"bob@lab.test", "archive@lab.test"}
    assert {message.sender for message in seen.delivered} == {"list@good.example"}
    assert all("X-Spam" not in message.content and "Goodbye" in message.content for message in seen.delivered)


@pytest.mark.mail_host(main=MILTER, milter_rules=MilterRule(to="bob@lab.test", quarantine="looks odd"))
def test_quarantine(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """The client is told 250, and the mail is put on hold."""
    seen = good.send(to="bob@lab.test")
    held = milter_received("MESSAGE", answer="continue; quarantine looks odd")
    lab.check(seen, accepted(), held, logged("Reject", action="milter-hold"), not_delivered(), without=["accepted-arrives"])
    assert f"{seen.queue_ids[0]}!" in mail_host.shell("postqueue -p")


@pytest.mark.mail_host(main=MILTER)
def test_what_it_was_given(lab: Scene, good: Remote) -> None:
    """Macros of each stage, the parameters of MAIL, every header, and the end."""
    seen = good.send(data=TEXT, to="bob@lab.test")
    lab.check(
        seen,
        accepted(),
        milter_received("CONNECT", {"j": "mx.lab.test", "v": "Postfix *", "{daemon_name}": "*"}),
        milter_received("HELO", {"name": "mail.good.example"}),
        milter_received("MAIL", {"sender": "<ann@good.example>", "{mail_addr}": "ann@good.example"}),
        milter_received("RCPT", {"{rcpt_mailer}": "lmtp", "{rcpt_addr}": "bob@lab.test"}),
        milter_received("HEADER", {"name": "X-Spam"}, times=2),
        milter_received("EOH", {"i": seen.queue_ids[0]}),
        milter_received("BODY", {"content": "Hello\r\n"}),
        milter_received("MESSAGE", {"i": seen.queue_ids[0]}, times=1),
    )


@pytest.mark.mail_host(main=MILTER, milter_rules=MilterRule("discard", given={"{auth_authen}": "*"}))
def test_by_macro(lab: Scene, good: Remote) -> None:
    """A user's mail is discarded; a stranger has no such macro."""
    user = good.send(port=587, tls=True, auth=Auth("ann@lab.test", "correct horse"), sender="ann@lab.test")
    lab.check(
        user,
        accepted(),
        milter_received("MAIL", {"{auth_authen}": "ann@lab.test", "{auth_type}": "PLAIN"}),
        milter_received("MESSAGE", answer="discard"),
        not_delivered(),
        without=["accepted-arrives"],
    )
    lab.check(good.send(), accepted(), delivered(), milter_received("MESSAGE", answer="continue"))


RULES = (MilterRule(add_headers={"X-One": "1"}, server="inet:localhost:8891"), MilterRule("reject", to="eve@*", server="unix:rspamd/milter.sock"))


@pytest.mark.mail_host(main=TWO, milter_rules=RULES)
def test_two_milters(lab: Scene, good: Remote) -> None:
    """Each follows the rules for its socket; the second sees the header of the first."""
    lab.check(good.send(to="bob@lab.test"), accepted(), header("X-One"), milter_received("HEADER", {"name": "X-One"}, times=1))
    lab.check(good.send(to="eve@lab.test"), refused("MESSAGE", 550, "5.7.1", "Command rejected"))


@pytest.mark.mail_host(main={**MILTER, "milter_command_timeout": "1s", "milter_default_action": "accept"}, canary=False, milter_rules=MilterRule("HANG", "RCPT"))
def test_silence(lab: Scene, good: Remote) -> None:
    """Postfix waits milter_command_timeout, and milter_default_action decides."""
    lab.check(good.send(), accepted(), ended("quit"), milter_received("RCPT", answer="HANG"), without=["quiet-log"])
