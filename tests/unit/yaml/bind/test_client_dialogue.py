"""What a client says: deliveries with their deviations, and dialogues of one's own."""

from __future__ import annotations

import re

import pytest

from postfix_lab.scenario.misbehaviour import (
    Misbehaviour,
    bare_lf,
    bdat,
    long_line,
    nul,
    slow,
    smuggled,
    starttls_injection,
)
from postfix_lab.smtp.dialogue import (
    Auth,
    Burst,
    Command,
    Drop,
    HalfClose,
    Meet,
    Message,
    Raw,
    StartTls,
    Step,
    mail,
)
from tests.unit.yaml.conftest import Mistake, Plays

GOOD = "mail.good.example"


def steps(sheet: Plays, keys: str) -> tuple[Step, ...]:
    (play,) = sheet(f"tests: {{a: {{{keys}, expect: {{code: 250}}}}}}\n")
    return play.rounds[0].sessions[0].dialogue.steps


def test_nothing_said_is_an_ordinary_mail(sheet: Plays) -> None:
    """From a good client to a recipient in the mail host's own domain."""
    assert steps(sheet, "comment: x") == mail(helo=GOOD, to="bob@lab.test").steps


def test_every_word_of_an_envelope(sheet: Plays) -> None:
    """Several recipients, the null sender, AUTH over TLS, parameters of MAIL, and a message in UTF-8."""
    found = steps(
        sheet,
        'helo: x, ehlo: no, tls: yes, auth: {user: u, password: "$$p", mechanism: LOGIN}, mailfrom: "", '
        'to: [a@$mydomain, b@$myhostname], mail-parameters: SIZE=1, data: "From: é\\n\\nü\\n"',
    )
    assert found == (
        Command("HELO x", "HELO"),
        StartTls(),
        Command("HELO x", "HELO"),
        Auth("u", "$p", "LOGIN"),
        Command("MAIL FROM:<> SIZE=1", "MAIL"),
        Command("RCPT TO:<a@lab.test>", "RCPT"),
        Command("RCPT TO:<b@mx.lab.test>", "RCPT"),
        Command("DATA", "DATA"),
        Message("From: é\n\nü\n".encode().decode("latin-1")),
    )


def test_several_messages_in_one_session(sheet: Plays) -> None:
    """The greeting is said once, each message has what it says differently."""
    found = steps(sheet, "mailfrom: a@x.example, messages: [{to: b@x.example}, {to: c@x.example, mailfrom: d@x.example}]")
    lines = [step.line for step in found if isinstance(step, Command)]
    assert lines == [
        f"EHLO {GOOD}",
        *("MAIL FROM:<a@x.example>", "RCPT TO:<b@x.example>", "DATA"),
        *("MAIL FROM:<d@x.example>", "RCPT TO:<c@x.example>", "DATA"),
    ]


def test_where_it_stops(sheet: Plays) -> None:
    """With QUIT or by dropping the line."""
    assert steps(sheet, "quit-after: MAIL")[-1] == Command("MAIL FROM:<ann@good.example>", "MAIL")
    assert steps(sheet, "drop-after: MAIL")[-1] == Drop()
    assert steps(sheet, "quit-after: CONNECT") == ()


def test_a_dialogue_of_ones_own(sheet: Plays) -> None:
    """A command counts as the stage of its verb; everything else is a table."""
    found = steps(
        sheet,
        'say: [ehlo x, "MAIL FROM:<>", XYZZY, {command: "RCPT TO:<a@$mydomain>", stage: OTHER}, {starttls: yes}, '
        '{auth: {user: u, password: p}}, {raw: "\\xff\\r\\n", replies: 0}, {message: ü}, {drop: reset}]',
    )
    assert found == (
        Command("ehlo x", "HELO"),
        Command("MAIL FROM:<>", "MAIL"),
        Command("XYZZY", "OTHER"),
        Command("RCPT TO:<a@lab.test>", "OTHER"),
        StartTls(),
        Auth("u", "p"),
        Raw("\xff\r\n", 0),
        Message("Ã¼"),
        Drop(reset=True),
    )


def test_steps_that_only_a_misbehaving_client_has(sheet: Plays) -> None:
    """Several parts in one go, octets that trickle, a wait for the others, half a connection."""
    found = steps(
        sheet,
        'say: [{meet: yes}, {starttls: yes, behind: [NOOP]}, {message: "\\xff.", octets: yes, verbatim: yes, replies: 0}, '
        "{raw: x, pace: 0.5}, {burst: [DATA, {message: ü, pace: 2}], sure: 0, stage: MESSAGE}, {half-close: yes}]",
    )
    assert found == (
        Meet(),
        StartTls(behind=(Command("NOOP"),)),
        Message("\xff.", verbatim=True, replies=0),
        Raw("x", pace=0.5),
        Burst((Command("DATA", "DATA"), Message("Ã¼", pace=2)), 0, "MESSAGE"),
        HalfClose(),
    )


def test_who_talks_first(sheet: Plays, mistake: Mistake) -> None:
    """Octets before the greeting, as they are."""
    (play,) = sheet('tests: {a: {early: "EHLO x\\r\\n", say: [{raw: ""}], expect: {code: 250}}}\n')
    assert play.rounds[0].sessions[0].dialogue.early == (Raw("EHLO x\r\n", 0),)
    (play,) = sheet("tests: {a: {early: [NOOP, {raw: x}], expect: {code: 250}}}\n")
    assert play.rounds[0].sessions[0].dialogue.early == (Command("NOOP"), Raw("x"))
    assert mistake('tests: {a: {early: "€", expect: {code: 250}}}\n').startswith("2:20: raw octets go up to")


def test_ports_sources_and_ways(sheet: Plays) -> None:
    """Where the session comes from, where it goes to, and TLS before the banner."""
    (play,) = sheet("""
    hosts:
      far: {address: 203.0.113.60, mta: accept}
      near: {address: [203.0.113.10, "2001:db8::10"]}
    tests:
      a: {host: near, source: "2001:db8::10", port: 465, tls: on-connect, via: far, expect: {code: 250}}
    """)
    (session,) = play.rounds[0].sessions
    assert (session.address, session.port, session.server) == ("2001:db8::10", 465, "203.0.113.60")
    assert session.dialogue.tls_on_connect


@pytest.mark.parametrize(
    "keys, message",
    [
        ("quit-after: AUTH", "the dialogue has no AUTH step"),
        ('mailfrom: "a\\r\\nDATA"', "a text is one line, without control characters"),
        ('say: [{raw: "\\u0100"}]', r"raw octets go up to \xff"),
        ("say: [{command: NOOP, starttls: yes}]", "this is command and starttls"),
        ("say: [{stage: MAIL}]", "this is none"),
        ("say: [{command: NOOP, sure: 1}]", "`sure` goes with burst, not with command"),
        ("say: [{raw: x, octets: yes}]", "`octets` goes with message, not with raw"),
        ("say: [{burst: []}]", "a list is wanted here, not an empty one"),
        ("say: [{burst: [{drop: close}]}]", "a part of a burst has no key 'drop'"),
        ('say: [{message: "\u0100", octets: yes}]', r"raw octets go up to \xff"),
        ("host: 203.0.113.9, source: 203.0.113.8", "the client has no address 203.0.113.8; it has 203.0.113.9"),
        ("host: liar", "'liar' is no IP address, not `local` and no name from `hosts`; there are none"),
        ("host: 127.0.0.1", "127.0.0.1 cannot be a client: it is a loopback address. Any other unicast address can be one"),
        ('host: "::1"', "::1 cannot be a client: it is a loopback address"),
        ("host: 192.0.2.25", "192.0.2.25 cannot be a client: it is the mail host's own address"),
        ("hosts: {x: {address: 224.0.0.1}}, host: x", "224.0.0.1 cannot be a client: it is a multicast address"),
        ("host: local, source: 203.0.113.9", "the client has no address 203.0.113.9; it has 127.0.0.1, ::1"),
        ("host: local, ptr: missing", "a client on the mail host itself has no ptr of its own"),
        ("host: local, name: a.example", "a client on the mail host itself has no name of its own"),
        ("hosts: {x: {address: 1.2.3.4, mta: accept}}, host: local, via: x", "it cannot connect to a remote MTA"),
        ("via: somebody", "`via` is a name from `hosts` that has an `mta`"),
        ("hosts: {x: {address: 1.2.3.4}}, host: x, ptr: missing", "the host 'x' says its ptr itself, under `hosts`"),
        ("to: bob@$mydomian", "$mydomian stands for nothing here, and a dollar is written $$; did you mean $mydomain?"),
        ("to: []", "the list is empty"),
        ("port: 0", "'0' is not a port, from 1 to 65535"),
    ],
)
def test_mistakes(mistake: Mistake, keys: str, message: str) -> None:
    """Each is told where it was written."""
    assert message in mistake(f"tests: {{a: {{{keys}, expect: {{code: 250}}}}}}\n")


@pytest.mark.parametrize("keys, place", [("host: local, via: x", "5:13:"), ('host: local, source: "::1", via: x', "5:28:")])
def test_a_session_that_cannot_be_is_told_with_its_place(mistake: Mistake, keys: str, place: str) -> None:
    """The address that it comes from, else its host."""
    text = f"hosts:\n  x: {{address: 1.2.3.4, mta: accept}}\ntests:\n  a: {{{keys}, expect: {{code: 250}}}}\n"
    assert mistake(text).startswith(place)


@pytest.mark.parametrize(
    "value, change",
    [
        ("bare-lf", bare_lf()),
        ('{smuggled: "<LF>.<LF>"}', smuggled()),
        ("{nul: RCPT}", nul("RCPT")),
        ("{bdat: huge}", bdat("huge")),
        ("{long-line: 999}", long_line(999)),
        ("{slow: DATA}", slow("DATA")),
        ("{slow: {stage: HELO, pace: 0.5}}", slow("HELO", 0.5)),
        ("{starttls-injection: RSET}", starttls_injection("RSET")),
    ],
)
def test_a_client_that_misbehaves(sheet: Plays, value: str, change: Misbehaviour) -> None:
    """By its name alone, or with what goes with it."""
    assert steps(sheet, f"misbehaves: {value}") == change(mail(helo=GOOD, to="bob@lab.test")).steps


def test_a_crowd(sheet: Plays) -> None:
    """The same session so many times, each of them judged."""
    (play,) = sheet("tests: {a: {crowd: 3, quit-after: HELO, expect: {verdict: accept}}}\n")
    assert len(play.rounds[0].sessions) == 3
    assert [step.stage for step in play.rounds[0].sessions[2].dialogue.steps] == ["OTHER", "HELO"]
    assert len([check for check in play.rounds[0].checks if check.name == "decided"]) == 3


@pytest.mark.parametrize(
    "value, problem",
    [
        ("bare-fl", "did you mean bare-lf"),
        ("bdat", "not a misbehaviour that needs no argument"),
        ("{bdat: whol}", "did you mean whole"),
        ("{nul: RCPT, bdat: huge}", "in one way"),
        ('{smuggled: "LF.LF>"}', "write it with <CR>, <LF> and <NUL>"),
        ("{slow: {stage: HELO, speed: 1}}", "did you mean|there are"),
    ],
)
def test_a_misbehaviour_that_is_none(mistake: Mistake, value: str, problem: str) -> None:
    """It is told at its place, with the near miss."""
    assert re.search(problem, mistake(f"tests:\n  a:\n    misbehaves: {value}\n    expect: {{code: 250}}\n"))


def test_a_misbehaviour_without_its_step(mistake: Mistake) -> None:
    """A dialogue that ends before the message cannot have a bad one."""
    message = mistake("tests: {a: {quit-after: HELO, misbehaves: bare-lf, expect: {code: 250}}}\n")
    assert "bare_lf changes the MESSAGE of a dialogue, and this one has none" in message
