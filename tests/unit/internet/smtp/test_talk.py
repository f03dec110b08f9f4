from lab.internet.smtp.dialogue import Auth, Command, Dialogue, Drop, Message, Raw, mail
from lab.internet.smtp.talk import AwaitHangUp, Handshake, Hear, LineBroke, Say, Talk
from lab.internet.smtp.wire import RawReply

OK = RawReply(250, ("2.0.0 Ok",))
NO = RawReply(550, ("5.1.1 No",))
GO = RawReply(354, ("Go ahead",))


def said(dialogue: Dialogue, *replies: RawReply | LineBroke) -> tuple[list[str], Talk]:
    """What the talk says, given these replies, and 250 to whatever follows."""
    talk, coming, spoken = Talk(dialogue), iter(replies), []
    acts = talk.acts()
    act = next(acts, None)
    while act is not None:
        if isinstance(act, Say):
            spoken.append(act.octets.decode("latin-1").split("\r\n")[0])
        if isinstance(act, Handshake | AwaitHangUp | Drop):
            spoken.append(type(act).__name__)
        reply = next(coming, OK) if isinstance(act, Hear) else None
        try:
            act = acts.throw(reply) if isinstance(reply, LineBroke) else acts.send((reply, 0.0) if reply else None)
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
    spoken, talk = said(Dialogue((Raw("", stage="HELO"),), early="EHLO x\r\n"), OK, OK)
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
    _, talk = said(BOTH, OK, LineBroke("timeout", "no reply within 1 s"))
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
