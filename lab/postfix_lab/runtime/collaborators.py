"""Runs the programs beside Postfix in a mail host: starts, resets and ends the daemons of a configuration.

`fit/collaborators/` declares them; this module knows none by name. A daemon that a configuration does not need is
ended, and its files are removed. A daemon that the next configuration needs as well keeps running.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.errors import LabError
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import init
from postfix_lab.runtime.brought import DaemonFiles, content_pattern
from postfix_lab.runtime.clock import ENVIRONMENT
from postfix_lab.runtime.stub_program import forget_requests, given_requests, stub_files

if TYPE_CHECKING:
    from postfix_lab.fit.collaborators.collaborator import Daemon
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.runtime.init_process import InitProcess
    from postfix_lab.smtp.filter_request import FilterRequest

_ENV = "/usr/bin/env"
_IDLE = "[]"
"""The line on standard input after which a stub program serves nothing."""


class Collaborators:
    """The collaborators of one mail host, driven through its first process."""

    def __init__(self, process: InitProcess) -> None:
        self._process = process
        self._running: dict[str, Daemon] = {}
        self._fresh: set[str] = set()
        """Names of those with a memory that no client may have reached since their start: their memory is empty."""
        self._brought = DaemonFiles()
        self._has_code = False

    def place(self, fitted: Fitted, *, clock: bool) -> None:
        """End what this configuration does not need, and start what has to run before Postfix.

        The files of the configuration must be in place. `clock`: Postfix has its own clock.
        """
        wanted = _daemons_by_name(fitted, clock=clock)
        for name, daemon in tuple(self._running.items()):
            if not _can_stay(daemon, wanted.get(name)):
                self._end(daemon)
        self._update_files(wanted.values())
        self._install_stub(fitted)
        idle = (replace(one, line=_IDLE, sockets=()) for name, one in self._running.items() if name not in wanted)
        for daemon in (*wanted.values(), *idle):
            if daemon.line and self._running.get(daemon.name) != daemon:
                self._process.ask(init.serve_stubs)(daemon.argv, daemon.line, name=daemon.name)
                self._running[daemon.name] = daemon

    def start(self, fitted: Fitted, *, clock: bool) -> None:
        """Start the others; Postfix must run, since it makes their folders."""
        for daemon in _daemons_by_name(fitted, clock=clock).values():
            if not daemon.line and self._running.get(daemon.name) != daemon:
                self._start(daemon)

    def end(self) -> None:
        """End all of them and rsyslogd, because the folder of their sockets is about to be moved."""
        for daemon in tuple(self._running.values()):
            self._end(daemon)
        self._update_files(())
        self._process.ask(init.end)("rsyslogd")

    def reset(self) -> None:
        """Restart those that remember clients, but for those that no client has reached since their start."""
        for daemon in tuple(self._running.values()):
            if daemon.memory and daemon.name not in self._fresh:
                self._start(daemon)
        self._fresh.clear()

    def note_clients(self) -> None:
        """Record that clients connect, which may be the canary's: whoever remembers clients may know them now."""
        self._fresh.clear()

    def await_ready(self) -> None:
        """Wait until the lazy daemons, which are not waited for at their start, accept connections."""
        for daemon in self._running.values():
            if daemon.lazy:
                self._await(daemon)

    def forget_requests(self) -> None:
        """Have the stubs forget what they were given, and count the matches of their rules from the first."""
        for daemon in self._recording:
            forget_requests(self._process, daemon.name)

    def requests(self) -> tuple[FilterRequest, ...]:
        """Return what milters, policy services and tables were given since then."""
        return tuple(one for daemon in self._recording for one in given_requests(self._process, daemon.name))

    @property
    def _recording(self) -> tuple[Daemon, ...]:
        """The daemons that record what they are given, and serve something."""
        return tuple(one for one in self._running.values() if one.records and one.line != _IDLE)

    def _start(self, daemon: Daemon) -> None:
        """Start it; a running one of the same name is ended first."""
        if daemon.memory:
            self._process.ask(init.end)(daemon.name)
            self._process.shell(f"rm -rf {content_pattern(daemon.memory)}")
            self._fresh.add(daemon.name)
        self._process.ask(init.spawn)(daemon.argv, daemon.name)
        self._running[daemon.name] = daemon
        if daemon.lazy:
            return
        try:
            self._await(daemon)
        except LabError:
            self._end(daemon)  # Else the next setup would take it as ready.
            raise

    def _end(self, daemon: Daemon) -> None:
        self._process.ask(init.end)(daemon.name)
        del self._running[daemon.name]

    def _await(self, daemon: Daemon) -> None:
        for socket in daemon.sockets:
            kind, _, place = socket.partition(":")
            host, _, port = place.rpartition(":")
            if kind == "unix":
                self._process.ask(init.await_unix_socket)(place)
            else:
                self._process.ask(init.await_tcp_port)(host, int(port))

    def _update_files(self, daemons: Collection[Daemon]) -> None:
        command = self._brought.change_command(daemons)
        self._brought.record_change(daemons, self._process.shell(command) if command else "")

    def _install_stub(self, fitted: Fitted) -> None:
        """Write the stubs' program, once, if a daemon or master.cf starts it."""
        if self._has_code:
            return
        started = any(STUB in daemon.argv for daemon in fitted.daemons)
        if started or any(STUB in content.text for content in fitted.files.values()):
            self._process.write(stub_files())
            self._has_code = True


def _daemons_by_name(fitted: Fitted, *, clock: bool) -> dict[str, Daemon]:
    """The daemons of a configuration by name; those that share Postfix's clock are started by env(1)."""
    environment = (_ENV, *ENVIRONMENT) if clock else ()
    found = (replace(one, argv=(*environment, *one.argv)) if one.clocked else one for one in fitted.daemons)
    return {daemon.name: daemon for daemon in found}


def _can_stay(daemon: Daemon, following: Daemon | None) -> bool:
    """Whether it need not be ended for the next configuration; `spawn` ends one of the same name."""
    if daemon.line:
        return True
    return following is not None and (daemon.argv, daemon.sockets) == (following.argv, following.sockets)
