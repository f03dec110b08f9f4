from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.serialization import from_json, to_json
from postfix_lab.smtp.answer import Answer, AnswerContext, Answers, Oddity
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour
from postfix_lab.smtp.certificate import Certificate

NO = "550 5.1.1 Gone"


def said(answers: Answers, met: AnswerContext, times: int = 1) -> list[str | None]:
    applied = [answers.apply(met) for _ in range(times)]
    return [each.rule.says if each else None for each in applied]


def test_nth_time_alone() -> None:
    """The second time and no other; a new run counts from the beginning."""
    answers = Answers((Answer("MAIL", NO, nth=2),))
    assert said(answers, AnswerContext("MAIL"), 3) == [None, NO, None]
    answers.reset_counts()
    assert said(answers, AnswerContext("MAIL"), 2) == [None, NO]


def test_each_counts_what_it_matches_whoever_answers() -> None:
    """Two answers of one stage make a row, and what is left over is for the last."""
    answers = Answers((Answer("CONNECT", "421 4.3.2 Busy", nth=1), Answer("CONNECT", "DROP", nth=2), Answer("CONNECT", NO)))
    assert said(answers, AnswerContext("CONNECT"), 4) == ["421 4.3.2 Busy", "DROP", NO, NO]


@pytest.mark.parametrize(
    "answer, met, matches",
    [
        (Answer("RCPT", NO, to="Bob@far.example"), AnswerContext("RCPT", "", ("bob@FAR.example",)), True),
        (Answer("RCPT", NO, to="bob@far.example"), AnswerContext("RCPT", "", ("eve@far.example",)), False),
        (Answer("MESSAGE", NO, to="bob@far.example"), AnswerContext("MESSAGE", "", ("eve@x", "bob@far.example")), True),
        (Answer("MAIL", NO, sender=""), AnswerContext("MAIL", ""), True),
        (Answer("CONNECT", NO, client="192.0.2.1"), AnswerContext("CONNECT", client="192.0.2.1"), True),
        (Answer("CONNECT", NO, client="192.0.2.1"), AnswerContext("CONNECT", client="192.0.2.2"), False),
        (Answer("MAIL", NO, sender=""), AnswerContext("MAIL", "ann@x"), False),
        (Answer("MAIL", NO, sender="ann@x"), AnswerContext("RCPT", "ann@x"), False),
    ],
)
def test_what_narrows_it_down(answer: Answer, met: AnswerContext, matches: bool) -> None:
    """Stage, sender and recipient have to fit, without case."""
    assert answer.matches(met) is matches


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"stage": "RCTP"}, "did you mean RCPT"),
        ({"says": "nonsense"}, "is no SMTP reply like"),
        ({"says": "HANGS"}, "did you mean HANG"),
        ({"says": "550-one\r\n551 two"}, "is no SMTP reply"),
        ({"says": "550 x\r\n250 y"}, "is no SMTP reply"),
        ({"says": "BAD_HANDSHAKE"}, "is for STARTTLS alone"),
        ({"stage": "MAIL", "to": "bob@x"}, "none is known before RCPT"),
        ({"stage": "HELO", "sender": ""}, "none is known before MAIL"),
        ({"nth": -1}, "the first is 1"),
    ],
)
def test_answers_that_make_no_sense(wrong: dict[str, object], told: str) -> None:
    """Each is refused with a sentence."""
    with pytest.raises(InputError, match=told):
        Answer(**{"stage": "RCPT", "says": NO, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong, told",
    [
        ({"rcpt": "no"}, "the MTA's rcpt 'no' is no SMTP reply"),
        ({"lacks": "PIPELINNG"}, "no MTA can lack 'PIPELINNG'"),
        ({"tls": "expried"}, "did you mean expired"),
    ],
)
def test_behaviour_that_makes_no_sense(wrong: dict[str, str], told: str) -> None:
    """The same for what an MTA is."""
    with pytest.raises(InputError, match=told):
        Behaviour(**wrong)  # type: ignore[arg-type]


def test_one_may_stand_alone() -> None:
    """One answer and one keyword need no parentheses, and a certificate is named by its word."""
    spelled = Behaviour(answers=Answer("QUIT", Oddity.HANG), lacks="SMTPUTF8", tls="expired")
    assert spelled == Behaviour(answers=(Answer("QUIT", "HANG"),), lacks=("SMTPUTF8",), tls=Certificate.EXPIRED)


@pytest.mark.parametrize("behaviour", [ACCEPT, Behaviour(answers=Answer("RCPT", NO, to="a@b", nth=3), tls="good")])
def test_crosses_the_control_stream(behaviour: Behaviour) -> None:
    """What was said arrives."""
    assert from_json(Behaviour, to_json(behaviour)) == behaviour


def test_multiline_reply_and_its_words() -> None:
    """A reply may have several lines of one code; an answer tells what narrows it down."""
    Answer("HELO", "550-one\n550 two")
    assert str(Answer("MAIL", NO, sender="", nth=2)) == "MAIL: 550 5.1.1 Gone, from <>, time 2"
    assert str(Answer("MAIL", NO, client="192.0.2.1")) == "MAIL: 550 5.1.1 Gone, client 192.0.2.1"
