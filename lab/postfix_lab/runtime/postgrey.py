"""Debian's postgrey, where a scenario wants a real greylister in place of a stub.

It keeps what it has seen in a database that nothing but a new start empties, so it is started anew for each test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from postfix_lab.fit.choices import Manner

if TYPE_CHECKING:
    from postfix_lab.fit.draft import Stub

_ENV = "/usr/bin/env"
"""What is started: the environment that loads the clock comes before the program's name."""
# The folder of its socket is made by Debian's start script, if it is not there.
_FORGET = 'rm -rf /var/lib/postgrey/*; test -d "$1" || install -d -o postgrey -g postgrey "$1"'


class Postgrey:
    """The greylister of one mail host; `ask` is how the mail host's first process is asked."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self._runs: Sequence[str] = ()
        self._place = ""
        self._fresh = False

    def serve(self, stubs: Iterable[Stub], environment: Sequence[str]) -> None:
        """Listen where one of these stubs wants a postgrey, or not at all."""
        wanted = next((stub for stub in stubs if stub.mode == Manner.POSTGREY), None)
        argv = command(wanted.listen, environment) if wanted else []
        if list(self._runs) == argv:
            return
        if self._runs:
            self._ask("end", name=_ENV)
        self._runs, self._place = argv, wanted.listen if wanted else ""
        self._start()

    def forget(self) -> None:
        """Forget every client that was seen."""
        if not self._fresh:
            self._start()
        self._fresh = False

    def _start(self) -> None:
        if not self._runs:
            return
        self._ask("end", name=_ENV)
        kind, _, place = self._place.partition(":")
        self._ask("run", argv=["/bin/sh", "-c", _FORGET, "sh", str(PurePosixPath(place).parent)])
        self._ask("spawn", argv=self._runs)
        host, _, port = place.rpartition(":")
        if kind == "unix":
            self._ask("connects", path=place)
        else:
            self._ask("connects_to", host=host, port=int(port))
        self._fresh = True


def command(listen: str, environment: Sequence[str]) -> list[str]:
    """The command that has it listen there: `unix:/path` or `inet:address:port`.

    What follows `--` is for Net::Server beneath it: the log goes where Debian's start script has it go, though
    postgrey stays in the foreground.

    >>> command("inet:127.0.0.1:10023", ["A=b"])
    ['/usr/bin/env', 'A=b', 'postgrey', '--inet=127.0.0.1:10023', '--', '--log_file=Sys::Syslog']
    """
    kind, _, place = listen.partition(":")
    return [_ENV, *environment, "postgrey", f"--{kind}={place}", "--", "--log_file=Sys::Syslog"]
