"""The keeper: a process of its own that owns a standing lab and serves it, until a signal ends it.

Because it owns the containers, the clean-up of dead owners works for it as for every run. It has a session of its own
(setsid(2)), so no Ctrl-C of a command reaches it.
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
from postfix_lab.paths import below_evidence, open_own
from postfix_lab.runtime.setup import Setup
from postfix_lab.standing import standing_record
from postfix_lab.standing.keeper_protocol import stands
from postfix_lab.standing.standing_record import LOG, Record
from postfix_lab.standing.zone_watch import ZoneFiles

_LOCK = "standing.lock"
_REPORT = 1 << 20
"""Characters of what a keeper reports of its start: an empty object, or an error."""
_END = 30
"""Seconds in which a keeper ends after the signal."""


@dataclass(frozen=True)
class Wish:
    """What lab shall stand."""

    debian: Sequence[int]
    setup: Setup
    zones: Sequence[Path] = ()
    engine: EngineName | None = None


def up(folder: Path, wish: Wish, progress: Callable[[str], None]) -> tuple[Record, bool]:
    """Start a standing lab; the record of it, and whether one stood already."""
    below_evidence()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder) as lock:
        if (found := standing(folder, progress)) is not None:
            return found, True
        wish.setup.files()  # A mistake in what was given is reported before anything starts.
        ZoneFiles(wish.zones)
        connect(wish.engine)  # Without an engine nothing has to be kept.
        _start(folder, wish, progress, lock)
    fresh = standing_record.read(folder)
    if fresh is None:
        raise LabError(f"The standing lab went away at once; see {folder / LOG}.")
    return fresh, False


def down(folder: Path, progress: Callable[[str], None]) -> bool:
    """Remove the standing lab, and return when its containers are gone; False if none stood."""
    found = standing(folder, progress)
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


def standing(folder: Path, progress: Callable[[str], None]) -> Record | None:
    """The lab that stands there; what a keeper left that was killed is removed, and reported."""
    found = standing_record.read(folder)
    if found is None or stands(folder, found):
        return found
    standing_record.forget(folder, found)
    fate = "does not keep it" if found.alive else "was killed"
    progress(f"The lab that stood here is dead: its process {found.pid} {fate}. What it left is removed.")
    with suppress(LabError):  # The next lab on that engine sweeps as well.
        cleanup.sweep(connect(found.engine))
    return None


def _start(folder: Path, wish: Wish, progress: Callable[[str], None], lock: int) -> None:
    """Fork the keeper, and return when its lab stands; raises what it met instead."""
    read, write = os.pipe()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Until somebody can tell the keeper of it.
    progress("starting the Internet and the mail hosts ...")
    child = os.fork()
    if child == 0:
        os.close(read)
        _keep(folder, wish, write, lock)
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
        os.waitpid(child, 0)  # Whoever types `up` next must not meet a keeper that is about to go.
        raise
    if "message" in answer:
        raise error_from(answer)


def _keep(folder: Path, wish: Wish, write: int, lock: int) -> None:
    from postfix_lab.runtime.lab import open_lab  # noqa: PLC0415 - only the keeper needs the engine's libraries
    from postfix_lab.standing.keeper_server import Server  # noqa: PLC0415
    from postfix_lab.standing.service import Service  # noqa: PLC0415

    os.setsid()
    status = 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        _detach(folder)
        with open_lab(wish.engine) as lab:
            service = Service(lab, wish.debian, wish.setup, ZoneFiles(wish.zones))
            service.start()
            standing_record.forget(folder)
            with Server(folder, service) as server:
                threading.Thread(target=server.serve_forever, name="server", daemon=True).start()
                mine = service.record
                standing_record.write(folder, mine)
                os.close(lock)  # Were `up` killed meanwhile, the next one may go on now, and finds this lab.
                _report(write, {})
                signal.sigwait({signal.SIGTERM, signal.SIGINT})
                standing_record.forget(folder, mine)
                server.ending = True
                server.shutdown()
    except Exception as error:  # noqa: BLE001 - the one who typed `up` has to hear of it
        failure = error if isinstance(error, LabError) else LabError(f"{type(error).__name__}: {error}")
        _report(write, error_fields(failure))
        status = 3
    finally:
        os._exit(status)


def _report(write: int, answer: Mapping[str, object]) -> None:
    with suppress(OSError):  # Reported already, or nobody listens any more.
        os.write(write, json.dumps(answer).encode())
        os.close(write)


def _detach(folder: Path) -> None:
    log = open_own(folder / LOG, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    sys.stdout = sys.stderr = open(log, "w", closefd=False)  # noqa: SIM115 - it is the process's own output


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Of two that are typed at the same time, the second waits for the first."""
    lock = open_own(folder / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # Closing it would not do while the keeper has it as well.
        os.close(lock)
