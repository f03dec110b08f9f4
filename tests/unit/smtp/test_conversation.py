import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.smtp.action import AwaitHangUp, ConnectionEnded, Handshake, Hear, Listen, Say
from postfix_lab.smtp.conversation import Conversation
from postfix_lab.smtp.dialogue import (
    Auth,
    Burst,
    Command,
    Dialogue,
    Drop,
    HalfClose,
    Meet,
    Message,
    Raw,
    StartTls,
    Step,
    mail,
)
from postfix_lab.smtp.wire import RawReply

OK = RawReply(250, ("2.0.0 Ok",))
NO = RawReply(550, ("5.1.1 No",))
GO = RawReply(354, ("Go ahead",))


def said(dialogue: Dialogue, *replies: RawReply | ConnectionEnded) -> tuple[list[str], Conversation]:
    """What the talk says, given these replies, and 250 to whatever follows."""
    talk, coming, spoken = Conversation(dialogue, time.time), iter(replies), []
    acts = talk.actions()
    act = next(acts, None)
    while act is not None:
        if isinstance(act, Say):
            spoken.append(act.octets.decode("latin-1").split("\r\n")[0])
        if isinstance(act, Handshake | AwaitHangUp | HalfClose | Drop):
            spoken.append(type(act).__name__)
        reply = next(coming, OK) if isinstance(act, Hear) else None
        try:
            act = acts.throw(reply) if isinstance(reply, ConnectionEnded) else acts.send((reply, 0.0) if reply else None)
        except StopIteration:
            act = None
    return [line.split(":")[0] for line in spoken], talk


BOTH = mail(helo="mail.good.example", to=("bob@lab.test", "eve@lab.test"))


def test_delivery() -> None:
    """Everything accepted: each step is said, then QUIT."""
    spoken, talk = said(BOTH, OK, OK, OK, OK, OK, GO)
    assert spoken == ["EHLO mail.good.example", "MAIL FROM", "RCPT TO", "RCPT TO", "DATA", "From", "QUIT"]
    assert [e.stage for e in talk.exchanges][-2:] == ["MESSAGE", "QUIT"]
    assert talk.ended == "quit"


def test_who_talks_first() -> None:
    """What is said early goes out before the banner is read, and stands beside it in the transcript."""
    spoken, talk = said(Dialogue((Raw("", stage="HELO"),), early=(Raw("EHLO x\r\n", 0),)), OK, OK)
    assert spoken == ["EHLO x", "", "QUIT"]
    assert [(e.stage, e.said) for e in talk.exchanges] == [("CONNECT", "EHLO x\r\n"), ("HELO", ""), ("QUIT", "QUIT")]


def test_refused_recipient_is_passed_over() -> None:
    """One recipient refused, the other accepted: the mail is sent."""
    assert said(BOTH, OK, OK, OK, NO, OK, GO)[0][-3:] == ["DATA", "From", "QUIT"]


def test_no_recipient_no_data() -> None:
    """Every recipient refused: neither DATA nor the message is said."""
    assert said(BOTH, OK, OK, OK, NO, NO)[0][-2:] == ["RCPT TO", "QUIT"]


def test_refused_banner_and_mail_end_it() -> None:
    """A refused step is followed by QUIT and nothing else."""
    assert said(BOTH, NO)[0] == ["QUIT"]
    assert said(BOTH, OK, OK, NO)[0] == ["EHLO mail.good.example", "MAIL FROM", "QUIT"]


def test_persist_says_all_but_the_message() -> None:
    """Who persists says every step, but a message only after 354, or it would be taken for commands."""
    stubborn = Dialogue(BOTH.steps, persist=True)
    assert said(stubborn, *[NO] * 6)[0] == ["EHLO mail.good.example", "MAIL FROM", "RCPT TO", "RCPT TO", "DATA", "QUIT"]


def test_second_mail_counts_its_own_recipients() -> None:
    """A recipient accepted for the first mail does not bring about DATA for the second."""
    twice = Dialogue(BOTH.steps[1:] + BOTH.steps[1:])
    spoken, _ = said(twice, OK, OK, OK, OK, GO, OK, OK, NO, NO)
    assert spoken.count("DATA") == 1


def test_secrets_are_masked() -> None:
    """Neither the password nor its base64 is kept, with either mechanism."""
    prompt = RawReply(334, ("VXNlcm5hbWU6",))
    for mechanism in ("PLAIN", "LOGIN"):
        dialogue = Dialogue((Auth("ann", "wonderland", mechanism),))
        spoken, talk = said(dialogue, OK, *([prompt] * 2 if mechanism == "LOGIN" else []))
        assert any("d29uZGVybGFuZA" in line or "AGFubgB3b25kZXJsYW5k" in line for line in spoken)
        shown = " ".join(e.said for e in talk.exchanges)
        assert "wonderland" not in shown
        assert "d29uZGVybGFuZA" not in shown
        assert "********" in shown


def test_login_stops_when_refused() -> None:
    """No prompt, no secret: a server that refuses AUTH LOGIN is not told the user."""
    assert said(Dialogue((Auth("ann", "secret", "LOGIN"),)), OK, NO)[0] == ["AUTH LOGIN", "QUIT"]


def test_raw_reads_its_replies() -> None:
    """Raw octets bring as many exchanges as replies are wanted, none of them waited for if it is zero."""
    pipelined = Dialogue((Raw("RSET\r\nNOOP\r\n", replies=2), Raw("NOOP", replies=0)))
    _, talk = said(pipelined)
    assert [(e.said, e.reply is None) for e in talk.exchanges[1:4]] == [
        ("RSET\r\nNOOP\r\n", False),
        ("", False),
        ("NOOP", True),
    ]


def test_greeting_has_no_enhanced_code() -> None:
    """A keyword of EHLO that looks like an enhanced code stays a keyword; MAIL's code is one."""
    greeting = RawReply(250, ("2.0.0 is my name", "SIZE"))
    _, talk = said(BOTH, OK, greeting)
    assert [e.reply.enhanced for e in talk.exchanges[1:3] if e.reply] == [None, "2.0.0"]


def test_421_waits_for_the_end() -> None:
    """After 421 the server hangs up, so nothing is said before it had the time to."""
    assert said(BOTH, OK, RawReply(421, ("4.3.2 Later",)))[0] == ["EHLO mail.good.example", "AwaitHangUp", "QUIT"]


def test_broken_line_is_an_ending() -> None:
    """When the line breaks, what was said last stands there without reply."""
    _, talk = said(BOTH, OK, ConnectionEnded("timeout", "no reply within 1 s"))
    assert (talk.ended, talk.why) == ("timeout", "no reply within 1 s")
    assert talk.exchanges[-1].said == "EHLO mail.good.example"
    assert talk.exchanges[-1].reply is None


def test_drop_is_never_left_out() -> None:
    """A dialogue that ends by dropping the line does so after a refusal too."""
    spoken, talk = said(BOTH.until("MAIL", drop=True), OK, OK, NO)
    assert spoken[-1] == "Drop"
    assert talk.ended == "dropped"


def test_own_quit_ends_it() -> None:
    """A dialogue that says QUIT itself is not given a second one."""
    spoken, talk = said(Dialogue((Command("QUIT", "QUIT"), Command("NOOP"))))
    assert (spoken, talk.ended) == (["QUIT"], "quit")


def test_octets_of_the_message_are_told() -> None:
    """The transcript tells the size as sent, with CRLF and without stuffing or dot."""
    _, talk = said(Dialogue((Command("DATA", "DATA"), Message(".a\nb\n"))), OK, GO)
    assert talk.exchanges[2].said == ". (7 octets)"


def told(talk: Conversation) -> list[tuple[str, str, int | None]]:
    """Stage, what was said, and the code that came, of everything behind the banner."""
    return [(e.stage, e.said, e.reply.code if e.reply else None) for e in talk.exchanges[1:]]


BYE = RawReply(221, ("2.0.0 Bye",))
ENVELOPE = (Command("MAIL FROM:<>", "MAIL"), Command("RCPT TO:<bob@lab.test>", "RCPT"))


def test_burst_is_said_in_one_go() -> None:
    """One act says everything, and each part's reply counts as that of its own stage."""
    spoken, talk = said(Dialogue((Burst(ENVELOPE),)), OK, OK, NO, BYE)
    assert spoken == ["MAIL FROM", "QUIT"]
    assert told(talk)[:2] == [("MAIL", "MAIL FROM:<>", 250), ("RCPT", "RCPT TO:<bob@lab.test>", 550)]


def test_what_came_of_unsure_parts_shows_at_quit() -> None:
    """Before 221 come the replies to what the server took for commands."""
    hidden = Dialogue((Burst((Raw("a\n.\n", stage="MESSAGE"), *ENVELOPE), sure=1),))
    _, talk = said(hidden, OK, OK, OK, NO, BYE)
    assert [(stage, code) for stage, _, code in told(talk)] == [("MESSAGE", 250), ("MAIL", 250), ("RCPT", 550), ("QUIT", 221)]
    _, talk = said(hidden, OK, OK, BYE)
    assert [(stage, code) for stage, _, code in told(talk)] == [("MESSAGE", 250), ("OTHER", None), ("OTHER", None), ("QUIT", 221)]


def test_more_replies_than_parts() -> None:
    """What the server says beyond that is told too, as the reply to nothing that we know of."""
    _, talk = said(Dialogue((Burst(ENVELOPE, sure=1),)), OK, OK, OK, NO, NO, BYE)
    assert told(talk)[2:] == [("OTHER", "", 550), ("OTHER", "", 550), ("QUIT", "QUIT", 221)]


def test_a_babbler_is_not_listened_to_for_ever() -> None:
    """Neither behind QUIT nor on half a line."""
    for last in ((), (HalfClose(),)):
        _, talk = said(Dialogue((Burst(ENVELOPE, sure=0), *last)))
        assert (talk.ended, talk.why) == ("error", "more than 1000 replies to nothing")
        assert sum(stage == "OTHER" and code == 250 for stage, _, code in told(talk)) == 1000


def test_line_that_breaks_within_a_burst() -> None:
    """Everything that was said is told, with or without a reply."""
    _, talk = said(Dialogue((Burst(ENVELOPE),)), OK, NO, ConnectionEnded("closed"))
    assert [code for _, _, code in told(talk)] == [550, None]
    _, talk = said(Dialogue((Burst(ENVELOPE, sure=1),)), OK, OK, ConnectionEnded("closed"))
    assert told(talk)[1:] == [("OTHER", "RCPT TO:<bob@lab.test>", None), ("QUIT", "QUIT", None)]


def test_burst_that_begins_with_a_message_waits_for_354() -> None:
    """Without it everything in the burst would be taken for commands."""
    late = (Command("DATA", "DATA"), Burst((Message("a\n"), *ENVELOPE), stage="MESSAGE"))
    assert said(Dialogue(late, persist=True), OK, NO)[0] == ["DATA", "QUIT"]
    assert said(Dialogue(late), OK, GO)[0] == ["DATA", "a", "QUIT"]


def test_early_talk_is_told_with_the_banner() -> None:
    """It is said first; its reply follows that of the banner, unless the banner is a refusal."""
    early = Dialogue(ENVELOPE, early=(Command("EHLO bot", "HELO"),))
    spoken, talk = said(early, OK, NO)
    assert (spoken, talk.exchanges[0].said) == (["EHLO bot", "QUIT"], "EHLO bot\r\n")
    assert told(talk)[0] == ("HELO", "", 550)
    assert [(stage, code) for stage, _, code in told(said(early, NO, NO, BYE)[1])] == [("HELO", 550), ("QUIT", 221)]
    assert [stage for stage, _, _ in told(said(early, NO, BYE)[1])] == ["QUIT"]


def test_injected_command_that_is_answered_inside_of_tls() -> None:
    """A reply before 221 is the proof that the server kept what it had heard in the clear (CVE-2011-0411)."""
    injection = Dialogue((StartTls(behind=(Command("NOOP"),)),))
    spoken, talk = said(injection, OK, RawReply(220, ("Go",)), OK, BYE)
    assert spoken == ["STARTTLS", "Handshake", "QUIT"]
    assert told(talk) == [("STARTTLS", "STARTTLS\r\nNOOP\r\n", 220), ("OTHER", "NOOP", 250), ("QUIT", "QUIT", 221)]
    assert ("OTHER", "NOOP", None) in told(said(injection, OK, RawReply(220, ("Go",)), BYE)[1])


def test_half_of_a_line_listens_to_the_end() -> None:
    """Replies are told until the server closes; the end was ours, so QUIT cannot be said."""
    dialogue = Dialogue((Burst(ENVELOPE, sure=0), HalfClose()))
    spoken, talk = said(dialogue, OK, OK, NO, NO, ConnectionEnded("closed"))
    assert (spoken, talk.ended) == (["MAIL FROM", "HalfClose"], "dropped")
    assert [(stage, code) for stage, _, code in told(talk)] == [("MAIL", 250), ("RCPT", 550), ("OTHER", 550)]
    assert said(dialogue, OK, ConnectionEnded("timeout", "no reply"))[1].ended == "timeout"


def test_slow_octets_stop_when_the_server_speaks() -> None:
    """Each octet is said by itself; of a line that was cut short the transcript has what was said of it."""
    talk = Conversation(Dialogue((Raw("NOOP\r\n", pace=0.5),)), time.time)
    acts = talk.actions()
    assert isinstance(next(acts), Hear)
    assert [acts.send((OK, 0.0)), next(acts), next(acts), next(acts)] == [Say(b"N"), Listen(0.5), Say(b"O"), Listen(0.5)]
    assert isinstance(acts.send((RawReply(421, ("4.4.2 Too slow",)), 0.0)), AwaitHangUp)
    assert told(talk) == [("OTHER", "NO", 421)]


def test_slow_octets_on_a_broken_line() -> None:
    """The same where the server closes without a word."""
    talk = Conversation(Dialogue((Raw("NOOP\r\n", pace=0.5),)), time.time)
    acts = talk.actions()
    next(acts)
    assert [acts.send((OK, 0.0)), next(acts)] == [Say(b"N"), Listen(0.5)]
    with pytest.raises(StopIteration):
        acts.throw(ConnectionEnded("closed"))
    assert (told(talk), talk.ended) == ([("OTHER", "N", None)], "closed")


PARTS = st.sampled_from([
    Command("MAIL FROM:<>", "MAIL"), Command("RCPT TO:<b@lab.test>", "RCPT"), Command("DATA", "DATA"), Command("QUIT", "QUIT"),
    Message("a\n"), Message("a\n.\n", verbatim=True, pace=1), Message("a", verbatim=True, replies=0), Raw("NOOP\r\n", 2), Raw("x", 0),
])  # fmt: skip
BURSTS = st.builds(Burst, st.lists(PARTS, max_size=4).map(tuple), st.none() | st.integers(0, 4))
STEPS = PARTS | BURSTS | st.sampled_from([StartTls(behind=(Command("NOOP"),)), Meet(), HalfClose(), Drop(), Auth("a", "b", "LOGIN")])
CODES = st.sampled_from([220, 221, 250, 334, 354, 421, 450, 521, 550])


@given(st.lists(STEPS, max_size=6).map(tuple), st.booleans(), st.lists(CODES | st.none(), max_size=40))
def test_any_talk_comes_to_an_end(steps: tuple[Step, ...], persist: bool, codes: list[int | None]) -> None:
    """Whatever is said and heard, and wherever the line breaks (`None`), it ends, and all replies are told in order."""
    talk, coming, heard = Conversation(Dialogue(steps, persist, early=(Command("EHLO x", "HELO"),)), time.time), iter(codes), []
    acts = talk.actions()
    act = next(acts)
    for _ in range(500):
        code = next(coming, None) if isinstance(act, Hear | Listen) else 0
        heard += [code] if code else []
        try:
            act = acts.throw(ConnectionEnded("closed")) if code is None else acts.send((RawReply(code, ("",)), 0.0) if code else None)
        except StopIteration:
            break
    else:
        raise AssertionError("it goes on for ever")
    assert [e.reply.code for e in talk.exchanges if e.reply] == heard
