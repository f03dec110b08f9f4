"""The state of a message, and which lines are a session's."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.log_session import QueuedMessage, SessionLog, child_queue_id, original_queue_id
from tests.unit.postfix.log.log_script import book_of, found, lines

ID = "8B8491925A4"
ACTIVE = f"postfix/qmgr[3]: {ID}: from=<ann@a.example>, size=3, nrcpt=2 (queue active)"
NULL = ACTIVE.replace("ann@a.example", "")
DOUBLE = ACTIVE.replace("ann@a.example", "double-bounce@mx.lab.test")
GONE = f"postfix/qmgr[3]: {ID}: removed"
EXPIRED = f"postfix/qmgr[3]: {ID}: from=<ann@a.example>, status=expired, returned to sender"
NOTICE = f"postfix/bounce[4]: {ID}: sender non-delivery notification: C81FA1925C5"
FAILED = f"postfix/qmgr[3]: {ID}: status=deferred (bounce failed)"
HELD = f"postfix/smtpd[7]: {ID}: hold: RCPT from unknown[203.0.113.9]:1000: <b@lab.test>: x; proto=SMTP"


def to(status: str) -> str:
    return f"postfix/lmtp[9]: {ID}: to=<b@lab.test>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status={status} (x)"


def message(*texts: str) -> QueuedMessage:
    made = QueuedMessage(ID)
    for line in lines("\n".join(texts)):
        made.add(line)
    return made


@pytest.mark.parametrize(
    "texts, settled, with_notice, deferred",
    [
        ([], False, False, False),
        ([ACTIVE], False, False, False),
        ([GONE], True, True, False),
        ([HELD], True, True, False),
        ([HELD.replace("hold", "reject")], False, False, False),
        ([HELD.replace(": hold:", ": discard:")], True, True, False),
        ([ACTIVE, to("sent")], False, False, False),
        ([ACTIVE, to("deferred")], False, False, False),
        ([ACTIVE, to("deferred"), to("sent")], True, True, True),
        ([ACTIVE, to("SOFTBOUNCE"), to("sent")], True, True, True),
        ([ACTIVE, to("sent"), to("sent")], False, False, False),
        ([ACTIVE, to("deferred"), to("sent"), GONE], True, True, False),
        ([ACTIVE, to("deferred"), to("deferred"), ACTIVE], False, False, False),
        ([GONE, ACTIVE], False, False, False),
        ([to("deferred"), to("deferred")], False, False, False),
        ([ACTIVE, to("bounced"), GONE], True, False, False),
        ([ACTIVE, to("bounced"), NOTICE, GONE], True, True, False),
        ([ACTIVE, EXPIRED, GONE], True, False, False),
        ([ACTIVE, EXPIRED, NOTICE, GONE], True, True, False),
        ([NULL, to("bounced"), GONE], True, True, False),
        ([DOUBLE, to("bounced"), GONE], True, True, False),
        ([to("bounced"), GONE], True, True, False),
        ([ACTIVE, to("bounced"), FAILED], True, True, False),
    ],
)
def test_when_a_message_is_settled(texts: list[str], *, settled: bool, with_notice: bool, deferred: bool) -> None:
    """Gone, parked, or deferred with every recipient tried; a bounce of a sender's mail is waited for, if it is asked."""
    made = message(*texts)
    assert (made.is_settled(notices=False), made.is_settled(notices=True), made.is_deferred) == (settled, with_notice, deferred)


def test_how_often_it_was_tried() -> None:
    """Each time that qmgr took it into the active queue."""
    assert [message(*[ACTIVE] * times).tries for times in range(3)] == [0, 1, 2]


def test_marks() -> None:
    """One that is parked or requeued is settled without a line that says so."""
    parked, requeued = message(ACTIVE), message(ACTIVE)
    parked.park()
    requeued.mark_gone()
    assert (parked.is_settled(notices=True), requeued.is_settled(notices=True)) == (True, True)


def test_a_family() -> None:
    """Each message once, though they may lead to each other."""
    one, two, three = (QueuedMessage(name) for name in ("A", "B", "C"))
    one.children, two.children, three.children = {"B": two, "C": three}, {"C": three}, {"A": one}
    assert sorted(member.queue_id for member in one.family()) == ["A", "B", "C"]
    assert [member.queue_id for member in QueuedMessage("D").family()] == ["D"]


@pytest.mark.parametrize(
    "text, child, original",
    [
        (NOTICE, "C81FA1925C5", None),
        (to("sent").replace("(x)", "(forwarded as C81FA1925C5)"), "C81FA1925C5", None),
        (to("sent"), None, None),
        ("postfix/pickup[4]: A6474192581: uid=1 from=<a@a.example> orig_id=C81FA1925C5", None, "C81FA1925C5"),
        ("postfix/pickup[4]: A6474192581: uid=1 from=<a@a.example>", None, None),
        (GONE, None, None),
    ],
)
def test_lines_that_name_another_message(text: str, child: str | None, original: str | None) -> None:
    """One that it grew into, or one that it grew out of."""
    (line,) = lines(text)
    assert (child_queue_id(line), original_queue_id(line)) == (child, original)


def session(*texts: str) -> SessionLog:
    connect = "@1 postfix/smtpd[7]: connect from unknown[203.0.113.9]:1000"
    return found(book_of(connect, *texts), "203.0.113.9", 1000)


def test_what_a_session_covers() -> None:
    """From `connect from` to `disconnect from`, both included; one that is open has no end."""
    still = session()
    assert [still.covers(at) for at in (0.9, 1.0, 99.0)] == [False, True, True]
    over = session("@2 postfix/smtpd[7]: disconnect from unknown[203.0.113.9]:1000")
    assert [over.covers(at) for at in (0.9, 1.0, 2.0, 2.1)] == [False, True, True, False]
    assert (still.is_over, over.is_over, over.started, over.ended, over.peer) == (False, True, 1.0, 2.0, "192.0.2.21")
    assert (over.program, over.service, over.pid) == ("postfix/smtpd", "smtpd", 7)


def test_equal_lines_are_kept_apart() -> None:
    """Two that say the same at the same time are two."""
    noop = "@1.5 postfix/smtpd[7]: improper command pipelining after EHLO from unknown[203.0.113.9]:1000: x"
    assert len(session(noop, noop).lines) == len(session(noop, noop).lines_by_id()) == 3


@pytest.mark.parametrize("stage, first, second", [("CONNECT", True, True), ("EHLO", True, True), ("HELO", True, True), ("MAIL", True, False), ("RCPT", True, False)])
def test_a_hold_before_the_queue_id(stage: str, *, first: bool, second: bool) -> None:
    """At the greeting it holds every message of the session, later the next one."""
    hold = f"@1.1 postfix/smtpd[7]: NOQUEUE: milter-hold: {stage} from unknown[203.0.113.9]:1000: default_action; proto=SMTP"
    began = [f"@1.{number} postfix/smtpd[7]: {name}: client=unknown[203.0.113.9]:1000" for number, name in ((2, "AAA491925A4"), (3, "BBB491925A4"))]
    end = "@2 postfix/smtpd[7]: disconnect from unknown[203.0.113.9]:1000"
    made = session(hold, *began, end)
    assert [made.is_finished([name]) for name in ("AAA491925A4", "BBB491925A4")] == [first, second]
    assert made.has_settled is (first and second)
    assert made.queue_ids == ("AAA491925A4", "BBB491925A4")


def test_a_refusal_holds_nothing() -> None:
    """A rejected recipient is no held message."""
    refuse = "@1.1 postfix/smtpd[7]: NOQUEUE: reject: MAIL from unknown[203.0.113.9]:1000: 550 no; proto=SMTP"
    began = "@1.2 postfix/smtpd[7]: AAA491925A4: client=unknown[203.0.113.9]:1000"
    assert not session(refuse, began).has_settled
    assert not session(began).is_finished()


@pytest.mark.parametrize(
    "texts, notice",
    [
        ([NULL], True),
        ([NULL, to("sent"), GONE], False),
        ([f"postfix/pickup[4]: {ID}: uid=1 from=<a@a.example>", ACTIVE], False),
        ([], False),
    ],
)
def test_a_notice_that_is_on_its_way(texts: list[str], *, notice: bool) -> None:
    """It did not come from outside, has a line, and is not settled."""
    assert message(*texts).is_notice is notice
