from __future__ import annotations

import re
from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour import (
    ABUSES,
    SMUGGLING,
    Misbehaviour,
    bare_cr,
    bare_lf,
    bdat,
    crowd,
    early_talk,
    eight_bit,
    endless_header,
    endless_headers,
    half_closed,
    long_line,
    many_recipients,
    nul,
    pipelined,
    reset_in_data,
    slow,
    smuggled,
    starttls_injection,
)
from postfix_lab.scenario.misbehaviour.smuggling import parse_octets
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.scene import Remote
from postfix_lab.serialization import from_json, to_json
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Drop, Message, Raw, StartTls, mail
from postfix_lab.smtp.utterance import octets_of

MAIL = mail(helo="x.example", data="Subject: lab\n\n.dot\nend\n")


def message(behaviour: Misbehaviour) -> bytes:
    """The octets of the message that such a client sends."""
    (step,) = (step for step in behaviour(MAIL).steps if isinstance(step, Message))
    return octets_of(step)


def test_every_sequence_is_read_as_it_is_written() -> None:
    """Names in angle brackets are octets, and no known sequence is the true one."""
    assert parse_octets("<LF>.<CR><NUL><LF>") == "\n.\r\0\n"
    assert len(SMUGGLING) == len(set(SMUGGLING)) > 10
    assert [name for name in SMUGGLING if "\r\n.\r\n" in parse_octets(name)] == []


@pytest.mark.parametrize("nonsense", ["", "<lf>.<lf>", "<TAB>", "\n.\n", "LF>.<LF", "\u00fc"])
def test_sequence_that_is_none(nonsense: str) -> None:
    """Whoever misspells it is told how it is written."""
    with pytest.raises(InputError, match="write it with <CR>, <LF> and <NUL>"):
        smuggled(nonsense)


def test_smuggled_mail_is_within_one_message() -> None:
    """Only the last line of it is the true end of data; the known sequence stands before the hidden MAIL."""
    *_, burst = smuggled("<LF>.<LF>")(MAIL).steps
    assert isinstance(burst, Burst)
    octets = b"".join(map(octets_of, burst.parts))
    assert octets.index(b"..dot\r\nend\n.\nMAIL FROM:<smuggled@good.example>\r\nRCPT TO:<bob@lab.test>\r\nDATA\r\n")
    assert octets.count(b"\r\n.\r\n") == 1
    assert octets.endswith(b"\r\n.\r\n")


def test_octets_of_each_misbehaviour() -> None:
    """Each does what its name says, and leaves the rest as it is."""
    head = b"From: <ann@good.example>\r\nTo: <bob@lab.test>\r\nSubject: lab\r\n\r\n..dot\r\nend\r\n"
    assert message(bare_lf()) == head.replace(b"\r\n", b"\n")[:-1] + b"\r\n.\r\n"
    assert message(bare_cr()) == head + b"before\rafter\r\n.\r\n"
    assert message(nul()) == head + b"before\0after\r\n.\r\n"
    assert message(long_line(999)) == head + b"x" * 999 + b"\r\n.\r\n"
    assert message(eight_bit()).count("Gr\u00fc\u00dfe".encode()) == 2
    assert message(endless_headers(3)).startswith(b"X-Endless: 0\r\nX-Endless: 1\r\nX-Endless: 2\r\nFrom:")
    field = re.match(rb"X-Endless: on(\r\n [^\r]+)*\r\nFrom:", message(endless_header(5000)))
    assert field is not None
    assert 5000 <= field.end() < 5200


def test_octets_in_commands() -> None:
    """They stand in the address where there is one, else at the end."""
    lines = [nul("RCPT")(MAIL).steps[2], nul("DATA")(MAIL).steps[3], eight_bit("MAIL")(MAIL).steps[1]]
    assert lines == [
        Command("RCPT TO:<\0bob@lab.test>", "RCPT"),
        Command("DATA\0", "DATA"),
        Command("MAIL FROM:<\u00fcann@good.example>", "MAIL"),
    ]


@pytest.mark.parametrize("abuse", ABUSES)
def test_bdat_tells_the_truth_only_sometimes(abuse: str) -> None:
    """The size is that of the octets behind it, unless the abuse is about the size."""
    steps = bdat(abuse)(MAIL).steps
    first = next(step for step in steps if isinstance(step, Raw | Burst))
    sent = b"".join(map(octets_of, first.parts)) if isinstance(first, Burst) else octets_of(first)
    size, _, content = sent.removeprefix(b"BDAT ").partition(b"\r\n")
    told = size.split()[0]
    lies = {"understated", "overstated", "huge", "no-number"}
    assert (told == str(len(content)).encode()) == (abuse not in lies)


def test_pipelining_begins_behind_tls() -> None:
    """What cannot be said together with others is said before."""
    steps = pipelined()(mail(helo="x.example", tls=True)).steps
    assert [type(step) for step in steps] == [Command, StartTls, Burst]


def test_reset_comes_before_the_end_of_data() -> None:
    """Half of the message is said, and no reply waited for."""
    *_, half, drop = reset_in_data()(MAIL).steps
    assert isinstance(half, Message)
    assert (half.replies, drop) == (0, Drop(reset=True))
    assert message(bare_cr()).startswith(octets_of(half))


def test_recipients_are_different_ones() -> None:
    """Each is said by itself."""
    recipients = [s for s in many_recipients(2000)(MAIL).steps if s.stage == "RCPT"]
    assert len(set(recipients)) == 2000
    assert recipients[-1] == Command("RCPT TO:<2000.bob@lab.test>", "RCPT")


def test_crowd_is_one_session_many_times() -> None:
    """Each waits for the others behind its banner; none at all is a mistake."""
    many = crowd(Session(Host("203.0.113.9"), MAIL), 3)
    assert len(many) == 3
    assert [type(step).__name__ for step in many[0].dialogue.steps[:2]] == ["Meet", "Command"]
    with pytest.raises(InputError, match="a crowd of 0"):
        crowd(many[0], 0)


@pytest.mark.parametrize(
    "behaviour", [smuggled(), bare_lf(), nul(), half_closed(), slow("RCPT"), bdat("whole"), many_recipients(2)]
)
def test_what_cannot_go_wrong_is_a_mistake(behaviour: Misbehaviour) -> None:
    """A dialogue that lacks the step in question is refused, with what it has."""
    with pytest.raises(InputError, match="has none; it has HELO"):
        behaviour(MAIL.until("HELO"))


@pytest.mark.parametrize("behaviour", [early_talk(), pipelined(), starttls_injection()])
def test_nothing_to_say(behaviour: Misbehaviour) -> None:
    """A client that says nothing does not say it wrong."""
    with pytest.raises(InputError):
        behaviour(Dialogue())


def test_unknown_abuse_of_bdat() -> None:
    """The near miss is named."""
    with pytest.raises(InputError, match="did you mean overstated"):
        bdat("overstate")


def test_one_after_the_other() -> None:
    """What has been changed already is no ordinary message any more."""
    with pytest.raises(InputError, match="has another one already"):
        nul()(bare_lf()(MAIL))
    with pytest.raises(InputError, match="neither"):
        slow("MESSAGE")(nul()(MAIL))


def test_dialogues_survive_the_way_to_the_agent() -> None:
    """Bursts with their parts, early words and injected commands are the same on the other side."""
    for behaviour in (smuggled(), starttls_injection(), half_closed(), early_talk()):
        odd = replace(behaviour(MAIL), persist=True)
        assert from_json(Dialogue, to_json(odd)) == odd


def test_misbehaviour_has_the_name_of_its_call() -> None:
    """So a line about a scenario tells which one it was; one that was not called is a mistake."""
    assert [str(one) for one in (bare_lf(), nul("RCPT"), slow("DATA", pace=0.1))] == [
        "bare_lf()", "nul(RCPT)", "slow(DATA, pace=0.1)",
    ]  # fmt: skip
    bot = Remote(None, None, Host("203.0.113.9", name="bot.example"))  # type: ignore[arg-type]
    assert bot.session(misbehaves=bare_lf(), dialogue=MAIL).dialogue == bare_lf()(MAIL)
    with pytest.raises(InputError, match=r"call one, as in misbehaves=bare_lf\(\)"):
        bot.session(misbehaves=bare_lf)  # type: ignore[arg-type]
