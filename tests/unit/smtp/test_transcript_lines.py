"""Lines for people: harmless on a terminal, and the same everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.dns.fault import FaultKind
from postfix_lab.dns.query import query_line
from postfix_lab.postfix.log.grammar import log_line
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.transcript_lines import answer_line, client_lines, exchange_text, transcript_lines
from postfix_lab.text import did_you_mean, printable, shorten
from tests.unit.evidence_builder import START, log_of, query, session


@pytest.mark.parametrize(
    "text, safe",
    [
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\r\nb\tc\x00\x7f", r"a\r\nb\tc\x00\x7f"),
        ("moc.elpmaxe\u202e", r"moc.elpmaxe\u202e"),
        ("\udcff\u2028", r"\udcff\u2028"),
        ("grüße, 世界", "grüße, 世界"),
    ],
)
def test_printable_spells_out_what_would_move_a_terminal(text: str, safe: str) -> None:
    """Control characters of C0 and C1, bidirectional marks and lone surrogates never get through."""
    assert printable(text) == safe


def test_shorten_shows_that_something_is_missing() -> None:
    """The result is never wider than asked for."""
    assert shorten("abcdefgh", 8) == "abcdefgh"
    assert shorten("abcdefghi", 8) == "abcde..."


def test_near_miss_names_one_word_or_all() -> None:
    """Case does not matter for what somebody meant."""
    assert did_you_mean("rctp", ["RCPT", "DATA"]) == "did you mean RCPT?"
    assert did_you_mean("xyz", ["RCPT", "DATA"]) == "there are DATA, RCPT"


@pytest.mark.parametrize(
    "asked, line",
    [
        (query("a.example", "MX", "NOERROR", "MX 10 mx.a.example."), "a.example MX -> 10 mx.a.example"),
        (
            query("a.example", "A", "NOERROR", "CNAME b.example.", "A 192.0.2.1"),
            "a.example A -> CNAME b.example, 192.0.2.1",
        ),
        (query("a.example", "A", "NXDOMAIN", outside=True), "a.example A -> NXDOMAIN (outside the zones)"),
        (
            query("a.example", "A", "TIMEOUT", fault=FaultKind.TIMEOUT, stray=True),
            "a.example A -> TIMEOUT (stray, fault TIMEOUT)",
        ),
    ],
)
def test_question_is_told_with_what_its_asker_learned(asked: object, line: str) -> None:
    """Answers are without type and root dot, notes in parentheses."""
    assert query_line(asked) == line  # type: ignore[arg-type]


def test_transcript_has_arrows_and_every_line() -> None:
    """Multi-line replies and messages are written out, with milliseconds since the start."""
    lines = list(transcript_lines(session(HELO="250 mx.lab.test")))
    assert lines[0] == "203.0.113.10 port 40001 -> 192.0.2.21 port 25, 2023-11-14T22:13:20.000000+00:00"
    assert lines[1:4] == [
        "      0.0 ms  <- 220 mx.lab.test ESMTP Postfix",
        "     10.0 ms  -> EHLO mail.good.example",
        "     10.0 ms  <- 250 mx.lab.test",
    ]
    assert "     50.0 ms  -> Hello." in lines
    assert lines[-1] == "ended: quit"


def test_transcript_marks_a_reply_that_never_came_and_a_multiline_one() -> None:
    """The last line of a reply has a blank behind its code, the others a hyphen (RFC 5321 section 4.2.1)."""
    cut = replace(session(MAIL=None), ended="timeout", error="no reply in 30 s")
    greeted = cut.exchanges[1].reply
    assert greeted is not None
    two = replace(cut.exchanges[1], reply=replace(greeted, lines=("mx.lab.test", "PIPELINING\x1b")))
    lines = list(transcript_lines(replace(cut, exchanges=(cut.exchanges[0], two, *cut.exchanges[2:]))))
    assert [line.partition("<- ")[2] for line in lines[3:5]] == ["250-mx.lab.test", r"250 PIPELINING\x1b"]
    assert any(line.endswith("<- (no reply)") for line in lines)
    assert lines[-1] == "ended: timeout, no reply in 30 s"


def test_fate_uses_the_words_of_every_report() -> None:
    """Accepted, refused or without a reply."""
    assert [exchange_text(e) for e in session(MAIL="550 5.7.1 no").exchanges[1:3]] == [
        "HELO accepted with 250",
        "MAIL refused with 550 5.7.1",
    ]
    assert exchange_text(session(MAIL=None).exchanges[2]) == "MAIL got no reply"


def test_log_line_is_as_rsyslog_writes_it_and_harmless() -> None:
    """Stamp with microseconds in UTC, tag, text."""
    line = replace(log_of("smtpd: connect from \x1b[31mx")[0], at=START + 0.000123)
    assert log_line(line) == r"2023-11-14T22:13:20.000123+00:00 postfix/smtpd[100]: connect from \x1b[31mx"


@pytest.mark.parametrize(
    "said, lines",
    [
        ("EHLO x", ["EHLO x"]),
        ("RSET\r\n\r\nNOOP\r\n", ["RSET", "", "NOOP"]),
        ("a\nb\r\n.\r.\n", [r"a\n", "b", r".\r.\n"]),
        ("a\r\r\n\0.\r\n", [r"a\r", r"\x00."]),
        ("\x1b[2J\n\x9b\u202e", [r"\x1b[2J\n", r"\x9b\u202e"]),
        ("Gr\u00c3\u00bc\u00c3\u009fe\r\n", ["Gr\u00fc\u00dfe"]),
        ("Gr\u00fc\u00dfe", ["Gr\u00fc\u00dfe"]),
        ("\u00ff\u0085\r\n", ["\u00ff\\x85"]),
        ("", []),
    ],
)
def test_ends_of_lines_show_where_they_are_not_crlf(said: str, lines: list[str]) -> None:
    """So a reader sees what the mail host saw, on any terminal."""
    assert list(client_lines(said)) == lines


def test_what_is_long_is_cut() -> None:
    """A line that does not end and a message that does not end are told with their size."""
    assert list(client_lines("x" * 5000 + "\r\nend")) == ["x" * 200 + " ... (5000 octets)", "end"]
    many = list(client_lines("a\r\n" * 10000))
    assert (len(many), many[-1]) == (41, "... 9960 lines more")


@pytest.mark.parametrize("size, shown", [(200, "x" * 200), (201, f"{'x' * 200} ... (201 octets)")])
def test_the_longest_line(size: int, shown: str) -> None:
    """200 octets are shown."""
    assert list(client_lines(f"{'x' * size}\r\n")) == [shown]


def test_an_answer_of_a_remote_mta() -> None:
    """When it was given, by whom, at which stage, and to whom."""
    answered = Answered(START, "203.0.113.9", "192.0.2.21", "RCPT", "450 4.3.2 later\x1b", 0)
    assert answer_line(answered) == (
        "2023-11-14T22:13:20.000000+00:00 203.0.113.9 RCPT <- 450 4.3.2 later\\x1b  (to 192.0.2.21)"
    )
