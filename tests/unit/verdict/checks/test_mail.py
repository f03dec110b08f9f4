"""Checks of what was delivered, each of them in both directions."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.verdict.checks import (
    Check,
    Status,
    bounced,
    delivered,
    header,
    no_received_spf,
    not_delivered,
    peer_received,
    received_spf,
    spf_result,
)
from postfix_lab.verdict.checks.mail import spf_sentence
from tests.unit.evidence_builder import (
    CLIENT,
    CONTENT,
    GOOD_LOG,
    SINK,
    evidence,
    log_of,
    message,
    query,
    refused_at_rcpt,
)

PEER = "198.51.100.25"
BOUNCED = "smtp: 4ABCD12345: to=<x@far.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.1, status=bounced (no)"


@pytest.mark.parametrize(
    "check",
    [
        delivered(),
        delivered(to="bob@lab.test"),
        received_spf("pass"),
        received_spf("Pass", identity="mailfrom", client_ip=CLIENT, helo="MAIL.good.example"),
        header("Subject", "lab"),
        header("received", r"ESMTP id \w+ for <bob@lab\.test>"),
    ],
)
def test_delivery_passes_and_a_refusal_fails(check: Check) -> None:
    """What a delivered message shows is a failure when nothing reached the sink, and says why."""
    assert check.judge(evidence()).status is Status.PASS
    finding = check.judge(refused_at_rcpt())
    assert finding.status is Status.FAIL
    assert finding.got == "nothing reached the sink; RCPT refused with 450 4.7.25"


@pytest.mark.parametrize(
    "check",
    [
        delivered(2),
        delivered(0),
        delivered(to="carol@lab.test"),
        not_delivered(),
        received_spf("fail"),
        received_spf("pass", identity="helo"),
        received_spf("pass", receiver="other.test"),
        no_received_spf(),
        header("X-Nobody"),
        header("Subject", "spam"),
        peer_received(PEER),
        peer_received(SINK),
        bounced(),
    ],
)
def test_each_part_of_a_delivery_counts(check: Check) -> None:
    """Another number, recipient, result, field or header is a failure."""
    assert check.judge(evidence()).status is Status.FAIL


def test_nothing_delivered_is_wanted_and_seen() -> None:
    """A refused mail leaves the sink empty."""
    assert not_delivered().judge(refused_at_rcpt()).status is Status.PASS


def test_header_that_is_not_there_is_told_apart_from_no_message() -> None:
    """Without a message there is nothing that lacks the header."""
    bare = evidence(messages=(message(content="Subject: lab\r\n\r\nReceived-SPF: pass\r\n"),))
    assert no_received_spf().judge(bare).status is Status.PASS
    assert received_spf("pass").judge(bare).got == "no Received-SPF header"
    assert no_received_spf().judge(refused_at_rcpt()).status is Status.FAIL


def test_peer_is_told_by_its_address_and_envelope() -> None:
    """The sink is no peer, and every named part of the envelope counts."""
    bounce = message(server=PEER, protocol="ESMTP", sender="", recipients=("ann@good.example",), content=CONTENT)
    seen = evidence(messages=(bounce,))
    assert peer_received(PEER, sender="", to="ann@good.example", text="Hello").judge(seen).status is Status.PASS
    for other in (
        peer_received(PEER, sender="ann@good.example"),
        peer_received(PEER, to="bob@lab.test"),
        peer_received(PEER, text="Undelivered"),
        peer_received("198.51.100.26"),
    ):
        assert other.judge(seen).status is Status.FAIL


def test_peer_is_told_by_port_and_login() -> None:
    """Where the message came to, and who had logged in, in both directions; what was got is told with them."""
    seen = evidence(messages=(message(server=PEER, protocol="ESMTP", port=465, login="ann"),))
    assert peer_received(PEER, port=465, login="ann").judge(seen).status is Status.PASS
    wrong = peer_received(PEER, port=25).judge(seen)
    assert wrong.status is Status.FAIL
    assert wrong.got.endswith("> at port 465 from the login ann")
    assert peer_received(PEER, login="").judge(seen).status is Status.FAIL
    assert peer_received(PEER, login="").want.endswith("got a message without a login")
    assert peer_received(PEER, port=25, login="eve").want.endswith("at port 25 from the login eve")


def test_bounce_is_found_by_recipient_and_accounted_for() -> None:
    """The delivery that failed is expected by the check that wants it."""
    seen = evidence(log=log_of(BOUNCED))
    assert bounced().judge(seen).status is Status.PASS
    assert bounced("x@far.example").expects(seen.log[0])
    assert bounced("y@far.example").judge(seen).status is Status.FAIL
    assert not bounced("y@far.example").expects(seen.log[0])


def test_misspelt_result_and_field_are_told_at_once() -> None:
    """RFC 7208 has seven results and Received-SPF a few fields."""
    with pytest.raises(InputError, match="did you mean softfail"):
        received_spf("soft-fail")
    with pytest.raises(InputError, match="did you mean client_ip"):
        received_spf("pass", clientip=CLIENT)  # type: ignore[call-arg]  # a type checker knows it, too


@pytest.mark.parametrize(
    "line, questions, said",
    [
        (None, (), "SPF not checked"),
        (None, (query("good.example", "TXT", "NODATA"),), "SPF record asked for, and no result told"),
        (None, (query("bl.example", "TXT", "NODATA"), query("good.example", "MX", "NODATA")), "SPF not checked"),
        ("policyd-spf: : prepend X-Comment: SPF check N/A for local connections - client-ip=203.0.113.10; helo=x; "
         "envelope-from=a@b; receiver=c ", (), "SPF not checked: SPF check N/A for local connections"),
        (GOOD_LOG[1], (), "SPF pass"),
    ],
)  # fmt: skip
def test_without_a_result(line: str | None, questions: tuple, said: str) -> None:
    """It is told whether SPF was not checked at all, left out on purpose, or checked by somebody who keeps silent."""
    lines = [text for text in GOOD_LOG if "policyd-spf" not in text] + ([line] if line else [])
    seen = evidence(log=log_of(*lines), messages=(), queries=questions)
    assert spf_sentence(seen) == said
    assert (spf_result("fail", "unchecked").judge(seen).status is Status.PASS) == (said != "SPF pass")
    assert (spf_result("fail", "pass").judge(seen).status is Status.PASS) == (said == "SPF pass")


LOCAL = "local: 4ABCD12345: to=<bob@lab.test>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status={} ({})"


@pytest.mark.parametrize(
    "status, reason, wanted",
    [
        ("sent", "delivered to mailbox", Status.FAIL),
        ("sent", "delivered to maildir", Status.FAIL),
        ("sent", "delivered to command: /bin/true", Status.PASS),
        ("bounced", "delivered to file is forbidden", Status.PASS),
    ],
)
def test_a_mailbox_of_the_mail_host_counts(status: str, reason: str, wanted: Status) -> None:
    """What local(8) stored was delivered, though nothing reached the sink."""
    seen = evidence(log=log_of(*GOOD_LOG[:4], LOCAL.format(status, reason)), messages=())
    finding = not_delivered().judge(seen)
    assert finding.status is wanted
    assert finding.got.startswith("nothing reached the sink" if wanted is Status.PASS else "delivered: ")


def test_a_notice_to_the_postmaster_is_no_delivery() -> None:
    """Postfix sends it by itself (notify_classes); it counts for its own recipient alone."""
    notice = message(sender="double-bounce@mx.lab.test", recipients=("postmaster@lab.test",))
    seen = evidence(messages=(notice,), log=log_of(*GOOD_LOG[:1]))
    assert [check.judge(seen).status for check in (not_delivered(), delivered(), delivered(to="postmaster@lab.test"))] == [
        Status.PASS, Status.FAIL, Status.PASS,
    ]  # fmt: skip
