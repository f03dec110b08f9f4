"""The keeper: a process that owns a standing lab and serves it, until a signal ends it.

Because it owns the containers, they are removed after its death as those of every run. It has its own session
(setsid(2)), so Ctrl-C in a terminal does not reach it.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from postfix_lab.engine import cleanup
from postfix_lab.engine.client import EngineName, connect
from postfix_lab.errors import LabError
from postfix_lab.json_lines import error_fields, error_from
from postfix_lab.paths import evidence_folder, open_no_follow
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.standing import standing_record
from postfix_lab.standing.keeper_protocol import is_standing
from postfix_lab.standing.keeper_server import Server
from postfix_lab.standing.standing_record import LOG, LabRecord
from postfix_lab.standing.zone_watch import ZoneFiles

_LOCK = "standing.lock"
_REPORT = 1 << 20
"""Characters of the keeper's report about its start, at most: an empty object, or an error."""
_END = 30
"""Seconds within which a keeper ends after the signal."""


@dataclass(frozen=True)
class LabOptions:
    """What kind of standing lab to start."""

    debian: Sequence[int]
    setup: Setup
    zones: Sequence[Path] = ()
    engine: EngineName | None = None


def up(folder: Path, wish: LabOptions, progress: Callable[[str], None]) -> tuple[LabRecord, bool]:
    """Start a standing lab; return its record, and whether it existed already. Raises `LabError`."""
    evidence_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _lock_folder(folder) as lock:
        if (found := find_standing(folder, progress)) is not None:
            return found, True
        wish.setup.files()  # A mistake in the options is reported before anything starts.
        ZoneFiles(wish.zones)
        connect(wish.engine)  # Raises if there is no engine.
        _start(folder, wish, progress, lock)
    fresh = standing_record.read(folder)
    if fresh is None:
        raise LabError(f"The standing lab went away at once; see {folder / LOG}.")
    return fresh, False


def down(folder: Path, progress: Callable[[str], None]) -> bool:
    """Remove the standing lab, and return when its containers are gone; False if there was none."""
    found = find_standing(folder, progress)
    if found is None:
        return False
    keeper = os.pidfd_open(found.pid)
    signal.pidfd_send_signal(keeper, signal.SIGTERM)
    ended = bool(select.select([keeper], [], [], _END)[0])
    os.close(keeper)
    if not ended:
        raise LabError(
            f"The standing lab's process {found.pid} did not end within {_END} s; "
            "`postfix-lab clean` removes its containers."
        )
    return True


def find_standing(folder: Path, progress: Callable[[str], None]) -> LabRecord | None:
    """Return the standing lab of that folder, if any; what a dead keeper left is reported and removed."""
    found = standing_record.read(folder)
    if found is None or is_standing(folder, found):
        return found
    standing_record.forget(folder, found)
    fate = "does not keep it" if found.alive else "was killed"
    progress(f"The lab that stood here is dead: its process {found.pid} {fate}. What it left is removed.")
    with suppress(LabError):  # The next lab on that engine sweeps as well.
        cleanup.sweep(connect(found.engine))
    return None


def _start(folder: Path, wish: LabOptions, progress: Callable[[str], None], lock: int) -> None:
    """Fork the keeper, and return when its lab is ready; raises the keeper's error otherwise."""
    read, write = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Until this process can pass it on to the keeper.
    progress("starting the Internet and the mail hosts ...")
    child = os.fork()
    if child == 0:
        os.close(read)
        _run_keeper(folder, wish, write, lock)
    os.close(write)
    try:
        with os.fdopen(read) as report:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            answer = json.loads(
                report.read(_REPORT) or '{"message": "The keeper of the standing lab ended without a word."}'
            )
    except KeyboardInterrupt:
        os.kill(child, signal.SIGTERM)
        progress("interrupted: removing what was started ...")
        os.waitpid(child, 0)  # The next `up` must not find a keeper that is about to end.
        raise
    if "message" in answer:
        raise error_from(answer)


def _run_keeper(folder: Path, wish: LabOptions, write: int, lock: int) -> None:
    from postfix_lab.runtime.executor import open_executor  # noqa: PLC0415 - docs/startup.md
    from postfix_lab.standing.service import KeeperService  # noqa: PLC0415 - the same

    os.setsid()
    status = 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        _detach(folder)
        own = [Target(debian, wish.setup) for debian in dict.fromkeys(wish.debian)]
        with open_executor(wish.engine, own) as executor:
            service = KeeperService(executor, ZoneFiles(wish.zones))
            service.start()
            standing_record.forget(folder)
            with Server(folder, service) as server:
                threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
                mine = service.record
                standing_record.write(folder, mine)
                os.close(lock)  # If `up` was killed meanwhile, the next one may continue now, and finds this lab.
                _report(write, {})
                signal.sigwait({signal.SIGTERM, signal.SIGINT})
                standing_record.forget(folder, mine)
                server.ending = True
                server.shutdown()
    except Exception as error:  # noqa: BLE001 - `up` reports every error
        failure = error if isinstance(error, LabError) else LabError(f"{type(error).__name__}: {error}")
        _report(write, error_fields(failure))
        status = 3
    finally:
        os._exit(status)


def _report(write: int, answer: Mapping[str, object]) -> None:
    with suppress(OSError):  # Reported already, or `up` is gone.
        os.write(write, json.dumps(answer).encode())
        os.close(write)


def _detach(folder: Path) -> None:
    log = open_no_follow(folder / LOG, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    sys.stdout = sys.stderr = open(log, "w", closefd=False)  # noqa: SIM115 - it is the process's own output


@contextmanager
def _lock_folder(folder: Path) -> Iterator[int]:
    """Hold the lock of that folder: of two commands at the same time the second waits for the first."""
    lock = open_no_follow(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # Closing is not enough while the keeper has it open as well.
        os.close(lock)
