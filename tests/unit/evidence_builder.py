"""Evidence that is valid by default: one good mail that was asked about, logged and delivered.

A test breaks one thing of it: `evidence(log=log_of(...))`, `evidence(queries=())`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from postfix_lab.dns.query import Query
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.fit.delta import Delta
from postfix_lab.postfix.log.grammar import LogLine, parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Exchange, Reply, Transcript

START = 1_700_000_000.0
CLIENT, PORT, SERVER, SINK = "203.0.113.10", 40001, "192.0.2.21", "192.0.2.99"
QUEUE_ID = "4ABCD12345"
FACTS = MailHostFacts(
    debian=12,
    release="bookworm",
    postfix="3.7.11",
    policyd_spf="3.0.4",
    spf_dns_library="py3dns",
    addresses=(SERVER,),
    configuration="article",
    chroot="packaged",
    deltas=(
        Delta("transport_maps", "static:lmtp:inet:[192.0.2.99]:24", "what is accepted reaches the sink"),
        Delta("resolv.conf", "nameserver 192.0.2.53", "the lab's resolver answers"),
    ),
)
GOOD_LOG = (
    "smtpd: connect from mail.good.example[203.0.113.10]",
    "policyd-spf: : prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=203.0.113.10; "
    "helo=mail.good.example; envelope-from=ann@good.example; receiver=lab.test",
    f"smtpd: {QUEUE_ID}: client=mail.good.example[203.0.113.10]",
    f"qmgr: {QUEUE_ID}: from=<ann@good.example>, size=400, nrcpt=1 (queue active)",
    f"lmtp: {QUEUE_ID}: to=<bob@lab.test>, relay=192.0.2.99[192.0.2.99]:24, delay=0.1, delays=0.1/0/0/0, "
    "dsn=2.0.0, status=sent (250 2.0.0 Ok)",
    f"qmgr: {QUEUE_ID}: removed",
    "smtpd: disconnect from mail.good.example[203.0.113.10] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5",
)
CONTENT = (
    f"Received: from mail.good.example (mail.good.example [{CLIENT}])\r\n"
    f"\tby mx.lab.test (Postfix) with ESMTP id {QUEUE_ID}\r\n"
    "\tfor <bob@lab.test>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\r\n"
    f"Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip={CLIENT};\r\n"
    " helo=mail.good.example; envelope-from=ann@good.example; receiver=lab.test\r\n"
    "Subject: lab\r\n\r\nHello.\r\n"
)


def reply(text: str) -> Reply:
    """Make a reply from its line: `450 4.7.25 Client host rejected`."""
    code, _, rest = text.partition(" ")
    first, _, after = rest.partition(" ")
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else None
    return Reply(int(code), (after if enhanced else rest,), enhanced)


def session(**replies: str | None) -> Transcript:
    """Make the good session, with these replies in place of its own; a refusal ends it, as QUIT does."""
    said: tuple[tuple[Stage, str, str], ...] = (
        ("CONNECT", "", "220 mx.lab.test ESMTP Postfix"),
        ("HELO", "EHLO mail.good.example", "250 mx.lab.test"),
        ("MAIL", "MAIL FROM:<ann@good.example>", "250 2.1.0 Ok"),
        ("RCPT", "RCPT TO:<bob@lab.test>", "250 2.1.5 Ok"),
        ("DATA", "DATA", "354 End data with <CR><LF>.<CR><LF>"),
        ("MESSAGE", "Subject: lab\r\n\r\nHello.\r\n", f"250 2.0.0 Ok: queued as {QUEUE_ID}"),
    )
    exchanges: list[Exchange] = []
    for number, (stage, words, usual) in enumerate(said):
        told = replies.get(stage, usual)
        exchanges.append(Exchange(stage, words, reply(told) if told else None, START + number / 100))
        if told is None or told[0] in "45":
            break
    exchanges.append(Exchange("QUIT", "QUIT", reply("221 2.0.0 Bye"), START + 0.5))
    return Transcript(CLIENT, PORT, SERVER, 25, tuple(exchanges), "quit", None, START, START + 0.5)


def log_of(*texts: str) -> tuple[LogLine, ...]:
    """Parse lines written as `service: text`, a hundredth of a second apart."""
    return tuple(_line(text, START + number / 100) for number, text in enumerate(texts))


def _line(written: str, at: float) -> LogLine:
    service, _, text = written.partition(": ")
    program = service if service == "policyd-spf" else f"postfix/{service}"
    severity = 4 if "warning: " in text else 6
    return parse(SyslogLine(at, SERVER, "mx", program, 100, severity, text))


def query(name: str, rtype: str, outcome: str = "NOERROR", *answers: str, **more: Any) -> Query:
    """Make a question with its outcome."""
    return replace(Query(START, SERVER, "192.0.2.53", "udp", name, rtype, outcome, answers), **more)


GOOD_QUERIES = (
    query("10.113.0.203.in-addr.arpa", "PTR", "NOERROR", "PTR mail.good.example."),
    query("mail.good.example", "A", "NOERROR", "A 203.0.113.10"),
)


def message(**changes: Any) -> Received:
    """Make the message that the sink got."""
    usual = Received(START + 0.2, SINK, "LMTP", SERVER, "mx.lab.test", "ann@good.example", ("bob@lab.test",), CONTENT)
    return replace(usual, **changes)


def evidence(**changes: Any) -> Evidence:
    """Make the good mail's evidence, with these fields in place of its own."""
    usual = Evidence(
        scenario="right",
        mail_host=FACTS,
        world=World(hosts=(Host(CLIENT, name="mail.good.example"),)),
        sessions=(session(),),
        log=log_of(*GOOD_LOG),
        queries=GOOD_QUERIES,
        messages=(message(),),
        postconf="myhostname = mx.lab.test\n",
        replay="postfix-lab run tests/scenarios/ptr/test_right.py",
        started=START,
        finished=START + 0.5,
    )
    return replace(usual, **changes)


def refused_at_rcpt(
    text: str = "450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.10]",
) -> Evidence:
    """Make evidence of a session that got this reply to its RCPT and left nothing behind."""
    log = log_of(
        "smtpd: connect from unknown[203.0.113.10]",
        f"smtpd: NOQUEUE: reject: RCPT from unknown[203.0.113.10]: {text}; "
        "from=<ann@good.example> to=<bob@lab.test> proto=ESMTP helo=<mail.good.example>",
        "smtpd: disconnect from unknown[203.0.113.10] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4",
    )
    return evidence(sessions=(session(RCPT=text),), log=log, messages=())
