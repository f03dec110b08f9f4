"""Who decides outside of smtpd's lists is named with its line, as real Postfix logs it on each release."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Command,
    Dialogue,
    Evidence,
    MakeRemote,
    Scene,
    accepted,
    decided_by,
    explain,
    may_log,
    refused,
)
from tests.selftest.decisions import contradictions

BIG = "Subject: x\r\n\r\n" + "a line of text\r\n" * 1500
PART = "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/x; name=a.exe\r\n\r\nx\r\n"
LOOP = "Received: by a.example\r\n" * 3 + "Subject: x\r\n\r\nx\r\n"
TWO_MILTERS = {"smtpd_milters": "inet:127.0.0.1:8893, { inet:127.0.0.1:8894, connect_timeout=2s }"}


def place(seen: Evidence) -> str:
    """Where that is written which decided; reply and log do not contradict it."""
    explanation = explain(seen)
    assert contradictions(seen, explanation) == []
    found = explanation.sessions[0].decision
    assert found is not None
    assert found.step is not None
    return str(found.step.restriction.place)


@pytest.mark.mail_host(config="followed", trace=True, canary=None)
@pytest.mark.parametrize(
    "content, name, where",
    [
        ("Subject: cheap pills\r\n\r\nx\r\n", "header_checks", "/etc/postfix/head:2"),
        ("Subject: later\r\n\r\nx\r\n", "header_checks", "/etc/postfix/head:3"),
        ("Subject: never\r\n\r\nx\r\n", "header_checks", "/etc/postfix/head:4"),
        (PART, "mime_header_checks", "/etc/postfix/parts:1"),
        ("Subject: x\r\n\r\na lottery\r\n", "body_checks", "/etc/postfix/text:1"),
        (BIG, "message_size_limit", "main.cf:14"),
        (LOOP, "hopcount_limit", "main.cf:15"),
    ],
    ids=["refused", "held", "discarded", "part", "body", "size", "hops"],
)
def test_content(lab: Scene, remote: MakeRemote, content: str, name: str, where: str) -> None:
    """Each check with the line of its table, also where it holds or discards an accepted mail; each limit with its own."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="bob@lab.test", data=content)
    lab.check(seen, decided_by(name), may_log("hopcount|file size limit"), without=("accepted-arrives",))
    assert place(seen) == where


@pytest.mark.mail_host(config="followed", trace=True, canary=None)
def test_alias_loop(lab: Scene, remote: MakeRemote) -> None:
    """The entry of the table that leads back to itself is named, and the limit that ended it is told."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="one@lab.test")
    lab.check(seen, decided_by("virtual_alias_maps"), may_log("unreasonable virtual_alias_maps map nesting"))
    assert place(seen) == "/etc/postfix/forward:1"


@pytest.mark.mail_host(main=TWO_MILTERS, milter="reject", trace=True, canary=None)
def test_milter_that_refuses(lab: Scene, remote: MakeRemote) -> None:
    """Of two milters the one that was asked last is named."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    lab.check(seen, decided_by("smtpd_milters inet:127.0.0.1:8893"))
    assert place(seen) == "override"


@pytest.mark.mail_host(main=TWO_MILTERS, milter="absent", trace=True, canary=None)
def test_milter_that_is_absent(lab: Scene, remote: MakeRemote) -> None:
    """The milter that could not be asked decided, and what is done then is told."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    decided = decided_by("smtpd_milters inet:127.0.0.1:8893")
    lab.check(seen, decided, may_log("Milter service"), without=("infrastructure",))
    (session,) = explain(seen).sessions
    assert session.decision is not None
    assert session.decision.step is not None
    assert session.decision.step.answers[0].startswith("milter_default_action = ")


def spoken(*lines: str) -> Dialogue:
    """A session in which these lines are said, whatever the replies are."""
    return Dialogue(tuple(Command(line) for line in ("EHLO mail.good.example", *lines, "QUIT")))


@pytest.mark.mail_host(main={"smtpd_tls_security_level": "encrypt"}, trace=True, canary=None)
def test_tls_wanted(lab: Scene, remote: MakeRemote) -> None:
    """A service that wants TLS first does so by one parameter."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    lab.check(seen, decided_by("smtpd_tls_security_level"))


@pytest.mark.mail_host(trace=True)
def test_login_where_none_is_taken(lab: Scene, remote: MakeRemote) -> None:
    """AUTH is not enabled."""
    seen = remote("203.0.113.10", name="mail.good.example").send(dialogue=spoken("AUTH PLAIN AGEAYg=="))
    lab.check(seen, decided_by("smtpd_sasl_auth_enable"))


@pytest.mark.mail_host(main={"strict_rfc821_envelopes": "yes"}, trace=True)
def test_address_without_brackets(lab: Scene, remote: MakeRemote) -> None:
    """The parameter refuses it, not the lists."""
    seen = remote("203.0.113.10", name="mail.good.example").send(dialogue=spoken("MAIL FROM:ann@good.example"))
    lab.check(seen, decided_by("strict_rfc821_envelopes"), may_log("Illegal address syntax"))


@pytest.mark.mail_host(main={"smtpd_client_recipient_rate_limit": "1"}, trace=True, canary=None)
def test_rate(lab: Scene, remote: MakeRemote) -> None:
    """A limit that anvil(8) counts is told by its warning."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to=("bob@lab.test", "eve@lab.test"))
    lab.check(seen, decided_by("smtpd_client_recipient_rate_limit", recipient="eve@lab.test"), may_log("rate limit exceeded"))


OWNED = {
    "smtpd_sender_restrictions": "reject_non_fqdn_sender, reject_sender_login_mismatch",
    "smtpd_sender_login_maps": "inline:{{ann@lab.test=ann}}",
    "smtpd_sasl_auth_enable": "yes",
}


@pytest.mark.mail_host(main=OWNED, trace=True)
@pytest.mark.parametrize("name", ["reject_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch"])
def test_restriction_that_is_a_class(lab: Scene, remote: MakeRemote, name: str) -> None:
    """Smtpd replaces reject_sender_login_mismatch by two others: what the admin wrote counts, and what smtpd logs."""
    seen = remote("203.0.113.10", name="mail.good.example").send(sender="ann@lab.test")
    lab.check(seen, refused("RCPT", 553, "5.7.1", "not logged in"), decided_by(name))
    assert place(seen) == "override"


@pytest.mark.mail_host(config="old_defaults", trace=True)
def test_what_postfix_asks_by_itself(lab: Scene, remote: MakeRemote) -> None:
    """With old defaults smtpd tries its newer ones to warn of them; that decides nothing, and a note says why."""
    seen = remote("203.0.113.10", name="mail.good.example").send()
    lab.check(seen, accepted(), may_log("backwards-compatible"))
    explanation = explain(seen)
    (session,) = explanation.sessions
    assert session.decision is not None
    assert (session.service, session.decision.why) == ("smtp/inet", "nothing refused")
    assert [note.split(",")[0] for note in explanation.configured.notes] == [
        "main.cf has no compatibility_level", "the folder has no master.cf",
    ]  # fmt: skip
    asked = [evaluation.kind for command in session.commands for evaluation in command.lists if evaluation.ran]
    assert asked.count("probe") == 1
