"""policyd-spf's lines carry no session: they are tied by client, sender, HELO and time."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.inside.internet.loghost import parse_rfc5424
from postfix_lab.postfix.log import Disconnect, LogLine, PolicySpf, SessionLog, parse
from tests.unit.postfix.log.log_script import HOST, Book, book_of, found

SPF = "policyd-spf[{pid}]: : prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip={ip}; helo={helo}; envelope-from={sender}; receiver=lab.test"
WHY = "Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=ann@a.example;ip=203.0.113.9;r=lab.test"
PAIR = """
postfix/smtpd[1]: connect from unknown[203.0.113.9]:1000
postfix/smtpd[2]: connect from unknown[203.0.113.9]:2000
"""


def spf(
    pid: int = 50, ip: str = "203.0.113.9", helo: str = "h.example", sender: str = "ann@a.example", at: float = 0.0
) -> str:
    return (f"@{at} " if at else "") + SPF.format(pid=pid, ip=ip, helo=helo, sender=sender)


def policies(session: SessionLog) -> list[LogLine]:
    return [line for line in session.lines if isinstance(line.event, PolicySpf)]


def refusal(pid: int, port: int, sender: str, helo: str) -> str:
    return (
        f"postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]:{port}: 554 5.7.1 <x@y.example>: Relay access denied; "
        f"from=<{sender}> to=<x@y.example> proto=ESMTP helo=<{helo}>"
    )


def test_spf_belongs_to_the_only_open_session_of_its_client() -> None:
    """One open session of the address is enough; a line about another address is nobody's."""
    connect = "postfix/smtpd[1]: connect from unknown[2001:db8::a]:1"
    book = book_of(connect, spf(ip="2001:db8::a"), spf(51, "2001:db8::b"))
    assert len(policies(found(book, "2001:db8::a", 1))) == 1


def test_spf_of_simultaneous_sessions_follows_sender_and_helo() -> None:
    """With two sessions from one address, the refusal with that sender and HELO takes the line, in any case of letters."""
    refused = refusal(1, 1000, "Ann@A.example", "H.example")
    book = book_of(PAIR, spf(50, sender="b@b.example"), spf(51, helo="other.example"), spf(52), refused)
    assert [line.pid for line in policies(found(book, "203.0.113.9", 1000))] == [52]
    assert policies(found(book, "203.0.113.9", 2000)) == []


def test_spf_of_an_accepted_message_follows_the_sender_in_the_queue() -> None:
    """Nothing but qmgr names the sender of an accepted message."""
    accepted = "postfix/smtpd[2]: 8B8491925A4: client=unknown[203.0.113.9]:2000"
    queued = "postfix/qmgr[3]: 8B8491925A4: from=<ann@a.example>, size=3, nrcpt=1 (queue active)"
    book = book_of(PAIR, spf(50, sender="b@b.example"), spf(51), accepted, queued)
    assert [line.pid for line in policies(found(book, "203.0.113.9", 2000))] == [51]


def test_spf_goes_to_whoever_is_left() -> None:
    """When the other session ends without a trace of it, the line is the remaining one's."""
    book = book_of(PAIR, spf(), "postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000 commands=1")
    assert policies(found(book, "203.0.113.9", 1000)) == []
    assert len(policies(found(book, "203.0.113.9", 2000))) == 1


def test_spf_of_a_client_that_left_after_rcpt() -> None:
    """A queue file without a message shows that a recipient was accepted, so the line was about that session."""
    accepted = "postfix/smtpd[1]: 8B8491925A4: client=unknown[203.0.113.9]:1000"
    book = book_of(PAIR, spf(), accepted, "postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000")
    assert len(policies(found(book, "203.0.113.9", 1000))) == 1
    assert policies(found(book, "203.0.113.9", 2000)) == []


def test_the_same_policyd_answers_the_same_smtpd() -> None:
    """A policyd-spf process that once answered an smtpd is known again, so identical sessions are told apart."""
    first = [PAIR.strip().splitlines()[0], spf(50), "postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000"]
    book = book_of(*first, PAIR.replace("1000", "1001"), spf(51), spf(50))
    assert [line.pid for line in policies(found(book, "203.0.113.9", 1001))] == [50]
    assert [line.pid for line in policies(found(book, "203.0.113.9", 2000))] == [51]


def test_a_policyd_that_answers_for_another_client() -> None:
    """It may serve another smtpd by now: a line about another address is not this session's."""
    first = [PAIR.strip().splitlines()[0], spf(50), "postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000"]
    book = book_of(*first, "postfix/smtpd[1]: connect from unknown[203.0.113.9]:1001", spf(50, "203.0.113.10"))
    assert policies(found(book, "203.0.113.9", 1001)) == []


@pytest.mark.parametrize("said, port", [(WHY, 2000), ("Relay access denied", 1000)])
def test_a_refusal_in_its_own_words(said: str, port: int) -> None:
    """policyd-spf's refusal is the one that smtpd gave with that text, whoever else was refused."""
    other = "<bob@lab.test>: Recipient address rejected: {}"
    refusals = [
        f"postfix/smtpd[{pid}]: NOQUEUE: reject: RCPT from unknown[203.0.113.9]:{at}: 550 5.7.23 {other.format(text)}; "
        "from=<ann@a.example> to=<bob@lab.test> proto=ESMTP helo=<h.example>"
        for pid, at, text in ((1, 1000, "Relay access denied"), (2, 2000, said))
    ]
    book = book_of(PAIR, f"policyd-spf[50]: : 550 5.7.23 {WHY}", *refusals)
    tied = {at: len(policies(found(book, "203.0.113.9", at))) for at in (1000, 2000)}
    assert tied == ({1000: 0, 2000: 1} if port == 2000 else {1000: 0, 2000: 0})


def test_spf_that_arrives_late_belongs_where_its_stamp_says() -> None:
    """A line written before the end of a session and received after it, or after its refusal, is not lost."""
    gone = "@3 postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000"
    refused = "@2.5 " + refusal(1, 1000, "ann@a.example", "h.example")
    came = "@3.1 postfix/smtpd[1]: connect from unknown[203.0.113.9]:1002"
    book = book_of(PAIR, refused, gone, came, spf(at=2.4))
    assert len(policies(found(book, "203.0.113.9", 1000))) == 1
    assert policies(found(book, "203.0.113.9", 2000)) == policies(found(book, "203.0.113.9", 1002)) == []


def test_a_late_line_is_not_the_next_session_of_the_same_smtpd() -> None:
    """policyd-spf is known to serve that smtpd, and yet the stamp says that the line is about the session before."""
    first = [PAIR.strip().splitlines()[0], spf(50), "@3 postfix/smtpd[1]: disconnect from unknown[203.0.113.9]:1000"]
    book = book_of(*first, "@3.1 postfix/smtpd[1]: connect from unknown[203.0.113.9]:1002", spf(50, at=2.9))
    assert len(policies(found(book, "203.0.113.9", 1000))) == 2
    assert policies(found(book, "203.0.113.9", 1002)) == []


def test_spf_is_not_explained_by_what_was_logged_before_it() -> None:
    """An smtpd refuses after policyd-spf has answered, so an earlier refusal, alike in all, was about something else."""
    refusals = [refusal(pid, port, "ann@a.example", "h.example") for pid, port in ((1, 1000), (2, 2000))]
    book = book_of(PAIR, f"@2 {refusals[0]}", spf(at=2.5), f"@3 {refusals[1]}")
    assert policies(found(book, "203.0.113.9", 1000)) == []
    assert len(policies(found(book, "203.0.113.9", 2000))) == 1


def test_a_refusal_of_policyd_spf_is_about_no_accepted_message() -> None:
    """Neither what qmgr says of the message that smtpd takes next explains it, nor that smtpd took one."""
    accepted = "postfix/smtpd[2]: 8B8491925A4: client=unknown[203.0.113.9]:2000"
    queued = "postfix/qmgr[3]: 8B8491925A4: from=<ann@a.example>, size=3, nrcpt=1 (queue active)"
    book = book_of(PAIR, f"policyd-spf[50]: : 550 5.7.23 {WHY}", accepted, queued)
    assert [policies(found(book, "203.0.113.9", port)) for port in (1000, 2000)] == [[], []]
    gone = "@3 postfix/smtpd[2]: disconnect from unknown[203.0.113.9]:2000"
    book = book_of(PAIR, f"policyd-spf[50]: : 550 5.7.23 {WHY}", accepted, gone)
    assert [len(policies(found(book, "203.0.113.9", port))) for port in (1000, 2000)] == [1, 0]


def test_spf_of_the_same_moment() -> None:
    """Stamps have microseconds at best; an equal one is no earlier one."""
    refusals = [refusal(pid, port, "ann@a.example", "h.example") for pid, port in ((1, 1000), (2, 2000))]
    book = book_of(PAIR, f"@2.5 {refusals[0]}", spf(at=2.5), f"@3 {refusals[1]}")
    assert [len(policies(found(book, "203.0.113.9", port))) for port in (1000, 2000)] == [1, 0]


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_a_real_log_comes_apart_into_its_sessions(release: str) -> None:
    """Each session of a real log begins and ends once, and each policyd-spf line is in exactly one of them."""
    file = Path(__file__).parents[1] / "samples" / f"{release}.log"
    book, log = Book(), [parse_rfc5424(line, HOST) for line in file.read_text("utf-8").splitlines()]
    for line in map(parse, log):
        book.add(line)
    sessions = [session for session in book.sessions if session.service == "smtpd"]
    tied = [id(line) for session in sessions for line in session.lines]
    assert len(tied) == len(set(tied))
    assert {sum(isinstance(line.event, Disconnect) for line in session.lines) for session in sessions} == {1}
    assert sum(len(policies(session)) for session in sessions) == sum(line.program == "policyd-spf" for line in log)
    (two,) = (s for s in sessions if any(getattr(line.event, "helo", "") == "two.good.example" for line in s.lines))
    assert ["b1@fail.example" in line.text for line in policies(two)] == [True]
