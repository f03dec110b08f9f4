"""Runs the programs beside Postfix in a mail host: starts, resets and ends the daemons of a configuration.

What each of them is, `fit/collaborators/` says; none is known here by its name. A daemon that a configuration does
without is ended, and what it brought goes with it. A daemon that the next configuration has as well goes on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.errors import LabError
from postfix_lab.fit.programs import STUB
from postfix_lab.inside.mailhost import init, stub
from postfix_lab.runtime.brought import Brought, empty
from postfix_lab.runtime.clock import ENVIRONMENT

if TYPE_CHECKING:
    from postfix_lab.fit.collaborators.collaborator import Daemon
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.runtime.init_process import InitProcess

_ENV = "/usr/bin/env"
_IDLE = "[]"
"""The line after which a program that is told what to serve serves nothing."""


class Collaborators:
    """The collaborators of one mail host, driven through its first process."""

    def __init__(self, process: InitProcess) -> None:
        self._process = process
        self._running: dict[str, Daemon] = {}
        self._fresh: set[str] = set()
        """Those with a memory that have met nobody since their start."""
        self._brought = Brought()
        self._has_code = False

    def place(self, fitted: Fitted, *, clock: bool) -> None:
        """End what this configuration does without, and start what has to be there before Postfix.

        The files of the configuration are in place. With `clock` Postfix has a time of its own.
        """
        wanted = _wanted(fitted, clock=clock)
        for name, daemon in tuple(self._running.items()):
            if not _goes_on(daemon, wanted.get(name)):
                self._end(daemon)
        self._arrange(wanted.values())
        self._bring_code(fitted)
        idle = (replace(one, line=_IDLE, sockets=()) for name, one in self._running.items() if name not in wanted)
        for daemon in (*wanted.values(), *idle):
            if daemon.line and self._running.get(daemon.name) != daemon:
                self._process.ask(init.serve_stubs)(daemon.argv, daemon.line, name=daemon.name)
                self._running[daemon.name] = daemon

    def start(self, fitted: Fitted, *, clock: bool) -> None:
        """Start the others: Postfix runs, and has made its folders."""
        for daemon in _wanted(fitted, clock=clock).values():
            if not daemon.line and self._running.get(daemon.name) != daemon:
                self._start(daemon)

    def end(self) -> None:
        """End all of them, and rsyslogd with them: the folder that their sockets are in goes elsewhere."""
        for daemon in tuple(self._running.values()):
            self._end(daemon)
        self._arrange(())
        self._process.ask(init.end)("rsyslogd")

    def forget(self) -> None:
        """Start those anew that remember clients; one that has just been started remembers nobody."""
        for daemon in tuple(self._running.values()):
            if daemon.memory and daemon.name not in self._fresh:
                self._start(daemon)
        self._fresh.clear()

    def await_ready(self) -> None:
        """Return when those take connections that nobody waited for at their start."""
        for daemon in self._running.values():
            if daemon.lazy:
                self._await(daemon)

    def _start(self, daemon: Daemon) -> None:
        """Start it; one of the same name is ended before."""
        if daemon.memory:
            self._process.ask(init.end)(daemon.name)
            self._process.shell(f"rm -rf {empty(daemon.memory)}")
            self._fresh.add(daemon.name)
        self._process.ask(init.spawn)(daemon.argv, daemon.name)
        self._running[daemon.name] = daemon
        if daemon.lazy:
            return
        try:
            self._await(daemon)
        except LabError:
            self._end(daemon)  # So that the next setup does not take it for one that is ready.
            raise

    def _end(self, daemon: Daemon) -> None:
        self._process.ask(init.end)(daemon.name)
        del self._running[daemon.name]

    def _await(self, daemon: Daemon) -> None:
        for socket in daemon.sockets:
            kind, _, place = socket.partition(":")
            host, _, port = place.rpartition(":")
            if kind == "unix":
                self._process.ask(init.connects)(place)
            else:
                self._process.ask(init.connects_to)(host, int(port))

    def _arrange(self, daemons: Collection[Daemon]) -> None:
        command = self._brought.change(daemons)
        self._brought.note(daemons, self._process.shell(command) if command else "")

    def _bring_code(self, fitted: Fitted) -> None:
        """Write the stubs' program, once, where a daemon or master.cf starts it."""
        if self._has_code:
            return
        started = any(STUB in daemon.argv for daemon in fitted.daemons)
        if started or any(STUB in content.text for content in fitted.files.values()):
            self._process.write({STUB: Path(stub.__file__).read_text("utf-8")})
            self._has_code = True


def _wanted(fitted: Fitted, *, clock: bool) -> dict[str, Daemon]:
    """The daemons of a configuration by their names, those with Postfix's time under env(1)."""
    environment = (_ENV, *ENVIRONMENT) if clock else ()
    found = (replace(one, argv=(*environment, *one.argv)) if one.clocked else one for one in fitted.daemons)
    return {daemon.name: daemon for daemon in found}


def _goes_on(daemon: Daemon, following: Daemon | None) -> bool:
    """Whether it need not be ended for the next configuration: `spawn` ends the one of the same name."""
    if daemon.line:
        return True
    return following is not None and (daemon.argv, daemon.sockets) == (following.argv, following.sockets)
