"""smtpd's verbose log of one session as a tree: commands, the lists run for each, their restrictions.

The texts are those of generic_checks(), check_table_result() and check_rcpt_maps() in smtpd_check.c and of
smtpd_chat.c, the same in 3.5, 3.7 and 3.10. In a line, a client's text always follows a prefix that Postfix writes, so
each pattern is anchored at the start of the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from postfix_lab.postfix.log.events import Connect, Disconnect, Reject
from postfix_lab.postfix.log.grammar import LogLine

_START = re.compile(r">>> START (.+) RESTRICTIONS <<<\Z")
_END = re.compile(r">>> END (.+) RESTRICTIONS <<<\Z")
_MAPS = re.compile(r">>> CHECKING (.+) VALIDATION MAPS <<<\Z")
_STATUS = re.compile(r"generic_checks: name=(.+) status=(-?\d+)\Z")
_NAME = re.compile(r"generic_checks: name=(.+)\Z")
_TABLE = "check_table_result: "
_CHAT = re.compile(r"([<>]) [^\s\[\]]*\[[^\s\[\]]+\](?::(?:\d+|unknown))?: (.*)\Z", re.DOTALL)
_CODE = re.compile(r"([2-5]\d\d)([ -])?")
_MODIFIER = "warn_if_reject"
_CONTINUE, _MESSAGE = "334", "354"


@dataclass
class TracedRestriction:
    """One restriction as logged; `status` is that of generic_checks(): 0 dunno, 1 permit, 2 reject."""

    name: str
    began: float
    ended: float
    status: int | None = None
    rejects: list[Reject] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    """The text after `check_table_result: `: table, value, and key."""
    warnings: list[str] = field(default_factory=list)
    inner: list[TracedList] = field(default_factory=list)


@dataclass
class TracedList:
    """One run of a list, from START to END; `maps` is a check of VALIDATION MAPS outside of every list."""

    about: str
    """`Client host`, `Helo command`, `Sender address`, `Recipient address`..."""
    maps: bool = False
    steps: list[TracedRestriction] = field(default_factory=list)
    ended: bool = False
    """Whether END was logged; a configuration error ends all lists at once (reject_server_error)."""


@dataclass
class TracedCommand:
    """One SMTP command, the lists run for it, and the lines of the reply."""

    verb: str
    """`CONNECT` for the greeting, `MESSAGE` for the data after a 354, `UNASKED` for a 421 that answers no command."""
    said: str
    at: float
    blocks: list[TracedList] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    """Refusals outside of every restriction, such as those by defer_if_permit."""
    reply: list[str] = field(default_factory=list)


def session_lines(lines: Iterable[LogLine]) -> tuple[LogLine, ...]:
    """Smtpd's lines about the first session among those lines, from `connect from` to `disconnect from`."""
    process: tuple[str, int | None] | None = None
    found: list[LogLine] = []
    for line in lines:
        if line.service != "smtpd":
            continue
        if process is None and isinstance(line.event, Connect):
            process = (line.peer, line.pid)
        if process == (line.peer, line.pid):
            found.append(line)
            if isinstance(line.event, Disconnect):
                break
    return tuple(found)


def trace_commands(lines: Iterable[LogLine]) -> list[TracedCommand]:
    """The commands of one session in order; `lines` are smtpd's lines of that session."""
    recorder = _Tracer()
    for line in lines:
        recorder.take(line)
    return recorder.commands


class _Tracer:
    def __init__(self) -> None:
        self.commands: list[TracedCommand] = []
        self._open: list[TracedList] = []
        self._secret = False

    def take(self, line: LogLine) -> None:
        """Process one line; lines that are not about restrictions are ignored."""
        if not self.commands:
            self.commands.append(TracedCommand("CONNECT", "", line.at))
        text = line.text
        if chat := _CHAT.match(text):
            (self._take_command if chat[1] == "<" else self._take_reply)(chat[2], line.at)
        elif start := _START.match(text):
            self._start(TracedList(start[1]))
        elif _END.match(text):
            self._end()
        elif maps := _MAPS.match(text):
            self._maps(maps[1], line.at)
        elif named := (_STATUS.match(text) or _NAME.match(text)):
            self._take_restriction(named, line.at)
        elif isinstance(line.event, Reject):
            self._take_reject(line.event, line.at)
        elif text.startswith(_TABLE) and (step := self._step):
            step.tables.append(text.removeprefix(_TABLE))
        elif line.level is not None and (step := self._step):
            step.warnings.append(text)

    @property
    def _step(self) -> TracedRestriction | None:
        """The restriction that is being evaluated."""
        steps = self._open[-1].steps if self._open else []
        return steps[-1] if steps and (steps[-1].status is None or steps[-1].status < 0) else None

    def _take_command(self, text: str, at: float) -> None:
        if not self._secret:  # A line after a 334 is part of AUTH and holds credentials.
            verb, _, rest = text.partition(" ")
            said = text if verb.upper() != "AUTH" else f"{verb} {rest.partition(' ')[0]}"
            self.commands.append(TracedCommand(verb.upper(), said, at))

    def _take_reply(self, text: str, at: float) -> None:
        self._open.clear()
        if self._has_full_reply and not self._secret:
            self.commands.append(TracedCommand("UNASKED", "(nothing)", at))
        command = self.commands[-1]
        command.reply.append(text)
        code = _CODE.match(text)
        if code and code[2] != "-":
            self._secret = code[1] == _CONTINUE
            if code[1] == _MESSAGE:
                self.commands.append(TracedCommand("MESSAGE", ".", at))

    @property
    def _has_full_reply(self) -> bool:
        """Whether the last command has its complete reply; a further reply is then a timeout or an exceeded limit."""
        told = self.commands[-1].reply
        return bool(told) and (code := _CODE.match(told[-1])) is not None and code[2] != "-"

    def _start(self, block: TracedList) -> None:
        self._close_maps()
        step = self._step
        (step.inner if step else self.commands[-1].blocks).append(block)
        self._open.append(block)

    def _end(self) -> None:
        self._close_maps()
        if self._open:
            self._open.pop().ended = True

    def _maps(self, about: str, at: float) -> None:
        self._close_maps()
        if self._open:
            return  # reject_unlisted_recipient within a list is logged as a restriction of that list.
        block = TracedList(about, maps=True, steps=[TracedRestriction("", at, at)])
        self.commands[-1].blocks.append(block)
        self._open.append(block)

    def _take_restriction(self, named: re.Match[str], at: float) -> None:
        self._close_maps()
        if not self._open:
            return
        steps = self._open[-1].steps
        if named.re is _NAME:
            if steps and steps[-1].name.lower() == _MODIFIER:
                steps[-1].status = 0
            steps.append(TracedRestriction(named[1], at, at))
        elif steps:
            steps[-1].status, steps[-1].ended = int(named[2]), at

    def _take_reject(self, event: Reject, at: float) -> None:
        step = self._step
        if step is None:
            self.commands[-1].rejects.append(event)
            return
        step.rejects.append(event)
        step.ended = at

    def _close_maps(self) -> None:
        if self._open and self._open[-1].maps:
            self._open.pop().ended = True
