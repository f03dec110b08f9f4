"""Postfix's own clock, which can be put forward for the daemons of one mail host alone.

Greylisting, postscreen's memory, rate limits, verify(8)'s cache and the lifetime of queued mail all ask `time(2)`.
Debian's libfaketime, which `import_environment` of main.cf loads into master(8) and all that it starts, adds to the
answer what a file says, and reads that file at each call. So one write moves every daemon at once, chrooted or not,
and none has to start again.

Not changed: timeouts, alarms and CLOCK_MONOTONIC; the times of files, except those that Postfix sets itself (a
deferred message's next attempt); the log's time stamps, which rsyslogd writes; the Internet. docs/adr/0007 lists
the alternatives that were tried.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from postfix_lab.errors import InputError, LabError
from postfix_lab.fit.delta import Delta
from postfix_lab.postfix.parameters import QUEUE
from postfix_lab.runtime.queue_commands import wait_until_settled
from postfix_lab.text import did_you_mean, printable

FILE = "/etc/postfix-lab.clock"
"""The same path outside and inside the chroot, which has its own copy."""
ENVIRONMENT = (
    "LD_PRELOAD=/usr/share/postfix-lab/libfaketime.so.1",
    f"FAKETIME_TIMESTAMP_FILE={FILE}",
    "FAKETIME_NO_CACHE=1",
    "FAKETIME_DONT_FAKE_MONOTONIC=1",
    "NO_FAKE_STAT=1",
    "FAKE_UTIME=0",
)
PARAMETER = "import_environment"
_PACKAGED = "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ XAUTHORITY DISPLAY LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME"
"""Postfix's default for it, the same from 3.5 to 3.10."""
_UNITS = ("seconds", "minutes", "hours", "days")
SPAN = r"(\d{1,9}(\.\d{1,3})?[smhd]\s*)+"
"""Pattern of a span as text."""
_LONGEST = timedelta(days=3650)
_SLACK = 10
"""Seconds by which the two times may differ."""
_WOKEN = f"{QUEUE}/public/pickup {QUEUE}/public/qmgr"
# libfaketime makes a shared memory page for each process, which a chrooted process cannot remove at its end.
_SWEEP = "rm -f /dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*"


class Clock:
    """Postfix's clock: the real time plus an offset that starts at zero.

    `write` and `shell` write files and run commands in the mail host; `wake` is the program that wakes daemons there.
    """

    def __init__(
        self, write: Callable[[Mapping[str, str]], None], shell: Callable[[str], str], wake: Path
    ) -> None:
        self.ahead = timedelta()
        """How far it is ahead of the real time."""
        self._write = write
        self._shell = shell
        self._wake = wake

    def advance(
        self, *, days: float = 0.0, hours: float = 0.0, minutes: float = 0.0, seconds: float = 0.0
    ) -> None:
        """Put the clock forward by the sum of these; returns when every daemon has the new time.

        Postfix then does what is due: the queue manager retries deferred mail. Deliveries in progress are waited for
        first, for a few seconds; raises `LabError` if they do not end, `InputError` if the span is not positive or
        more than ten years.
        """
        later = to_timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if busy := self._shell(wait_until_settled()).strip():
            raise LabError(
                f"The clock was to be put {format_span(later)} ahead, and mail is still being delivered, which qmgr "
                f"would date by the new time: {printable(busy)}. Let its delivery end first; mail.log says where it is."
            )
        self._set(self.ahead + later)
        program = shlex.quote(self._wake.read_text("utf-8"))
        said = self._shell(f"date +%s; env {' '.join(ENVIRONMENT)} python3 -IS -c {program} {_WOKEN}")
        self._verify(said)

    def reset(self) -> None:
        """Set it to the real time. Running timers are not changed: Postfix has to be reloaded."""
        self._set(timedelta())
        self._shell(_SWEEP)

    @property
    def deltas(self) -> tuple[Delta, ...]:
        """The delta for reports; empty while the clock is not moved."""
        if not self.ahead:
            return ()
        told = "it was made later for Postfix and postgrey; the world, the log's stamps and files have the real time"
        return (Delta("clock", f"{format_span(self.ahead)} ahead", told),)

    def _verify(self, said: str) -> None:
        """Check that the time with libfaketime is ahead of the real time by the offset; raises `LabError`."""
        times = [int(word) for word in said.split() if word.isdecimal()]
        if len(times) != 2 or abs(times[1] - times[0] - self.ahead.total_seconds()) > _SLACK:  # noqa: PLR2004
            raise LabError(
                f"The clock was put {format_span(self.ahead)} ahead, and a program that libfaketime was loaded into "
                f"says otherwise: {printable(said)}. Look at {FILE} and {ENVIRONMENT[0]} in the mail host."
            )

    def _set(self, ahead: timedelta) -> None:
        text = f"+{ahead.total_seconds():.3f}\n"
        self._write({f"{QUEUE}{FILE}": text, FILE: text})
        self.ahead = ahead


def to_timedelta(**span: float) -> timedelta:
    """Return the sum of these `seconds`, `minutes`, `hours` and `days`; `InputError` unless in 0 to ten years."""
    for unit in span:
        if unit not in _UNITS:
            raise InputError(f"time passes in {', '.join(_UNITS)}, not in {unit!r}; {did_you_mean(unit, _UNITS)}")
    try:
        later = timedelta(**span)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"so much time cannot pass: {span}; name numbers, as in hours=5") from error
    if not timedelta() < later <= _LONGEST:
        raise InputError(
            f"time can pass by more than nothing and up to {_LONGEST.days} days, not by {format_span(later)}; "
            "it does not go back, and each test begins at the world's time"
        )
    return later


def parse_span(text: str) -> timedelta:
    """Return the span that a text means, with the units of postconf(5): `61s`, `5h`, `4d 23h`.

    >>> parse_span("4d 23h")
    datetime.timedelta(days=4, seconds=82800)
    """
    span: dict[str, float] = {}
    for number, letter in re.findall(r"([\d.]+)([smhd])", text):
        unit = next(unit for unit in _UNITS if unit.startswith(letter))
        span[unit] = span.get(unit, 0.0) + float(number)
    return to_timedelta(**span)


def format_span(span: timedelta) -> str:
    """Return a span as text, without the units that are zero.

    >>> format_span(timedelta(days=5, hours=1, seconds=61))
    '5 d 1 h 1 min 1 s'
    """
    minutes, seconds = divmod(abs(span).total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    told = (days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")
    parts = " ".join(f"{number:g} {unit}" for number, unit in told if number)
    return f"{'-' if span < timedelta() else ''}{parts or '0 s'}"


def environment(own: str | None) -> Delta:
    """Return the delta of `import_environment` that loads libfaketime and keeps the admin's own value, if any."""
    value = " ".join((re.sub(r"\s+", " ", own or _PACKAGED), *ENVIRONMENT))
    return Delta(PARAMETER, value, "loads libfaketime into Postfix's daemons, so that it can be made later for them")
