"""Clients, replies and envelopes within a line."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.events import Client
from postfix_lab.postfix.log.fields import Envelope, ReplyText, leading_client, parse_reply, split_envelope


@pytest.mark.parametrize(
    "text, client, rest",
    [
        ("mx.a.example[192.0.2.1]:25: x", Client("mx.a.example", "192.0.2.1", 25), ": x"),
        ("[2001:db8::5]:9", Client("", "2001:db8::5", 9), ""),
        ("unknown[unknown]:unknown y", Client("unknown", "unknown", None), " y"),
        ("a[b] z", Client("a", "b", None), " z"),
    ],
)
def test_a_leading_client(text: str, client: Client, rest: str) -> None:
    """Its name, its address, its port where one is logged; and what follows."""
    assert leading_client(text) == (client, rest)


@pytest.mark.parametrize("text", ["", "no client", "a b[c]"])
def test_no_client(text: str) -> None:
    """A text that begins otherwise has none."""
    assert leading_client(text) is None


@pytest.mark.parametrize(
    "text, taken",
    [
        ("550 5.7.1 <a@b>: Access denied: why; more", ReplyText(550, "5.7.1", "<a@b>: Access denied: why; more", "a@b", "Access denied", "why; more")),
        ("450 4.7.25 Client host rejected; no name", ReplyText(450, "4.7.25", "Client host rejected; no name", None, "Client host rejected", "no name")),
        ("550 no", ReplyText(550, None, "no", None, "no", "")),
        ("5.7.1 no", ReplyText(None, "5.7.1", "no", None, "no", "")),
        ("no", ReplyText(None, None, "no", None, "no", "")),
        ("", ReplyText(None, None, "", None, "", "")),
        ("<half: a", ReplyText(None, None, "<half: a", None, "<half", "a")),
    ],
)  # fmt: skip
def test_a_reply(text: str, taken: ReplyText) -> None:
    """Codes, what it is about, the subject up to the first colon or semicolon, the reason."""
    assert parse_reply(text) == taken


@pytest.mark.parametrize("which", ["sender", "recipient"])
def test_what_a_reply_is_about_is_in_the_envelope(which: str) -> None:
    """An address with `>: ` in it is known again by the envelope, which has it in quotes."""
    known = Envelope(**{which: '"a>: b\\\\c"@d.example'})
    assert parse_reply("550 5.1.1 <a>: b\\c@d.example>: no: why", known)[3:] == ("a>: b\\c@d.example", "no", "why")


def test_an_envelope_that_says_something_else() -> None:
    """Then the leftmost bracket counts."""
    assert parse_reply("550 5.1.1 <x@y>: no", Envelope(sender="a@b", recipient="c@d")).about == "x@y"


@pytest.mark.parametrize(
    "text, said, envelope",
    [
        (
            "550 no; from=<a@b> to=<c@d> proto=ESMTP helo=<x> sasl_username=<u>: why",
            "550 no", Envelope("a@b", "c@d", "ESMTP", "x", "u", "why"),
        ),
        ("550 no; from=<a@b>, to=<c@d>, proto=SMTP, helo=<x>", "550 no", Envelope("a@b", "c@d", "SMTP", "x")),
        ("550 no; from=<> proto=SMTP", "550 no", Envelope("", None, "SMTP")),
        ("550 no; to=<c@d> proto=SMTP helo=<>", "550 no", Envelope(None, "c@d", "SMTP", "")),
        ("450 no; proto=ESMTP helo=<x>", "450 no", Envelope(None, None, "ESMTP", "x")),
        ("450 no; proto=ESMTP: late", "450 no", Envelope(proto="ESMTP", rest="late")),
        ("550 no;", "550 no", Envelope()),
        ("550 no", "550 no", Envelope()),
        ("no; from=<a@b", "no", Envelope(sender="a@b")),
        ("no; from=<a> b", "no", Envelope(sender="a", rest="b")),
        ("no; from=<a@b> to=<c> d", "no", Envelope("a@b", "c", rest="d")),
        ('no; from=<"x> to=<y"@b> to=<c@d> zz', "no", Envelope('"x> to=<y"@b', "c@d", rest="zz")),
        ("no; to=<c> d> proto=SMTP helo=<h> x", "no", Envelope(None, "c> d", "SMTP", "h", rest="x")),
        ("no; proto=SMTP helo=<a: b>: c", "no", Envelope(None, None, "SMTP", "a: b", rest="c")),
        ("no; proto=SMTP helo=<a b> sasl_username=<u>", "no", Envelope(None, None, "SMTP", "a b", "u")),
    ],
)  # fmt: skip
def test_an_envelope(text: str, said: str, envelope: Envelope) -> None:
    """The form of smtpd up to the end of the line; else from the leftmost separator on."""
    assert split_envelope(text) == (said, envelope)


def test_no_envelope() -> None:
    """Nothing is known then, and nothing follows."""
    assert tuple(split_envelope("no")[1]) == (None, None, None, None, None, "")
