"""Log lines, one by one and as a log, with a second opinion on what kind of line each is."""

from __future__ import annotations

import re
from contextlib import suppress

from postfix_lab.inside.internet.loghost import FrameParser, parse_rfc5424
from postfix_lab.postfix.files.table_lines import INDEXED, NETWORKS, PATTERNS, find_entry, table_entries
from postfix_lab.postfix.log import LogBook, LogLine, SessionLog, parse
from postfix_lab.postfix.log.events import Event
from postfix_lab.postfix.log.grammar import log_line
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.postfix.log.verbose_lines import (
    asked_milter,
    is_noise,
    opened_queue_id,
    parse_alias,
    parse_lookup,
    parse_mapping,
    parse_resolution,
)
from postfix_lab.postfix.restrictions import evaluate
from tests.unit.traced import ODD, configured

PROGRAMS = (
    "postfix/smtpd", "postfix/cleanup", "postfix/qmgr", "postfix/smtp", "postfix/lmtp", "postfix/bounce", "postfix/pickup",
    "postfix/master", "postfix/postscreen", "policyd-spf", "dovecot", "postfix/submission/smtpd",
)  # fmt: skip
TALK = (
    b"maps_find: header_checks: pcre:/h(0,lock): Subject: a = REJECT no\0/^Subject: (.)/ REJECT no\n",
    b"`a@b' -> `c@d' -> (`smtp' `[gate]' `c@d' `4096')\0192.0.2.0/24 OK\n",
    b'mail_addr_map: a@b -> 0: c@d\0root: "x y"\n',
)
_PREFIX = r"(?:\w+: )?(?:(?:warning|error|fatal|panic): )?(?:\w+: )?"
_QUEUED = r"\w{6,}: .*"
_KINDS = {
    "Connect": ("smtpd", r"connect from .*"),
    "Disconnect": ("smtpd", r"disconnect from .*"),
    "LostConnection": ("smtpd", r".* after \S+ .*from .*"),
    "Accepted": ("smtpd", rf"{_PREFIX}client=.*"),
    "Reject": ("smtpd|cleanup|postscreen", rf"{_PREFIX}[a-z_-]+: [A-Za-z].*"),
    "MessageId": ("", rf"{_QUEUED}message-id=.*"),
    "Queued": ("", r"\w{6,}: from=<.*>, size=\d+, nrcpt=\d+ \(queue active\)"),
    "Delivery": ("", r"\w{6,}: to=<.*relay=.*status=.*"),
    "Removed": ("", r"\w{6,}: removed.*"),
    "Bounced": ("", r"\w{6,}: [a-z -]+ notification: \w+"),
    "NoticeDiscarded": ("bounce", r"warning: \w{6,}: undeliverable postmaster notification discarded"),
    "NoticeFailed": ("qmgr", r"\w{6,}: status=deferred \((bounce|trace|defer) failed\)"),
    "HoldChanged": ("", r"\w{6,}: (placed on|released from) hold"),
    "ReturnedExpired": ("", r"\w{6,}: from=<.*expired, .*"),
    "PickedUp": ("", r"\w{6,}: uid=\d+ from=.*"),
    "HostnameMismatch": ("smtpd", rf"{_PREFIX}hostname .*"),
    "NumericHostname": ("smtpd", rf"{_PREFIX}numeric hostname: .*"),
    "SaslFailure": ("smtpd", rf"{_PREFIX}\S*\[.*SASL .*"),
    "PolicySpf": ("policyd-spf", r".*"),
    "MasterStarted": ("master", r"daemon started -- version .*"),
    "Reloaded": ("master", r"reload -- version .*"),
    "Stopped": ("master", r"terminating on signal \d+.*"),
    "Postscreen": ("postscreen", r"[A-Z].*"),
}
"""Who can say it, and how it begins, in other words than the grammar's own."""


def line(octets: bytes) -> None:
    """One line of the program that the first octet names: read, safe to print, and of a kind that this program can say."""
    if octets:
        _sound(_parsed(octets[:1], octets[1:], 1.0))


def lines(octets: bytes) -> None:
    """Lines of several programs, each behind an octet that names its program; every session keeps to its own process."""
    sessions: list[SessionLog] = []
    book = LogBook(sessions.append)
    for number, row in enumerate(octets.split(b"\n")[:60]):
        if row:
            parsed = _parsed(row[:1], row[1:], float(number))
            _sound(parsed)
            book.add(parsed)
    for session in sessions:
        if session.service == "smtpd":
            assert {found.pid for found in session._lines if found.service == "smtpd"} <= {session.pid}
    book.clear()


def _parsed(program: bytes, text: bytes, at: float) -> LogLine:
    number = program[0]
    said = text.decode("utf-8", "replace")
    return parse(SyslogLine(at, "192.0.2.21", "mx", PROGRAMS[number % len(PROGRAMS)], number // len(PROGRAMS), 6, said))


def _sound(parsed: LogLine) -> None:
    assert log_line(parsed).isprintable()
    event: Event = parsed.event
    who, how = _KINDS.get(type(event).__name__, ("", ".*"))
    assert not who or parsed.service in who.split("|"), (who, parsed)
    assert re.fullmatch(how, parsed.text, re.DOTALL), (how, parsed)


def syslog(octets: bytes) -> None:
    """Frames are the same in any pieces, and each is a line or a ValueError."""
    whole, pieces = FrameParser(), FrameParser()
    try:
        frames = whole.feed(octets)
    except ValueError:
        return
    half = len(octets) // 2
    with suppress(ValueError):
        assert pieces.feed(octets[:half]) + pieces.feed(octets[half:]) == frames
    for frame in frames:
        with suppress(ValueError):
            found = parse_rfc5424(frame.decode("utf-8", "replace"), "192.0.2.21")
            str(parse(found))


def trace(octets: bytes) -> None:
    """Any lines of a verbose smtpd are commands, lists and steps, however little they fit what was configured."""
    texts = octets.decode("utf-8", "replace").split("\n")[:200]
    rows = [parse(SyslogLine(float(n), "192.0.2.21", "mx", "postfix/smtpd", 7, 6, text)) for n, text in enumerate(texts)]
    for command in evaluate(rows, configured(**ODD), "smtp/inet"):
        for step in command.walk():
            assert step.result in ("not reached", "dunno", "permit", "reject", "defer", "unknown")


def talk(data: bytes) -> None:
    """A line of a verbose program, and a table in which what it found is looked for."""
    said, _, table = data.decode("utf-8", "surrogateescape").partition("\0")
    line = SyslogLine(1.0, "192.0.2.21", "mx", "postfix/cleanup", 7, 6, said)
    assert isinstance(is_noise(line), bool)
    for read in (parse_resolution, parse_mapping, parse_alias, opened_queue_id, asked_milter):
        read(said)
    lookup = parse_lookup(said)
    for kind in (*INDEXED, *PATTERNS, *NETWORKS):
        entries = table_entries(table, kind)
        found = find_entry(table, kind, lookup.key, lookup.value) if lookup else None
        assert found is None or found in entries
