"""Lines of smtpd, postscreen and cleanup's content checks."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.events import (
    Accepted,
    Client,
    Connect,
    Disconnect,
    Event,
    HostnameMismatch,
    LostConnection,
    NumericHostname,
    Postscreen,
    Reject,
    SaslFailure,
    Tally,
    TlsEstablished,
    TlsFailed,
)
from postfix_lab.postfix.log.smtpd_lines import parse_connection, parse_content_check, parse_postscreen, parse_smtpd

A = Client("a", "192.0.2.1", 9)
BARE = Client("", "192.0.2.1", 9)


@pytest.mark.parametrize(
    "text, event",
    [
        ("connect from a[192.0.2.1]:9", Connect(A)),
        ("disconnect from a[192.0.2.1]:9", Disconnect(A)),
        (
            "disconnect from a[192.0.2.1]:9 ehlo=1 rcpt=1/2 x=y commands=2/3",
            Disconnect(A, (Tally("ehlo", 1, 1), Tally("rcpt", 1, 2), Tally("commands", 2, 3))),
        ),
        ("reconnect from a[192.0.2.1]:9", None),
        ("connect from nowhere", None),
    ],
)
def test_first_and_last_line(text: str, event: Event | None) -> None:
    """The summary has what was accepted of what was tried."""
    assert parse_connection(text) == event


@pytest.mark.parametrize(
    "text, event",
    [
        ("client=a[192.0.2.1]:9", Accepted(A)),
        (
            "client=a[192.0.2.1]:9, sasl_method=PLAIN, sasl_username=u, sasl_sender=s",
            Accepted(A, "PLAIN", "u", "s"),
        ),
        (
            "client=a[192.0.2.1]:9, orig_queue_id=4X, orig_client=b[192.0.2.2]",
            Accepted(A, orig_queue_id="4X", orig_client="b[192.0.2.2]"),
        ),
        ("client=", None),
        ("lost connection after RCPT from a[192.0.2.1]:9", LostConnection(A, "lost connection", "RCPT")),
        ("timeout after DATA (7 bytes) from a[192.0.2.1]:9", LostConnection(A, "timeout", "DATA", 7)),
        ("abort: TLS from a[192.0.2.1]:9: x", TlsFailed(A, "x")),
        (
            "Anonymous TLS connection established from a[192.0.2.1]:9: TLSv1.3 with cipher X (256/256 bits)",
            TlsEstablished(A, "Anonymous", outbound=False, protocol="TLSv1.3", cipher="X"),
        ),
        (
            "Verified TLS connection established to a[192.0.2.1]:9: TLSv1.2 with cipher X",
            TlsEstablished(A, "Verified", outbound=True, protocol="TLSv1.2", cipher="X"),
        ),
        ("SSL_accept error from a[192.0.2.1]:9: lost connection", TlsFailed(A, "lost connection")),
        ("SSL_connect error to a[192.0.2.1]:9: -1", TlsFailed(A, "-1")),
        (
            "reject: RCPT from a[192.0.2.1]:9: 550 5.1.1 <b@c>: no: why; from=<s@t> to=<b@c> proto=ESMTP helo=<h>",
            Reject("reject", "RCPT", "<b@c>: no: why", A, 550, "5.1.1", "b@c", "no", "why", "s@t", "b@c", "ESMTP", "h"),
        ),
        ("milter-reject: END-OF-MESSAGE from a[192.0.2.1]:9: 5.7.1 no", Reject("milter-reject", "END-OF-MESSAGE", "no", A, None, "5.7.1", None, "no")),
        ("reject_warning: VRFY from a[192.0.2.1]:9: 450 x", Reject("reject_warning", "VRFY", "x", A, 450, subject="x")),
        ("reject_unauth_destination: X from a[192.0.2.1]:9: y", None),
        ("hello", None),
    ],
)  # fmt: skip
def test_within_a_session(text: str, event: Event | None) -> None:
    """A message, a line that broke, TLS, and everything that is done about a mail."""
    assert parse_smtpd(text) == event


@pytest.mark.parametrize(
    "text, event",
    [
        ("hostname a.example does not resolve to address 192.0.2.1: Name or service not known", HostnameMismatch("a.example", "192.0.2.1", "Name or service not known")),
        ("hostname a.example does not resolve to address 192.0.2.1", HostnameMismatch("a.example", "192.0.2.1")),
        ("numeric hostname: 192.0.2.1", NumericHostname("192.0.2.1")),
        ("a[192.0.2.1]:9: SASL LOGIN authentication failed: bad", SaslFailure(A, "LOGIN", "bad")),
        ("a[192.0.2.1]:9: SASL PLAIN authentication failed: bad, sasl_username=u", SaslFailure(A, "PLAIN", "bad", "u")),
        ("a[192.0.2.1]:9: SASL PLAIN authentication aborted", SaslFailure(A, "PLAIN", "aborted")),
        ("something else", None),
    ],
)  # fmt: skip
def test_warnings(text: str, event: Event | None) -> None:
    """Those about a name and about AUTH have fields."""
    assert parse_smtpd(text, warning=True) == event


@pytest.mark.parametrize(
    "text, event",
    [
        (
            "reject: header Subject: x from y from a[192.0.2.1]:9; from=<s@t> to=<b@c> proto=ESMTP helo=<h>: 5.7.1 no",
            Reject("reject", "header", "no", A, None, "5.7.1", "Subject: x from y", "", "no", "s@t", "b@c", "ESMTP", "h"),
        ),
        ("warning: body spam from local; from=<s@t>", Reject("warning", "body", "", None, about="spam", sender="s@t")),
        ("reject: RCPT from x", None),
    ],
)
def test_content_checks(text: str, event: Event | None) -> None:
    """The line that matched is what it is about, the text behind the envelope is the reason."""
    assert parse_content_check(text) == event


@pytest.mark.parametrize(
    "text, event",
    [
        ("CONNECT from [192.0.2.1]:9 to [192.0.2.21]:25", Postscreen("CONNECT", BARE, "[192.0.2.21]:25")),
        ("PASS NEW [192.0.2.1]:9", Postscreen("PASS NEW", BARE)),
        ("PREGREET 11 after 0.1 from [192.0.2.1]:9: EHLO x\\r\\n", Postscreen("PREGREET", BARE, "11 after 0.1 EHLO x\\r\\n")),
        ("DNSBL rank 3 for [192.0.2.1]:9", Postscreen("DNSBL", BARE, "rank 3")),
        ("HANGUP after 0 from [192.0.2.1]:9 in tests before SMTP handshake", Postscreen("HANGUP", BARE, "after 0 in tests before SMTP handshake")),
        ("NOQUEUE: x", None),
        ("cache btree:x full cleanup: retained=1", None),
    ],
)  # fmt: skip
def test_postscreen(text: str, event: Event | None) -> None:
    """What it found, whom about, and what stands around that."""
    assert parse_postscreen(text) == event


def test_a_refusal_of_postscreen() -> None:
    """It is one like smtpd's, of a client without a name."""
    event = parse_postscreen("reject: RCPT from [192.0.2.1]:9: 450 4.3.2 later; from=<a@b>, to=<c@d>, proto=ESMTP, helo=<h>")
    assert event == Reject("reject", "RCPT", "later", BARE, 450, "4.3.2", None, "later", "", "a@b", "c@d", "ESMTP", "h")
