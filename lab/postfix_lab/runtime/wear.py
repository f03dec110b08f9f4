"""What earlier runs left in a mail host and has to be undone, as its configuration and its log tell.

`docs/memory.md` says what each daemon of Postfix keeps, for how long, and which of these rules undoes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.log import LogLine

_CACHES = ("postscreen", "_rate_limit", "reject_unverified_", "dane")
"""Parts of names that make Postfix cache clients, addresses or TLSA records: in files, or in a daemon's memory."""
_LISTS = ("_rbl", "rhsbl_", "dnswl_", "rhswl_", "dnsbl_")
"""Parts of names that configure DNS lists: smtpd caches each answer until its process ends, across sessions."""
_STAYS = (" status=deferred ", " hold: ", " milter-hold: ")
"""Texts that are logged for a message that stays in the queue."""
_LIMIT = " has reached its process limit"
"""What master(8) logs when it begins to start daemons with `stress=yes`."""
_KEPT_BY_DAEMONS = re.compile(
    r" status=deferred "  # qmgr(8) does not try a dead destination again for minimal_backoff_time.
    r"|, conn_use=\d"  # scache(8) keeps connections to remote MTAs open.
    r"|TLS connection (?:established|reused) to "  # tlsmgr(8) keeps sessions, in files where main.cf names them.
    r"|: problem talking to (?:service|server)"  # The daemon has lost a connection that it keeps open.
)
"""Texts that are logged when a daemon begins to keep something that may decide about later mail."""
_EVERY_TIME = re.compile(
    r"hostname \S+ does not resolve to address|numeric hostname|numeric result|non-SMTP command from"
    r"|TLS library problem|authentication failed|Illegal address syntax|rate limit exceeded|limit exceeded:"
    r"|address not listed for hostname|malformed domain name|valid_hostname|timeout .*talking|lost connection"
    r"|Possible SMTP command smuggling|dropping bare|premature end-of-input|read timeout|Unexpected response"
)
"""Warnings about one client, which each session gets; others may be given once in the life of a process."""


@dataclass
class Wear:
    """State of a mail host that has to be undone before the next test."""

    queue_dirty: bool = False
    """A message may be in the queue, or log lines may still arrive."""
    master_remembers: bool = False
    """A Postfix daemon died, which master(8) does not replace for a minute, or a service reached its process limit,
    after which master(8) starts daemons under stress; neither ends with a reload."""
    daemons_remember: bool = False
    """A daemon keeps something in its memory that may decide about later mail, or gave a warning that it gives once."""

    caches_clients: bool = False
    """The configuration makes Postfix cache clients, addresses or TLSA records, or keep connections that matter."""
    asks_dns_lists: bool = False
    """The configuration names DNS lists, whose answers each smtpd process caches."""
    list_answers: tuple[object, ...] | None = None
    """The DNS data that the cached list answers come from; None: no run since these processes started."""
    used: bool = False
    """A client, which may be the canary, has connected since the last start or reload."""
    unused: bool = False
    """No client has connected since the last start: what daemons log when they start is still to come."""
    syslog_stopped: bool = False
    """rsyslogd was stopped."""

    @property
    def needs_reset(self) -> bool:
        """Whether Postfix may have cached something that the next test must not find."""
        return self.daemons_remember or (self.caches_clients and self.used)

    def note_configuration(self, files: Iterable[str], *, keeps_connections: bool = False) -> None:
        """Record what a configuration, given as the texts of its files, makes Postfix cache.

        `keeps_connections`: smtpd keeps connections to policy services that may matter to later mail.
        """
        texts = tuple(files)
        self.caches_clients, self.asks_dns_lists = mentions(texts) or keeps_connections, mentions(texts, _LISTS)

    def note_fresh_daemons(self) -> None:
        """Record that no daemon from before is left."""
        self.list_answers, self.daemons_remember, self.used = None, False, False

    def list_answers_changed(self, answers: tuple[object, ...]) -> bool:
        """Whether smtpd may have cached DNS list answers that differ from these data."""
        return self.asks_dns_lists and self.list_answers not in (None, answers)

    def note_log(self, log: Iterable[LogLine], *, unfinished: bool) -> None:
        """Record what the log lines of a run tell; `unfinished`: the log is not complete."""
        lines = tuple(log)
        text = "\n".join([line.text for line in lines])  # One search takes half the time of one for each line.
        self.queue_dirty |= unfinished or any(word in text for word in _STAYS)
        self.master_remembers |= _LIMIT in text or any(line.level in ("fatal", "panic") for line in lines)
        self.daemons_remember |= bool(_KEPT_BY_DAEMONS.search(text)) or any(map(_is_given_once, lines))


def _is_given_once(line: LogLine) -> bool:
    """Whether it is a warning of a daemon that a later session of the same process may not get."""
    return line.level == "warning" and line.program.startswith("postfix/") and not _EVERY_TIME.search(line.text)


def mentions(files: Iterable[str], words: tuple[str, ...] = _CACHES) -> bool:
    """Whether a line of these files, comments apart, contains one of the words; by default those of any cache."""
    lines = (line for text in files for line in split_lines(text) if line[:1] != "#")
    return any(word in line for line in lines for word in words)
