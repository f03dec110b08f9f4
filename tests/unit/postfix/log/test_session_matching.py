"""Connections of one address and sessions of the log that could be any of theirs: the facts that tell them apart."""

from __future__ import annotations

from postfix_lab.postfix.log.session_matching import match_sessions
from tests.unit.postfix.log.sessions import ADDRESS, logged, spoken

BANNER, OK, DENIED = ("CONNECT", "220 mx"), ("RCPT", "250 2.1.5 Ok"), ("RCPT", "554 5.7.1 no")
TWO = f"""
@1.0 postfix/smtpd[7]: connect from unknown[{ADDRESS}]
@1.0 postfix/smtpd[8]: connect from unknown[{ADDRESS}]
"""


def pids(*transcripts: object, log: str) -> list[int | None]:
    found = match_sessions(transcripts, logged(log))  # type: ignore[arg-type]  # transcripts or None
    return [session.pid if session else None for session in found]


def test_the_order_of_arrival_decides_where_nothing_else_does() -> None:
    """Connections that are alike in all, or still open, have the sessions in their order."""
    assert pids(spoken(1.0, BANNER), spoken(1.0, BANNER), log=TWO) == [7, 8]
    assert pids(None, None, log=TWO) == [7, 8]


def test_a_connection_more_than_the_log_has_goes_without() -> None:
    """It is the one that got no reply: smtpd may not have seen it."""
    assert pids(spoken(1.0, ended="closed"), spoken(1.0, BANNER), log=TWO.strip().splitlines()[0]) == [None, 7]
    assert pids(log=TWO) == []


def test_a_queue_id_outweighs_everything() -> None:
    """The client was told it, and the session that accepted the message has it; one with another message has not."""
    sent = [spoken(at, BANNER, ("MESSAGE", f"250 2.0.0 Ok: queued as {name}")) for at, name in ((9, "BBBB91925A4"), (1, "AAAA91925A4"))]
    accepted = "".join(
        f"@1.0 postfix/smtpd[{pid}]: {name}: client=unknown[{ADDRESS}]\n" for pid, name in ((7, "AAAA91925A4"), (8, "BBBB91925A4"))
    )
    assert pids(*sent, log=TWO + accepted) == [8, 7]
    assert pids(sent[0], spoken(1.0, BANNER), log=TWO + accepted) == [8, 7]


def test_a_refusal_is_logged_between_the_command_and_its_reply() -> None:
    """By the reply's code and the time."""
    line = f"@{{}} postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[{ADDRESS}]: 554 5.7.1 no; from=<a@b.example> to=<c@d.example>\n"
    assert pids(spoken(1.0, BANNER, DENIED), spoken(1.0, BANNER, OK), log=TWO + line.format(1.1)) == [8, 7]
    early, late = spoken(1.0, BANNER, DENIED), spoken(1.0, BANNER, OK, DENIED)
    assert pids(late, early, log=TWO + line.format(1.1)) == [7, 8]
    assert pids(early, late, log=TWO + line.format(1.2)) == [7, 8]
    assert pids(spoken(1.0, BANNER, ("RCPT", "450 4.7.1 no")), spoken(1.0, BANNER), log=TWO + line.format(1.1)) == [7, 8]


def test_a_refusal_names_what_the_client_said() -> None:
    """Sender, recipient and HELO name, however they are written; a client that never said one contradicts nothing."""
    line = f"@1.2 postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[{ADDRESS}]: 554 5.7.1 no; from=<a@b.example> to=<c@d.example> proto=SMTP helo=<e.example>\n"
    right = ("MAIL FROM:<a@B.example>", "RCPT TO:<c@d.example>", "EHLO e.example")
    for wrong in (("MAIL FROM:<x@b.example>", *right[1:]), (right[0], "RCPT TO:<x@d.example>", right[2]), (*right[:2], "EHLO x.example")):
        mine, other = (
            spoken(1.0, ("HELO", "250 mx", helo), ("MAIL", "250 Ok", sender), (*DENIED, recipient))
            for sender, recipient, helo in (right, wrong)
        )
        assert pids(mine, other, log=TWO + line) == [8, 7]
        assert pids(other, mine, log=TWO + line) == [7, 8]
    silent = spoken(1.0, BANNER, OK, DENIED)
    assert pids(silent, spoken(1.0, BANNER), log=TWO + line) == [8, 7]


def test_a_warning_of_a_restriction_is_no_refusal() -> None:
    """`warn_if_reject` logs what the client is not told."""
    line = f"@5.0 postfix/smtpd[7]: NOQUEUE: reject_warning: RCPT from unknown[{ADDRESS}]: 554 5.7.1 no; from=<> to=<c@d.example>\n"
    assert pids(spoken(1.0, BANNER, OK), spoken(1.0, BANNER), log=TWO + line) == [7, 8]


def test_connect_is_logged_before_the_banner_and_after_the_connection() -> None:
    """A session that began before the connection, or after its first reply, is another one's."""
    apart = TWO.replace("@1.0 postfix/smtpd[8]", "@2.0 postfix/smtpd[8]")
    assert pids(spoken(1.9, BANNER), spoken(1.0, BANNER), log=apart) == [8, 7]
    assert pids(spoken(1.5, BANNER), log=apart) == [7] or pids(spoken(1.5, BANNER), log=apart) == [8]
    assert pids(spoken(2.0, BANNER), log=apart) == [8]


def test_disconnect_is_logged_after_the_last_command_and_near_the_end() -> None:
    """The session that ended before the client's last command is another one's; of two later ones the nearer is right."""
    ends = f"@1.05 postfix/smtpd[7]: disconnect from x[{ADDRESS}]\n@1.3 postfix/smtpd[8]: disconnect from x[{ADDRESS}]\n"
    assert pids(spoken(1.0, BANNER, OK, OK), spoken(1.0, BANNER), log=TWO + ends) == [8, 7]
    later = ends.replace("@1.05", "@1.9")
    assert pids(spoken(1.0, BANNER, OK, OK), spoken(1.0, BANNER, OK, OK, ended="dropped"), log=TWO + later) == [8, 7]


def test_a_reply_that_hangs_up_may_answer_what_smtpd_never_read() -> None:
    """The client sent its next command when the 421 was under way already."""
    ends = f"@1.15 postfix/smtpd[7]: disconnect from x[{ADDRESS}]\n@1.3 postfix/smtpd[8]: disconnect from x[{ADDRESS}]\n"
    cut = spoken(1.0, BANNER, OK, ("DATA", "421 4.7.0 Error: too many errors"), ended="closed")
    assert pids(spoken(1.0, BANNER, OK, OK), cut, log=TWO + ends) == [8, 7]


def test_smtpd_counts_the_commands() -> None:
    """Also those of a session in which nothing was refused and nothing accepted."""
    ends = (
        f"@1.5 postfix/smtpd[7]: disconnect from x[{ADDRESS}] ehlo=1 mail=1 rcpt=2 quit=1 commands=5\n"
        f"@1.5 postfix/smtpd[8]: disconnect from x[{ADDRESS}] ehlo=1 mail=1 rcpt=1 quit=1 commands=4\n"
    )
    one, two = ((("MAIL", "250 Ok"), *[OK] * count, ("QUIT", "221 Bye")) for count in (1, 2))
    first = spoken(1.0, BANNER, ("HELO", "250 mx"), *one)
    second = spoken(1.0, BANNER, *two)
    assert pids(first, second, log=TWO + ends) == [8, 7]
    assert pids(second, first, log=TWO + ends) == [7, 8]


def test_behind_postscreen_the_first_reply_is_not_smtpds() -> None:
    """It may have greeted the client long before smtpd takes it."""
    (session,) = logged(f"@9.0 postfix/smtpd[7]: connect from unknown[{ADDRESS}]")
    (session.screened,) = logged(f"@1.0 postfix/postscreen[5]: CONNECT from [{ADDRESS}]:1000 to [192.0.2.21]:25")
    (other,) = logged(f"@9.0 postfix/smtpd[8]: connect from unknown[{ADDRESS}]")
    mine = spoken(1.0, BANNER)
    assert match_sessions([mine], [other, session]) == (session,)
