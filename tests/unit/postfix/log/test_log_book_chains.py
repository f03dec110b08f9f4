"""A mail that gets another queue id on its way is one mail, which is over when its last copy is."""

from __future__ import annotations

from tests.unit.postfix.log.log_script import HOST, book_of, found, lines

CLIENT = "mail.good.example[203.0.113.10]:40001"
FRONT = f"""
    postfix/smtpd[1]: connect from {CLIENT}
    postfix/smtpd[1]: 4AAAA12345: client={CLIENT}
    postfix/qmgr[2]: 4AAAA12345: from=<a@b.example>, size=4, nrcpt=1 (queue active)
    postfix/smtpd[1]: disconnect from {CLIENT} data=1
    postfix/smtpd[3]: connect from localhost[127.0.0.1]:5000
    postfix/smtpd[3]: 4BBBB12345: client=localhost[127.0.0.1]:5000
"""
NAMED = """
    postfix/smtp[4]: 4AAAA12345: to=<b@c.example>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 queued as 4BBBB12345)
    postfix/qmgr[2]: 4AAAA12345: removed
"""
BACK = """
    postfix/qmgr[2]: 4BBBB12345: from=<a@b.example>, size=4, nrcpt=1 (queue active)
    postfix/smtpd[3]: disconnect from localhost[127.0.0.1]:5000 data=1
"""
REMOVED = "postfix/qmgr[2]: 4BBBB12345: removed"


def test_what_a_content_filter_hands_back_is_waited_for() -> None:
    """Its line may come before or behind the one that names it."""
    begun, _, renamed = FRONT.rpartition("    postfix/smtpd[3]: 4BBBB")
    for script in ((FRONT, NAMED, BACK), (begun, NAMED, f"postfix/smtpd[3]: 4BBBB{renamed}", BACK)):
        book = book_of(*script)
        assert not found(book, "203.0.113.10").is_finished(["4AAAA12345"])
        assert book.pending_queue_ids(HOST) == ["4BBBB12345"]
        book.add(lines(REMOVED)[0])
        assert found(book, "203.0.113.10").is_finished(["4AAAA12345"])
        assert book.pending_queue_ids(HOST) == []


def test_what_a_content_filter_did_not_complete_is_not_waited_for() -> None:
    """It began to hand the mail back, by XFORWARD, and left."""
    script = FRONT.replace("4BBBB12345: client=localhost[127.0.0.1]:5000", "4BBBB12345: client=x[127.0.0.1]:5000, orig_queue_id=4AAAA12345")
    book = book_of(script, "postfix/qmgr[2]: 4AAAA12345: removed")
    assert not found(book, "203.0.113.10").is_finished(["4AAAA12345"])
    book.add(lines("postfix/smtpd[3]: disconnect from localhost[127.0.0.1]:5000 rcpt=1 data=0/1")[0])
    assert found(book, "203.0.113.10").is_finished(["4AAAA12345"])


def test_message_of_another_smtpd_is_claimed() -> None:
    """Before a proxy filter the client is told a queue id that its own smtpd never logs."""
    book = book_of(FRONT.replace("    postfix/smtpd[1]: 4AAAA12345: client=" + CLIENT, ""), BACK)
    session = found(book, "203.0.113.10")
    book.claim(session, ["4BBBB12345", "4CCCC12345"])
    assert (session.queue_ids, session.is_finished(["4BBBB12345"])) == (("4BBBB12345",), False)
    book.add(lines(REMOVED)[0])
    assert session.is_finished(["4BBBB12345"])


def test_what_pickup_takes_is_waited_for() -> None:
    """Unless a milter refuses it."""
    book = book_of("postfix/pickup[1]: 4BBBB12345: uid=0 from=<a@b.example>")
    assert book.pending_queue_ids(HOST) == ["4BBBB12345"]
    refused = "milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1 no; from=<a@b.example> to=<b@c.example>"
    book.add(lines(f"postfix/cleanup[2]: 4BBBB12345: {refused}")[0])
    assert book.pending_queue_ids(HOST) == []


def test_bounce_that_cannot_be_made() -> None:
    """The message stays in the queue, and nothing more is logged."""
    book = book_of(
        FRONT.partition("    postfix/smtpd[3]")[0],
        "postfix/smtp[4]: 4AAAA12345: to=<b@c.example>, relay=none, status=bounced (no)",
        "postfix/qmgr[2]: 4AAAA12345: status=deferred (bounce failed)",
    )
    assert found(book, "203.0.113.10").is_finished(["4AAAA12345"])
    assert book.deferred_messages() == {(HOST, "4AAAA12345"): 1}
