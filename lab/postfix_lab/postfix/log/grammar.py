"""Parser for a syslog line: the only place that interprets the text of a log line.

The program that wrote the line decides which module parses it. No line is an error: an unknown one is `Trouble` if it
has a level, else `Other`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from postfix_lab.postfix.log import queue_lines, smtpd_lines
from postfix_lab.postfix.log.events import (
    Event,
    HostnameMismatch,
    Level,
    NoticeDiscarded,
    NumericHostname,
    Other,
    SaslFailure,
    Trouble,
)
from postfix_lab.postfix.log.policyd_spf_lines import parse_policyd_spf
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.text import printable, stamp

# Short ids are hexadecimal; long ones (enable_long_queue_ids) have no vowels, so no word is one.
_ID = r"(?:[0-9A-F]{6,}|(?=[^:]{0,40}\d)[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}|NOQUEUE)"
_PREFIX = re.compile(rf"(?:({_ID}): )?(?:(warning|error|fatal|panic): (?:({_ID}): )?)?")
_LEVELS: dict[str, Level] = {"warning": "warning", "error": "error", "fatal": "fatal", "panic": "panic"}
_SEVERITY: dict[int, Level] = {0: "panic", 1: "fatal", 2: "fatal", 3: "error", 4: "warning"}
_WARNINGS = (HostnameMismatch, NoticeDiscarded, NumericHostname, SaslFailure)


@dataclass(frozen=True)
class LogLine:
    """One line of a mail host's log; `at` is seconds since the epoch, `peer` the mail host's address."""

    at: float
    program: str
    """The whole tag: `postfix/submission/smtpd`, `policyd-spf`."""
    service: str
    """Its last part: `smtpd`."""
    pid: int | None
    severity: int
    text: str
    """Everything after `program[pid]: `."""
    queue_id: str | None
    event: Event
    peer: str = ""

    def __str__(self) -> str:
        return f"{stamp(self.at)} {self.program}{'' if self.pid is None else f'[{self.pid}]'}: {self.text}"

    @property
    def level(self) -> Level | None:
        """`warning`, `error`, `fatal` or `panic`, from the text, else from the severity; None for an ordinary line.

        The WARN action of an access map or of header_checks is not a warning: the admin configured it.
        """
        if isinstance(self.event, Trouble):
            return self.event.level
        if isinstance(self.event, _WARNINGS):
            return "warning"
        return _SEVERITY.get(self.severity)


def parse(line: SyslogLine) -> LogLine:
    """Parse one line; never raises."""
    text = line.text.strip()
    service = line.program.rsplit("/", 1)[-1]
    prefix = _PREFIX.match(text)
    first, level, second = prefix.groups() if prefix else (None, None, None)
    queue_id = next((found for found in (first, second) if found and found != "NOQUEUE"), None)
    event = _event(service, text, prefix.end() if prefix else 0, first, level)
    if isinstance(event, Other) and (grade := _LEVELS.get(level or "") or _SEVERITY.get(line.severity)):
        event = Trouble(grade, text.removeprefix(f"{level}: "))
    return LogLine(line.at, line.program, service, line.pid, line.severity, text, queue_id, event, line.peer)


def _event(service: str, text: str, start: int, first: str | None, level: str | None) -> Event:
    plain = text[start:]
    if service == "cleanup" and first:
        plain = text[len(first) + 2 :]
        checked = smtpd_lines.parse_content_check(plain) or smtpd_lines.parse_action(plain)
        return checked or (None if level else queue_lines.parse_queue(plain)) or Other()
    if level:
        return _warning(service, plain) or Other()
    if service == "policyd-spf":
        return parse_policyd_spf(plain) or Other()
    return _by_service(service, plain, first) or Other()


def _warning(service: str, text: str) -> Event | None:
    match service:
        case "smtpd":
            return smtpd_lines.parse_smtpd(text, warning=True)
        case "bounce":
            return queue_lines.parse_bounce_warning(text)
    return None


def _by_service(service: str, text: str, queue_id: str | None) -> Event | None:
    match service:
        case "smtpd":
            return (smtpd_lines.parse_connection(text) if queue_id is None else None) or smtpd_lines.parse_smtpd(text)
        case "postscreen":
            return smtpd_lines.parse_postscreen(text)
        case "master":
            return queue_lines.parse_master(text)
        case _ if queue_id not in (None, "NOQUEUE"):
            return queue_lines.parse_queue(text)
    return smtpd_lines.parse_tls(text)


def log_line(line: LogLine) -> str:
    """The line as Debian's rsyslog writes it to mail.log, with the time first."""
    tag = f"{line.program}[{line.pid}]" if line.pid is not None else line.program
    return printable(f"{stamp(line.at)} {tag}: {line.text}")
