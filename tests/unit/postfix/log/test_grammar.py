"""The grammar of log lines, against lines that Debian 11, 12 and 13 wrote (samples/) and against hostile ones."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from postfix_lab.inside.internet.loghost import parse_rfc5424
from postfix_lab.postfix.log import (
    Accepted,
    Bounced,
    Client,
    Connect,
    Delivery,
    Disconnect,
    Event,
    HoldChanged,
    HostnameMismatch,
    LogLine,
    LostConnection,
    MasterStarted,
    MessageId,
    NoticeDiscarded,
    NoticeFailed,
    NumericHostname,
    Other,
    PickedUp,
    PolicySpf,
    Postscreen,
    Queued,
    Reject,
    Reloaded,
    Removed,
    ReturnedExpired,
    SaslFailure,
    Stopped,
    Tally,
    TlsEstablished,
    TlsFailed,
    Trouble,
    parse,
)
from tests.unit.postfix.log.log_script import read

RELEASES = ("bullseye", "bookworm", "trixie")
GOOD = Client("c9.good.example", "203.0.113.9", 46215)
SIX = Client("unknown", "2001:db8::5", 5)
SPF = (
    "identity=mailfrom; client-ip=203.0.113.9; helo=c9.good.example; envelope-from=ann@good.example; receiver=lab.test"
)
FACTS = ("mailfrom", "203.0.113.9", "c9.good.example", "ann@good.example", "lab.test")
WHY = "Please see http://www.openspf.net/Why?s=mfrom;id=ann@fail.example;ip=203.0.113.9;r=lab.test"


def sample(release: str) -> list[LogLine]:
    file = Path(__file__).parents[1] / "samples" / f"{release}.log"
    return [parse(parse_rfc5424(line, "192.0.2.21")) for line in file.read_text("utf-8").splitlines()]


SMTPD: list[tuple[str, Event]] = [
    ("connect from c9.good.example[203.0.113.9]:46215", Connect(GOOD)),
    ("connect from unknown[203.0.113.9]", Connect(Client("unknown", "203.0.113.9"))),
    ("connect from unknown[2001:db8::5]:5", Connect(SIX)),
    ("connect from unknown[unknown]:unknown", Connect(Client("unknown", "unknown"))),
    (
        "disconnect from unknown[2001:db8::5]:5 ehlo=1 rcpt=0/1 commands=1/2",
        Disconnect(SIX, (Tally("ehlo", 1, 1), Tally("rcpt", 0, 1), Tally("commands", 1, 2))),
    ),
    ("lost connection after RCPT from unknown[2001:db8::5]:5", LostConnection(SIX, "lost connection", "RCPT")),
    ("NOQUEUE: timeout after RSET from unknown[2001:db8::5]:5", LostConnection(SIX, "timeout", "RSET")),
    (
        "A6734192671: lost connection after DATA (12 bytes) from unknown[2001:db8::5]:5",
        LostConnection(SIX, "lost connection", "DATA", 12),
    ),
    ("too many errors after UNKNOWN from unknown[2001:db8::5]:5", LostConnection(SIX, "too many errors", "UNKNOWN")),
    ("864251925F2: client=c9.good.example[203.0.113.9]:46215", Accepted(GOOD)),
    (
        "864251925F2: client=c9.good.example[203.0.113.9]:46215, sasl_method=PLAIN, sasl_username=ann",
        Accepted(GOOD, "PLAIN", "ann"),
    ),
    (
        "864251925F2: client=c9.good.example[203.0.113.9]:46215, orig_queue_id=8B8491925A4, orig_client=unknown[192.0.2.9]",
        Accepted(GOOD, orig_queue_id="8B8491925A4", orig_client="unknown[192.0.2.9]"),
    ),
    (
        "warning: hostname gmail.com does not resolve to address 203.0.113.99",
        HostnameMismatch("gmail.com", "203.0.113.99"),
    ),
    (
        "warning: hostname x.example does not resolve to address 2001:db8::5: Name or service not known",
        HostnameMismatch("x.example", "2001:db8::5", "Name or service not known"),
    ),
    ("warning: numeric hostname: 203.0.113.95", NumericHostname("203.0.113.95")),
    (
        "warning: c9.good.example[203.0.113.9]:46215: SASL PLAIN authentication failed: bad, sasl_username=ann",
        SaslFailure(GOOD, "PLAIN", "bad", "ann"),
    ),
    (
        "Anonymous TLS connection established from c9.good.example[203.0.113.9]:46215: TLSv1.3 with cipher X (256/256 bits)",
        TlsEstablished(GOOD, "Anonymous", outbound=False, protocol="TLSv1.3", cipher="X"),
    ),
    ("SSL_accept error from c9.good.example[203.0.113.9]:46215: lost connection", TlsFailed(GOOD, "lost connection")),
    ("warning: TLS library problem: error:0A00010B", Trouble("warning", "TLS library problem: error:0A00010B")),
    ("fatal: no SASL authentication mechanisms", Trouble("fatal", "no SASL authentication mechanisms")),
]

REJECTS: list[tuple[str, Event]] = [
    (
        "NOQUEUE: reject: RCPT from unknown[2001:db8::5]:5: 450 4.7.1 Client host rejected: cannot find your reverse "
        "hostname, [2001:db8::5]; from=<ann@good.example> to=<bob@lab.test> proto=ESMTP helo=<liar.example>",
        Reject(
            "reject", "RCPT", "Client host rejected: cannot find your reverse hostname, [2001:db8::5]", SIX, 450, "4.7.1",
            None, "Client host rejected", "cannot find your reverse hostname, [2001:db8::5]",
            "ann@good.example", "bob@lab.test", "ESMTP", "liar.example",
        ),
    ),
    (
        "NOQUEUE: reject_warning: MAIL from unknown[2001:db8::5]:5: 550 <a@b.example>: Sender address rejected: no; "
        "from=<a@b.example> proto=SMTP helo=<x> sasl_username=<ann>",
        Reject(
            "reject_warning", "MAIL", "<a@b.example>: Sender address rejected: no", SIX, 550, None, "a@b.example",
            "Sender address rejected", "no", "a@b.example", None, "SMTP", "x", "ann",
        ),
    ),
    (
        "NOQUEUE: reject: CONNECT from unknown[2001:db8::5]:5: 554 5.7.1 <unknown[2001:db8::5]>: Client host rejected: "
        "Access denied; proto=SMTP",
        Reject(
            "reject", "CONNECT", "<unknown[2001:db8::5]>: Client host rejected: Access denied", SIX, 554, "5.7.1",
            "unknown[2001:db8::5]", "Client host rejected", "Access denied", proto="SMTP",
        ),
    ),
    (
        "B74761925DE: hold: RCPT from unknown[2001:db8::5]:5: <h@lab.test>: Recipient address triggers HOLD action; "
        "from=<> to=<h@lab.test> proto=ESMTP helo=<x>",
        Reject(
            "hold", "RCPT", "<h@lab.test>: Recipient address triggers HOLD action", SIX, None, None, "h@lab.test",
            "Recipient address triggers HOLD action", "", "", "h@lab.test", "ESMTP", "x",
        ),
    ),
]  # fmt: skip

QUEUE: list[tuple[str, str, Event]] = [
    ("cleanup", "8B8491925A4: message-id=<m1@good.example>", MessageId("<m1@good.example>")),
    ("qmgr", "8B8491925A4: from=<a@b.example>, size=3, nrcpt=2 (queue active)", Queued("a@b.example", 3, 2)),
    ("qmgr", "8B8491925A4: removed", Removed()),
    ("cleanup", "8B8491925A4: removed (canceled)", Removed("canceled")),
    (
        "qmgr",
        "8B8491925A4: from=<a@b.example>, status=expired, returned to sender",
        ReturnedExpired("a@b.example", "expired", "returned to sender"),
    ),
    ("bounce", "8B8491925A4: sender non-delivery notification: 902251925AE", Bounced("sender non-delivery", "902251925AE")),
    ("bounce", "warning: 8B8491925A4: undeliverable postmaster notification discarded", NoticeDiscarded()),
    ("qmgr", "8B8491925A4: status=deferred (bounce failed)", NoticeFailed()),
    ("postsuper", "8B8491925A4: placed on hold", HoldChanged(on_hold=True)),
    ("postsuper", "8B8491925A4: released from hold", HoldChanged(on_hold=False)),
    ("postsuper", "8B8491925A4: requeued", Other()),
    ("pickup", "A6474192581: uid=100 from=<a@b.example> orig_id=8B8491925A4", PickedUp(100, "a@b.example", "8B8491925A4")),
    (
        "relay/smtp",
        "8B8491925A4: to=<c@bad.test>, orig_to=<f@lab.test>, relay=mx.example[198.51.100.10]:25, conn_use=2, delay=28, "
        "delays=28/0.02/0.05/0, dsn=4.3.2, status=deferred (host mx.example[198.51.100.10] said: 451 later (in reply))",
        Delivery(
            "c@bad.test", "deferred", "host mx.example[198.51.100.10] said: 451 later (in reply)", "mx.example",
            "f@lab.test", "198.51.100.10", 25, "4.3.2", 28.0, (28.0, 0.02, 0.05, 0.0),
        ),
    ),
    (
        "local",
        "8B8491925A4: to=<b@lab.test>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as C81FA1925C5)",
        Delivery("b@lab.test", "sent", "forwarded as C81FA1925C5", "local", dsn="2.0.0", delay=0.0, delays=(0.0,) * 4),
    ),
    ("master", "daemon started -- version 3.7.11, configuration /etc/postfix", MasterStarted("3.7.11")),
    ("master", "reload -- version 3.7.11, configuration /etc/postfix", Reloaded("3.7.11")),
    ("master", "terminating on signal 15", Stopped(15)),
    (
        "postscreen",
        "CONNECT from [2001:db8::5]:5 to [192.0.2.21]:25",
        Postscreen("CONNECT", Client("", "2001:db8::5", 5), "[192.0.2.21]:25"),
    ),
    ("postscreen", "PASS NEW [2001:db8::5]:5", Postscreen("PASS NEW", Client("", "2001:db8::5", 5))),
    (
        "postscreen",
        "NOQUEUE: reject: RCPT from [2001:db8::5]:5: 550 5.5.1 Protocol error; from=<a@b.example>, to=<b@lab.test>, "
        "proto=ESMTP, helo=<early>",
        Reject(
            "reject", "RCPT", "Protocol error", Client("", "2001:db8::5", 5), 550, "5.5.1", None, "Protocol error", "",
            "a@b.example", "b@lab.test", "ESMTP", "early",
        ),
    ),
    (
        "cleanup",
        "EF6F11925EB: warning: header Subject: warn me from unknown[2001:db8::5]:5; from=<a@b.example> to=<b@lab.test> "
        "proto=ESMTP helo=<x>: yes",
        Reject(
            "warning", "header", "yes", SIX, about="Subject: warn me", reason="yes", sender="a@b.example",
            recipient="b@lab.test", proto="ESMTP", helo="x",
        ),
    ),
]  # fmt: skip

POLICY: list[tuple[str, Event]] = [
    (f"prepend Received-SPF: Pass (mailfrom) {SPF} ", PolicySpf("prepend", f"Received-SPF: Pass (mailfrom) {SPF}", "Pass", *FACTS)),
    (f": prepend Received-SPF: Fail (mailfrom) {SPF} ", PolicySpf("prepend", f"Received-SPF: Fail (mailfrom) {SPF}", "Fail", *FACTS)),
    (
        ": prepend Received-SPF: None (no SPF record) identity=helo; client-ip=::1; helo=x; envelope-from=<>; receiver=<UNKNOWN> ",
        PolicySpf(
            "prepend",
            "Received-SPF: None (no SPF record) identity=helo; client-ip=::1; helo=x; envelope-from=<>; receiver=<UNKNOWN>",
            "None", "helo", "::1", "x", "", "<UNKNOWN>",
        ),
    ),
    (
        ": prepend X-Comment: SPF check N/A for local connections - client-ip=::1; helo=x; envelope-from=a@b; receiver=c ",
        PolicySpf(
            "skip", "X-Comment: SPF check N/A for local connections - client-ip=::1; helo=x; envelope-from=a@b; receiver=c",
            client_ip="::1", helo="x", envelope_from="a@b", receiver="c",
        ),
    ),
    (
        f"550 5.7.23 Message rejected due to: SPF fail - not authorized. {WHY}",
        PolicySpf(
            "reject", f"Message rejected due to: SPF fail - not authorized. {WHY}", "Fail", "mailfrom", "203.0.113.9", None,
            "ann@fail.example", "lab.test", "550", "5.7.23",
        ),
    ),
    (
        f": defer_if_permit 4.7.24 Message deferred due to: SPF Temporary Error: DNS Timeout. {WHY}",
        PolicySpf(
            "defer", f"Message deferred due to: SPF Temporary Error: DNS Timeout. {WHY}", "Temperror", "mailfrom",
            "203.0.113.9", None, "ann@fail.example", "lab.test", "defer_if_permit", "4.7.24",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("text, event", [*SMTPD, *REJECTS])
def test_smtpd_lines_have_fields(text: str, event: Event) -> None:
    """Each kind of smtpd line, with and without port, IPv4 and IPv6, gives its fields; so does submission's."""
    assert read(text).event == read(text, "postfix/submission/smtpd").event == event


@pytest.mark.parametrize("program, text, event", QUEUE)
def test_lines_of_the_other_daemons_have_fields(program: str, text: str, event: Event) -> None:
    """The queue's, master's and postscreen's lines give their fields."""
    assert read(text, f"postfix/{program}").event == event


@pytest.mark.parametrize("text, event", POLICY)
def test_policyd_spf_lines_have_fields(text: str, event: Event) -> None:
    """Both styles of prepend, the skip, and the refusals give the Received-SPF fields."""
    assert read(text, "policyd-spf").event == event


@pytest.mark.parametrize("release", RELEASES)
def test_real_lines_are_understood(release: str) -> None:
    """Of a real log, only chatter is `Other`, and of each kind there is a line."""
    log = sample(release)
    chatter = ("Postfix is using", "See http", "To disable", "using backwards-compatible", "connect to ", "cache ", "statistics:",
               "cannot load", "Requeued:", "starting", "refreshing", "stopping", "waiting")  # fmt: skip
    assert [str(line) for line in log if isinstance(line.event, Other) and not line.text.startswith(chatter)] == []
    assert set(get_args(Event)) - {type(line.event) for line in log} == set()


@pytest.mark.parametrize("release", RELEASES)
def test_real_rejects_are_complete(release: str) -> None:
    """Every RCPT refusal of a real log has client, port, codes, envelope and HELO."""
    rejects = [
        event for line in sample(release) if isinstance(event := line.event, Reject) and event.action == "reject"
    ]
    at_rcpt = [event for event in rejects if event.stage == "RCPT"]
    for e in at_rcpt:
        assert e.client is not None
        assert None not in (e.client.port, e.code, e.enhanced, e.sender, e.recipient, e.proto, e.helo)
    subjects = {event.subject.removesuffix(" rejected") for event in at_rcpt}
    assert subjects >= {"Client host", "Relay access denied", "Sender address", "Recipient address"}


@pytest.mark.parametrize(
    "text, queue_id",
    [
        ("8B8491925A4: removed", "8B8491925A4"),
        ("3ZqkX21234z5Vc: removed", "3ZqkX21234z5Vc"),
        ("warning: 5059419261E: queue file size limit exceeded", "5059419261E"),
        ("NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 no; proto=SMTP", None),
        ("statistics: max cache size 14", None),
        ("warning: pcre: 1", None),
    ],
)
def test_queue_ids_are_found(text: str, queue_id: str | None) -> None:
    """Short and long queue ids are told from words, and NOQUEUE is none."""
    assert read(text, "postfix/qmgr").queue_id == queue_id
