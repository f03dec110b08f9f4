"""Lines tied to sessions: one smtpd at a time, queue ids and their offspring, and policyd-spf's lines."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.postfix.log.log_script import Book, book_of, found, lines, texts

ONE = """
postfix/smtpd[7]: warning: hostname gmail.com does not resolve to address 203.0.113.9
postfix/smtpd[7]: connect from unknown[203.0.113.9]:1000
postfix/smtpd[7]: 8B8491925A4: client=unknown[203.0.113.9]:1000
postfix/cleanup[8]: 8B8491925A4: message-id=<m@a.example>
postfix/qmgr[3]: 8B8491925A4: from=<ann@a.example>, size=3, nrcpt=1 (queue active)
postfix/smtpd[7]: disconnect from unknown[203.0.113.9]:1000 quit=1 commands=5
"""
SENT = "postfix/lmtp[9]: 8B8491925A4: to=<b@lab.test>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status={} (x)"
GONE = "postfix/qmgr[3]: 8B8491925A4: removed"


def test_a_session_has_the_warning_before_it_and_its_message() -> None:
    """What smtpd warns of before `connect from` is the session's, and so is every line with its queue id."""
    session = found(book_of(ONE + SENT.format("sent")), "203.0.113.9", 1000)
    assert texts(session)[0].startswith("warning: hostname gmail.com")
    assert len(session.lines) == 7
    assert session.queue_ids == ("8B8491925A4",)
    assert (session.pid, session.service, session.is_over) == (7, "smtpd", True)


def test_finished_waits_for_the_accepted_message() -> None:
    """Without an accepted message the end of the session is enough; with one it has to be removed."""
    before = found(book_of(ONE + SENT.format("sent")), "203.0.113.9", 1000)
    after = found(book_of(ONE + SENT.format("sent") + "\n" + GONE), "203.0.113.9", 1000)
    assert before.is_finished()
    assert not before.is_finished(["8B8491925A4"])
    assert after.is_finished(["8B8491925A4"])
    assert not after.is_finished(["8B8491925A4", "FFFFFFFFFFF"])


def test_deferred_is_a_resting_state_until_the_retry() -> None:
    """A message with every recipient tried and one deferred rests; the next attempt wakes it."""
    rests = ONE + SENT.format("deferred")
    assert found(book_of(rests), "203.0.113.9").is_finished(["8B8491925A4"])
    retried = rests + "\npostfix/qmgr[3]: 8B8491925A4: from=<ann@a.example>, size=3, nrcpt=1 (queue active)"
    assert not found(book_of(retried), "203.0.113.9").is_finished(["8B8491925A4"])


@pytest.mark.parametrize("action", ["hold", "discard"])
def test_a_parked_message_is_at_rest(action: str) -> None:
    """A held or discarded message never reaches qmgr, so nothing more is waited for."""
    what = f"postfix/smtpd[7]: 8B8491925A4: {action}: RCPT from unknown[203.0.113.9]:1000: <b@lab.test>: x; proto=SMTP"
    script = ONE.strip().splitlines()
    session = found(book_of(*script[:3], what, script[-1]), "203.0.113.9")
    assert session.is_finished(["8B8491925A4"])
    before = what.replace("8B8491925A4", "NOQUEUE")
    assert found(book_of(script[0], before, *script[1:3], script[-1]), "203.0.113.9").is_finished(["8B8491925A4"])


BOUNCE = ("""
postfix/cleanup[8]: 902251925AE: message-id=<n@lab.test>
postfix/qmgr[3]: 902251925AE: from=<>, size=9, nrcpt=1 (queue active)
postfix/bounce[5]: 8B8491925A4: sender non-delivery notification: 902251925AE
""" + GONE)  # fmt: skip
BOUNCE_SENT = """
postfix/smtp[6]: 902251925AE: to=<ann@a.example>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)
postfix/qmgr[3]: 902251925AE: removed
"""


def test_a_bounce_belongs_to_the_session_that_caused_it() -> None:
    """The notification's lines, also those before its id is known, are the session's, and its end is waited for."""
    half = found(book_of(ONE + SENT.format("bounced") + BOUNCE), "203.0.113.9")
    whole = found(book_of(ONE + SENT.format("bounced") + BOUNCE + BOUNCE_SENT), "203.0.113.9")
    assert not half.is_finished(["8B8491925A4"])
    assert whole.is_finished(["8B8491925A4"])
    assert whole.queue_ids == ("8B8491925A4", "902251925AE")
    assert "902251925AE: message-id=<n@lab.test>" in texts(whole)


def test_a_bounce_is_waited_for_before_its_id_is_known() -> None:
    """`removed` may overtake bounce(8)'s line; NOTIFY=NEVER, which gets no notification, is the caller's to say."""
    session = found(book_of(ONE + SENT.format("bounced") + "\n" + GONE), "203.0.113.9")
    assert not session.is_finished(["8B8491925A4"])
    assert session.is_finished(["8B8491925A4"], notices=False)


def test_forwarded_and_requeued_messages_are_followed() -> None:
    """The id that local(8) forwards as and the id that pickup(8) gives a requeued message belong to the session."""
    forwarded = ONE + SENT.format("sent").replace("(x)", "(forwarded as C81FA1925C5)") + "\n" + GONE
    requeued = "\npostfix/pickup[4]: A6474192581: uid=1 from=<a@a.example> orig_id=C81FA1925C5"
    gone = "\npostfix/qmgr[3]: A6474192581: removed"
    session = found(book_of(forwarded + requeued), "203.0.113.9")
    assert not session.is_finished(["8B8491925A4"])
    assert found(book_of(forwarded + requeued + gone), "203.0.113.9").is_finished(["8B8491925A4"])
    assert session.queue_ids == ("8B8491925A4", "C81FA1925C5", "A6474192581")


def test_two_sessions_from_one_address_are_two_processes() -> None:
    """Two clients with one address at the same time have their own lines, whether their ports are logged or not."""
    other = ONE.replace("[7]", "[17]").replace(":1000", ":2000").replace("8B84", "AAAA")
    both = zip(ONE.strip().splitlines(), other.strip().splitlines(), strict=True)
    book = book_of("\n".join(itertools.chain(*both)))
    one, two = found(book, "203.0.113.9", 1000), found(book, "203.0.113.9", 2000)
    assert not {id(line) for line in one.lines} & {id(line) for line in two.lines}
    assert (len(one.lines), len(two.lines), one.queue_ids, two.queue_ids) == (6, 6, ("8B8491925A4",), ("AAAA91925A4",))
    assert found(book, "203.0.113.9") is two


def test_a_message_that_was_never_completed_rests_when_it_is_cancelled() -> None:
    """Postfix 3.10 says so, and may say it after the session; older releases never do."""
    begun = "\n".join(line for line in ONE.splitlines() if "message-id" not in line and "qmgr" not in line)
    cancelled = "postfix/cleanup[8]: 8B8491925A4: removed (canceled)"
    assert found(book_of(begun), "203.0.113.9").is_finished()
    assert not found(book_of(begun), "203.0.113.9").has_settled
    assert found(book_of(begun, cancelled), "203.0.113.9").has_settled


def test_sessions_from_one_port_are_several() -> None:
    """A port that is free again is given away again: each `connect from` begins another session."""
    book = book_of(ONE, ONE.replace("smtpd[7]", "smtpd[9]").replace("8B8491925A4", "9C9591925A4"))
    first, second = book.of_client("203.0.113.9", 1000)
    assert (first.pid, second.pid) == (7, 9)
    assert (first.queue_ids, second.queue_ids) == (("8B8491925A4",), ("9C9591925A4",))


def test_mail_hosts_do_not_mix() -> None:
    """The same client, pids and queue ids on two mail hosts are two sessions."""
    book = Book()
    for pair in zip(lines(ONE, "192.0.2.21"), lines(ONE, "192.0.2.22"), strict=True):
        for line in pair:
            book.add(line)
    for peer in ("192.0.2.21", "192.0.2.22"):
        assert {line.peer for line in found(book, "203.0.113.9", 1000, peer).lines} == {peer}
        assert len(found(book, "203.0.113.9", 1000, peer).lines) == 6


@pytest.mark.parametrize(
    "end",
    [
        "postfix/smtpd[7]: fatal: out of memory",
        "postfix/master[1]: warning: process /usr/lib/postfix/sbin/smtpd pid 7 killed by signal 11",
        "postfix/smtpd[7]: connect from unknown[203.0.113.10]:1",
    ],
)
def test_a_session_whose_smtpd_died_is_over(end: str) -> None:
    """An smtpd that dies says no `disconnect from`; its last words, master's, or its pid's next session end it."""
    session = found(book_of(f"postfix/smtpd[7]: connect from unknown[203.0.113.9]:1\n{end}"), "203.0.113.9", 1)
    assert (session.is_finished(), session.is_over) == (True, True)


def test_another_daemon_that_died_ends_no_session() -> None:
    """Nor does the same pid on another mail host."""
    session = found(
        book_of(
            "postfix/smtpd[7]: connect from unknown[203.0.113.9]:1",
            "postfix/master[1]: warning: process /usr/lib/postfix/sbin/cleanup pid 8 killed by signal 11",
        ),
        "203.0.113.9",
        1,
    )
    assert (session.is_over, len(session.lines)) == (False, 1)


def test_an_answer_of_policyd_spf_about_a_queued_message_goes_with_its_queue_id() -> None:
    """Though that policyd-spf has served another smtpd before, whose session is still open."""
    answer = "policyd-spf[50]: {}prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=203.0.113.9; helo=h.example"
    book = book_of(
        "postfix/smtpd[7]: connect from unknown[203.0.113.9]:1", answer.format(": "),
        "postfix/smtpd[8]: connect from unknown[203.0.113.9]:2", "postfix/smtpd[8]: 8B8491925A4: client=unknown[203.0.113.9]:2",
        answer.format("8B8491925A4: "),
    )  # fmt: skip
    assert [[line.pid for line in found(book, "203.0.113.9", port).lines] for port in (1, 2)] == [[7, 50], [8, 8, 50]]


def test_a_queue_id_that_is_used_again_is_a_new_message() -> None:
    """Short queue ids come back; the second message is not removed because the first one was."""
    again = ONE.replace("[7]", "[17]").replace(":1000", ":2000")
    book = book_of(ONE + SENT.format("sent") + "\n" + GONE + again)
    assert found(book, "203.0.113.9", 1000).is_finished(["8B8491925A4"])
    assert not found(book, "203.0.113.9", 2000).is_finished(["8B8491925A4"])


def test_postscreen_and_smtpd_are_one_session() -> None:
    """A client that postscreen lets pass goes on with smtpd; one that it turns away has a session of its own."""
    book = book_of("""
        postfix/postscreen[5]: CONNECT from [203.0.113.9]:1000 to [192.0.2.21]:25
        postfix/postscreen[5]: CONNECT from [203.0.113.8]:900 to [192.0.2.21]:25
        postfix/postscreen[5]: PASS OLD [203.0.113.9]:1000
        postfix/smtpd[7]: connect from unknown[203.0.113.9]:1000
        postfix/postscreen[5]: NOQUEUE: reject: RCPT from [203.0.113.8]:900: 550 no; from=<>, to=<b@lab.test>, proto=SMTP, helo=<x>
        postfix/postscreen[5]: DISCONNECT [203.0.113.8]:900
    """)
    passed, refused = found(book, "203.0.113.9", 1000), found(book, "203.0.113.8", 900)
    assert (len(passed.lines), passed.service, passed.is_finished()) == (3, "smtpd", False)
    assert (len(refused.lines), refused.service, refused.is_finished()) == (3, "postscreen", True)


def test_clear_keeps_only_open_sessions() -> None:
    """After `clear` the finished sessions are forgotten, and an open one still gets its lines."""
    book = book_of(ONE + "postfix/smtpd[17]: connect from unknown[203.0.113.10]:5")
    book.clear()
    over, still = found(book, "203.0.113.9"), found(book, "203.0.113.10", 5)
    for line in lines(GONE + "\npostfix/smtpd[17]: disconnect from unknown[203.0.113.10]:5"):
        book.add(line)
    assert (over.is_finished(["8B8491925A4"]), still.is_finished()) == (False, True)


def test_lines_are_in_the_order_of_their_stamps() -> None:
    """Two sockets of syslog may swap lines; the stamps put them right."""
    book = book_of(ONE.replace("postfix/qmgr[3]", "@0.0001 postfix/qmgr[3]"))
    assert "queue active" in texts(found(book, "203.0.113.9"))[0]


def test_what_waits_and_what_was_tried_again() -> None:
    """A deferred message waits; the next attempt counts when it has come to rest, not before."""
    key = ("192.0.2.21", "8B8491925A4")
    again = ONE.strip().splitlines()[4]
    first = book_of(ONE, SENT.format("deferred"))
    assert first.deferred_messages() == {key: 1}
    assert not first.was_retried(*key, 1)
    assert not book_of(ONE, SENT.format("deferred"), again).was_retried(*key, 1)
    assert book_of(ONE, SENT.format("deferred"), again, SENT.format("deferred")).was_retried(*key, 1)
    done = book_of(ONE, SENT.format("deferred"), again, SENT.format("sent"), GONE)
    assert done.was_retried(*key, 1)
    assert done.deferred_messages() == {}


def test_a_message_that_was_parked_before_it_had_its_queue_id() -> None:
    """Since 3.10 a milter's hold is logged before: at CONNECT for every message, at MAIL for the next one."""
    hold = "postfix/smtpd[7]: NOQUEUE: milter-hold: {} from unknown[203.0.113.9]:1000: default_action; proto=SMTP"
    connect, accepted, end = (ONE.strip().splitlines()[number] for number in (1, 2, 5))
    other = accepted.replace("8B8491925A4", "9C9491925A4")
    all_of_them = found(book_of(connect, hold.format("CONNECT"), accepted, other, end), "203.0.113.9")
    assert all_of_them.is_finished(["8B8491925A4", "9C9491925A4"])
    one = found(book_of(connect, hold.format("MAIL"), accepted, other, end), "203.0.113.9")
    assert one.is_finished(["8B8491925A4"])
    assert not one.is_finished(["9C9491925A4"])


def test_a_file_that_could_not_be_written_is_given_up_in_a_line_of_its_own() -> None:
    """By the same cleanup(8) on the same mail host; after `clear` nothing is waited for."""
    failed = "postfix/cleanup[{}]: warning: 8B8491925A4: write queue file: No space left on device"
    closed = "postfix/cleanup[{}]: warning: mail_stream_cleanup: close error"
    assert not book_of(closed.format(4)).owes_warning("192.0.2.21")
    book = book_of(failed.format(4), closed.format(5))
    assert (book.owes_warning("192.0.2.21"), book.owes_warning("192.0.2.22")) == (True, False)
    assert not book_of(failed.format(4), closed.format(4)).owes_warning("192.0.2.21")
    book.clear()
    assert not book.owes_warning("192.0.2.21")


def test_what_is_still_on_its_way() -> None:
    """All messages that are not settled; of a mail host, those that came from outside, and notices."""
    notice = "postfix/qmgr[3]: C81FA1925C5: from=<>, size=3, nrcpt=1 (queue active)"
    book = book_of(ONE, notice)
    assert book.active_queue_ids() == {"8B8491925A4", "C81FA1925C5"}
    assert (book.pending_queue_ids("192.0.2.21"), book.pending_queue_ids("192.0.2.22")) == (["8B8491925A4"], [])
    assert [message.queue_id for message in book.notices("192.0.2.21")] == ["C81FA1925C5"]
    assert book.notices("192.0.2.22") == []
    done = book_of(ONE, SENT.format("sent"), GONE, notice, GONE.replace("8B8491925A4", "C81FA1925C5"))
    assert (done.active_queue_ids(), done.notices("192.0.2.21")) == (set(), [])
