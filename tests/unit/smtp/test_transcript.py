"""What a transcript says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.smtp.transcript import Exchange, Reply, queue_id_in, recipient_in
from tests.unit.evidence_builder import QUEUE_ID, reply, session


@pytest.mark.parametrize("code, positive", [(199, False), (200, True), (250, True), (354, True), (399, True), (400, False), (550, False)])
def test_what_is_positive(code: int, *, positive: bool) -> None:
    """2xx and 3xx (RFC 5321 section 4.2.1)."""
    assert Reply(code, ()).positive is positive


@pytest.mark.parametrize(
    "written, text",
    [
        (Reply(250, ("a", "b")), "250 a b"),
        (Reply(450, ("no",), "4.7.25"), "450 4.7.25 no"),
        (Reply(250, ("",)), "250"),
    ],
)
def test_a_reply_as_text(written: Reply, text: str) -> None:
    """Its lines in one, the enhanced code in front."""
    assert str(written) == text


def test_replies_of_a_stage() -> None:
    """In order, without what was never answered."""
    transcript = session(RCPT="450 4.7.25 no")
    assert [r.code for r in transcript.replies("RCPT")] == [450]
    assert session(RCPT=None).replies("RCPT") == ()
    assert transcript.replies("AUTH") == ()


@pytest.mark.parametrize(
    "text, ids",
    [
        (f"250 2.0.0 Ok: queued as {QUEUE_ID}", (QUEUE_ID,)),
        (f"250 2.0.0 from MTA(smtp:[::1]): 250 2.0.0 Ok: queued as {QUEUE_ID}", (QUEUE_ID,)),
        ("250 2.0.0 Ok", ()),
        ("451 4.3.0 queued as ABC", ()),
    ],
)
def test_queue_ids(text: str, ids: tuple[str, ...]) -> None:
    """Only of what was accepted, also where a proxy hands on the reply of another."""
    assert session(MESSAGE=text).queue_ids == ids


@pytest.mark.parametrize(
    "command, address",
    [
        ("RCPT TO:<bob@lab.test>", "bob@lab.test"),
        ("rcpt to: <Bob@Lab.test> NOTIFY=NEVER", "Bob@Lab.test"),
        ("RCPT TO:<@relay.example,@b.example:bob@lab.test>", "bob@lab.test"),
        ('RCPT TO:<"a > b"@lab.test>', '"a > b"@lab.test'),
        ("RCPT TO:bob@lab.test", "bob@lab.test"),
        ("RCPT TO:<>", ""),
        ("MAIL FROM:<ann@good.example>", ""),
        ("", ""),
    ],
)
def test_recipient_of_a_command(command: str, address: str) -> None:
    """The address as it was written, without brackets, route and parameters."""
    assert recipient_in(command) == address


@pytest.mark.parametrize(
    "text, queue_id",
    [
        ("Ok: queued as 4ABCD12345", "4ABCD12345"),
        ("from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 3Xy9Zz1bCd", "3Xy9Zz1bCd"),
        ("Ok", ""),
        ("Ok: enqueued as X", ""),
    ],
)
def test_queue_id_of_a_reply(text: str, queue_id: str) -> None:
    """What follows `queued as`; nothing where there is none."""
    assert queue_id_in(text) == queue_id


def test_refused_mail_has_no_queue_id() -> None:
    """A refusal that quotes an acceptance is none."""
    assert session().queue_ids == (QUEUE_ID,)
    assert reply("554 5.3.0 lost after queued as 4ABCD12345").queue_id == ""


@pytest.mark.parametrize("code, hangs_up", [(421, True), (521, True), (221, False), (554, False)])
def test_who_hangs_up(code: int, hangs_up: bool) -> None:
    """RFC 5321 section 3.8, and Postfix for 521."""
    assert replace(reply("250 Ok"), code=code).hangs_up is hangs_up


def test_first_refusal() -> None:
    """Whatever it is about; QUIT refuses nothing, and no reply is no refusal."""
    assert session().first_refusal is None
    refused = session(RCPT="450 4.7.1 no")
    assert refused.first_refusal == refused.exchanges[3]
    assert replace(refused, exchanges=(Exchange("QUIT", "QUIT", reply("500 what"), 0.0),)).first_refusal is None
    assert session(RCPT=None).first_refusal is None


def test_the_recipient_of_an_exchange() -> None:
    """Only RCPT names one."""
    assert Exchange("RCPT", "RCPT TO:<bob@lab.test>", None, 0.0).recipient == "bob@lab.test"
    assert Exchange("MAIL", "RCPT TO:<bob@lab.test>", None, 0.0).recipient == ""
