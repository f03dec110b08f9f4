"""Runs of pytest inside a selftest: how the plugin behaves in a process of its own, and what that leaves behind.

An inner test tells where its lab is (the fixture `whereabouts`), and through a FIFO that its moment has
come (`reached`), so that the outer test can send a signal then and never sleeps.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from postfix_lab.engine.client import Engine
from postfix_lab.paths import ROOT
from tests.selftest.whereabouts import GROUP, STATE, alive, namespaces, processes, stat

LIMIT = 60.0
"""Seconds that an inner run may take; it takes about three."""
_CONFTEST = """
import pytest
from tests.selftest.whereabouts import tell

@pytest.fixture
def whereabouts(lab, mail_host, request):
    tell(lab.executor.lab, request.path.parent, mail_host.debian)

@pytest.fixture
def reached(request):
    def moment():
        (request.path.parent / "moment").write_text("now")
    return moment
"""


_CLEAN = """
import sys
from postfix_lab.cli import main
from postfix_lab.engine import cleanup

everything = cleanup._containers
cleanup._containers = lambda engine: [(name, owner) for name, owner in everything(engine) if name in sys.argv[2:]]
main(["clean", "--json", "--engine", sys.argv[1]])
"""


@dataclass(frozen=True)
class Done:
    """A run that is over."""

    code: int
    output: str


class Started:
    """A run that is going on."""

    def __init__(self, process: subprocess.Popen[str], fifo: int) -> None:
        self.process = process
        self._fifo = fifo

    def reached(self) -> None:
        """Return when the inner test says that its moment has come."""
        if not select.select([self._fifo], [], [], LIMIT)[0]:
            self.signal(signal.SIGKILL)
            raise AssertionError(f"the inner test did not get there within {LIMIT:g} s:\n{self.done().output}")

    def signal(self, number: signal.Signals) -> None:
        """To the whole process group, as a terminal does it."""
        os.killpg(self.process.pid, number)

    def done(self) -> Done:
        """Wait for the end."""
        try:
            output, _ = self.process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            output, _ = self.process.communicate()
            raise AssertionError(f"the inner run did not end within {LIMIT:g} s:\n{output}") from None
        finally:
            os.close(self._fifo)
        return Done(self.process.returncode, output)


class Inner:
    """Starts runs of one test module in a folder of their own, and looks for what they left."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.evidence = folder / "evidence"
        self.temporary = folder / "temporary"
        self._groups: list[int] = []
        """Of all runs; those of `_running` had somebody in them when we last looked."""
        self._running: list[int] = []
        self._since = int(time.time())
        self.temporary.mkdir()
        os.mkfifo(folder / "moment")
        (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
        (folder / "conftest.py").write_text(_CONFTEST)

    def start(self, module: str, *options: str, debian: str = "12", **environment: str) -> Started:
        """Start a run of these tests."""
        (self.folder / "test_inner.py").write_text(textwrap.dedent(module))
        command = [sys.executable, "-m", "pytest", f"--lab-debian={debian}", f"--lab-evidence={self.evidence}"]
        command += ["-v", *options, *([] if "DOCKER_HOST" in environment else [f"--lab-engine={self.engine.name}"])]
        command += ["test_inner.py"]
        # The outer run's own settings stay outside; without a .pyc the folder holds what was put there.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COVERAGE_"))}
        # pytest itself keeps the last three folders of tmp_path, so those are somewhere else.
        own = {
            "TMPDIR": str(self.temporary),
            "PYTEST_DEBUG_TEMPROOT": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        fifo = os.open(self.folder / "moment", os.O_RDONLY | os.O_NONBLOCK)
        process = subprocess.Popen(
            command, cwd=self.folder, env={**kept, **own}, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._groups.append(process.pid)
        self._running.append(process.pid)
        self._since = int(time.time())
        return Started(process, fifo)

    def run(self, module: str, *options: str, debian: str = "12", **environment: str) -> Done:
        """Run these tests to their end."""
        return self.start(module, *options, debian=debian, **environment).done()

    def await_a_container(self) -> None:
        """Return when the engine says that the first container of the latest run has started."""
        watched = {"label": "postfix-lab=1", "event": "start"}
        events = self.engine.client.api.events(since=self._since, filters=watched, decode=True)
        limit = threading.Timer(LIMIT, events.close)
        limit.start()
        try:
            mine = f"{self._groups[-1]}:"
            found = next((e for e in events if e["Actor"]["Attributes"]["postfix-lab.owner"].startswith(mine)), None)
            assert found, f"no container of the run was started within {LIMIT:g} s"
        finally:
            limit.cancel()
            events.close()

    def clean(self) -> list[str]:
        """`postfix-lab clean`, to which the containers of other runs on this engine do not exist."""
        own = [name.lstrip("/") for name in self.containers()]
        command = [sys.executable, "-c", _CLEAN, self.engine.name, *own]
        told = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        return list(json.loads(told)["removed"])

    def labs(self) -> list[dict[str, Any]]:
        """What the inner tests said about their labs."""
        return [json.loads(file.read_text()) for file in sorted(self.folder.glob("*.json"))]

    def containers(self) -> list[str]:
        """The containers of these runs, whatever state they are in."""
        found = self.engine.client.api.containers(all=True, filters={"label": "postfix-lab"})
        return [c["Names"][0] for c in found if self._is_mine(c["Labels"])]

    def left(self) -> dict[str, list[str]]:
        """Everything that the runs left behind: nothing, if all is well."""
        labs = self.labs()
        members = {group: _of_group(group) for group in self._running}
        # The number of a group that is no more is given to somebody else: this one does not come back.
        self._running = [group for group, found in members.items() if found]
        found = {
            "containers": self.containers(),
            "processes": [*chain.from_iterable(members.values()), *(p for lab in labs for p in lab["processes"] if alive(p))],
            "namespaces": sorted(namespaces() & {name for lab in labs for name in lab["namespaces"]}),
            "temporary files": [str(path) for path in self.temporary.rglob("*")],
            "half-written evidence": [str(path) for path in self.evidence.rglob(".*")],
        }
        return {what: things for what, things in found.items() if things}

    def _is_mine(self, labels: dict[str, str]) -> bool:
        runs = {lab["run"] for lab in self.labs()}
        return labels["postfix-lab.run"] in runs or labels["postfix-lab.owner"].split(":")[0] in map(str, self._groups)


def _of_group(group: int) -> list[str]:
    """The processes of this process group, but for those that only wait to be buried."""
    fields = {pid: stat(pid) for pid in processes()}
    return [pid for pid, said in fields.items() if said and said[STATE] not in "ZX" and int(said[GROUP]) == group]
