"""How much memory a lab takes: its own process, the Internet's agent, and the mail host's processes that stay.

Counted is what belongs to a process alone (RssAnon in /proc/<pid>/status, proc(5)), in kB: pages of
programs and libraries are shared with everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from postfix_lab.engine.container import execute
from postfix_lab.runtime.lab import Lab
from postfix_lab.runtime.mail_host import MailHost

_STATUS = ["/bin/sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null; true"]
_PROCESS = re.compile(r"^Name:\t([^\n]*)$.*?^Pid:\t(\d+)$.*?^RssAnon:\s+(\d+) kB$", re.MULTILINE | re.DOTALL)
_STAYING = ("rsyslogd", "in:imuxsock", "master", "qmgr")
"""Names of the mail host's processes that live as long as it does, besides its first one."""


@dataclass(frozen=True)
class Memory:
    """In kB."""

    lab: int
    agent: int
    mail_host: int

    def per_thousand(self, before: Memory, sessions: int) -> dict[str, float]:
        """How much each has grown since, for every thousand sessions."""
        then = asdict(before)
        return {name: (now - then[name]) * 1000 / sessions for name, now in asdict(self).items()}


def middle(several: Iterable[Memory]) -> Memory:
    """The median of each: a moment may be one in which something large has just been sent."""
    known = [asdict(one) for one in several]
    return Memory(**{name: int(median(one[name] for one in known)) for name in known[0]})


def measure(lab: Lab, host: MailHost) -> Memory:
    """What it is now."""
    _, internet = execute(lab.engine, lab.internet.container.engine_name, _STATUS)
    mine = Path("/proc/self/status").read_text(encoding="utf-8")
    staying = [kb for name, pid, kb in _processes(host.shell(_STATUS[-1])) if pid == 1 or name in _STAYING]
    return Memory(_processes(mine)[0][2], next(kb for _, pid, kb in _processes(internet) if pid == 1), sum(staying))


def _processes(text: str) -> list[tuple[str, int, int]]:
    return [(name, int(pid), int(kb)) for name, pid, kb in _PROCESS.findall(text)]
