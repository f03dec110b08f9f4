"""What earlier tests left in a mail host and has to be undone, as its configuration and its log tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.log import LogLine

_VERIFIES = ("reject_unverified_",)
"""Parts of parameter names that make Postfix cache addresses (verify(8)), whichever client named them."""
_CACHES = ("postscreen", "_rate_limit", *_VERIFIES)
"""Parts of names that make it cache clients or addresses: in files, or in anvil(8)'s memory."""
_LISTS = ("_rbl", "rhsbl_", "dnswl_", "rhswl_", "dnsbl_")
"""Parts of names that configure DNS lists: smtpd caches each answer until its process ends, across sessions."""
_STAYS = (" status=deferred ", " hold: ", " milter-hold: ")
"""Texts that are logged for a message that stays in the queue."""


@dataclass
class Wear:
    """State of a mail host that has to be undone before the next test."""

    queue_dirty: bool = False
    """A message may be in the queue, or log lines may still arrive."""
    daemon_died: bool = False
    """A Postfix daemon died: master(8) does not replace it for a minute, even after a reload."""

    caches_clients: bool = False
    """The configuration makes Postfix cache clients or addresses."""
    caches_addresses: bool = False
    """It caches addresses (verify(8)): the canary may fill entries that the next test asks for."""
    asks_dns_lists: bool = False
    """The configuration names DNS lists, whose answers each smtpd process caches."""
    list_answers: tuple[object, ...] | None = None
    """The DNS data that the cached list answers come from; None: no run since these processes started."""
    other_clients: bool = False
    """Other clients than the canary have connected since the last start or reload."""
    unused: bool = False
    """No client has connected since the last start."""
    syslog_stopped: bool = False
    """rsyslogd was stopped."""

    @property
    def needs_reset(self) -> bool:
        """Whether Postfix may have cached something that the next test must not find."""
        return self.caches_clients and (self.other_clients or self.caches_addresses)

    def note_configuration(self, files: Iterable[str]) -> None:
        """Record what a configuration, given as the texts of its files, makes Postfix cache."""
        texts = tuple(files)
        self.caches_clients, self.caches_addresses = mentions(texts), mentions(texts, _VERIFIES)
        self.asks_dns_lists, self.list_answers = mentions(texts, _LISTS), None

    def list_answers_changed(self, answers: tuple[object, ...]) -> bool:
        """Whether smtpd may have cached DNS list answers that differ from these data."""
        return self.asks_dns_lists and self.list_answers not in (None, answers)

    def note_log(self, log: Iterable[LogLine], *, unfinished: bool) -> None:
        """Record what the log lines of a run tell; `unfinished`: the log is not complete."""
        lines = tuple(log)
        text = "\n".join([line.text for line in lines])  # One search takes half the time of one for each line.
        self.queue_dirty |= unfinished or any(word in text for word in _STAYS)
        self.daemon_died |= any(line.level in ("fatal", "panic") for line in lines)


def mentions(files: Iterable[str], words: tuple[str, ...] = _CACHES) -> bool:
    """Whether a line of these files, comments apart, contains one of the words; by default those of any cache."""
    lines = (line for text in files for line in split_lines(text) if line[:1] != "#")
    return any(word in line for line in lines for word in words)
