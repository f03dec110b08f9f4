"""A standing lab: kept open by a process of its own until it is told to go.

That process owns the containers, so the clean-up of dead owners works for it as for every run.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lab.engine.client import EngineName, connect
from lab.errors import LabError
from lab.mailhost.config import Setup
from lab.paths import CONFIGURATIONS

_RECORD = "standing.json"


def up(folder: Path, releases: Sequence[int], engine: EngineName | None, progress: Callable[[str], None]) -> str:
    """Start a standing lab and return what a person needs to know of it."""
    record = folder / _RECORD
    if (found := _alive(record)) is not None:
        return str(found["text"]) + "\n(It was standing already; `postfix-lab down` removes it.)"
    connect(engine)  # Without an engine nothing has to be kept.
    folder.mkdir(parents=True, exist_ok=True)
    progress("starting the Internet and the mail hosts ...")
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        _keep(folder, releases, engine, write)
    os.close(write)
    with os.fdopen(read) as told:
        answer = json.loads(told.read() or '{"error": "The keeper of the standing lab ended without a word."}')
    if "error" in answer:
        raise LabError(answer["error"])
    return str(answer["text"])


def down(folder: Path) -> str:
    """Remove the standing lab, and return when its containers are gone."""
    record = folder / _RECORD
    found = _alive(record)
    if found is None:
        return "No lab is standing."
    keeper = os.pidfd_open(found["pid"])
    signal.pidfd_send_signal(keeper, signal.SIGTERM)
    ended = bool(select.select([keeper], [], [], 30)[0])
    os.close(keeper)
    if not ended:
        raise LabError(
            f"The standing lab's process {found['pid']} did not end within 30 s; "
            "`postfix-lab clean` removes its containers."
        )
    return "The standing lab is removed."


def _keep(folder: Path, releases: Sequence[int], engine: EngineName | None, write: int) -> None:
    from lab.lab import open_lab  # noqa: PLC0415 - only the keeper needs the engine's libraries

    os.setsid()
    status = 0
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        _detach(folder)
        with open_lab(engine) as lab:
            wanted = [(debian, Setup(CONFIGURATIONS / "seed")) for debian in releases]
            lab.begin(wanted)
            lines = [f"The lab stands: {lab.engine.name} {lab.engine.version}."]
            for debian, setup in wanted:
                host = lab.mail_host(debian, setup)
                facts = host.facts()
                lines.append(f"  Debian {debian}: Postfix {facts.postfix} at {', '.join(facts.addresses)}")
                lines.append(f"    look inside:  {lab.engine.name} exec -it {host.container.engine_name} bash")
            lines.append("`postfix-lab down` removes it.")
            text = "\n".join(lines)
            (folder / _RECORD).write_text(
                json.dumps({"pid": os.getpid(), "started": _started(os.getpid()), "text": text})
            )
            _tell(write, {"text": text})
            signal.sigwait({signal.SIGTERM, signal.SIGINT})
    except Exception as error:  # noqa: BLE001 - the one who typed `up` has to hear of it
        _tell(write, {"error": str(error)})
        status = 3
    finally:
        (folder / _RECORD).unlink(missing_ok=True)
        os._exit(status)


def _tell(write: int, answer: dict[str, Any]) -> None:
    try:
        os.write(write, json.dumps(answer).encode())
        os.close(write)
    except OSError:
        return  # Told already, or nobody listens any more.


def _detach(folder: Path) -> None:
    log = os.open(folder / "standing.log", os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, null), (1, log), (2, log)):
        os.dup2(source, target)
    sys.stdout = sys.stderr = open(log, "w", closefd=False)  # noqa: SIM115 - it is the process's own output


def _alive(record: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(record.read_text())
        return found if _started(found["pid"]) == found["started"] else None
    except (OSError, ValueError, KeyError):
        return None


def _started(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
