"""Starts and removes the containers of one run, and connects to them.

Every container has the run's labels, so that the next run finds and removes what a killed run left.
testcontainers starts them, except those that have a head start (`head_start.py`); its reaper image is not needed.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.engine.cleanup import remove, remove_run, sweep
from postfix_lab.engine.client import engine_errors, library
from postfix_lab.engine.control_stream import Stream
from postfix_lab.engine.images import ensure
from postfix_lab.errors import EngineError

if TYPE_CHECKING:
    from postfix_lab.engine.client import Engine
    from postfix_lab.engine.container_plan import ContainerPlan
    from postfix_lab.engine.head_start import HeadStart

_WORDS = 12
_AHEAD = 4
"""Containers that start in parallel: an Internet and a mail host of each release."""
_END = 10
"""Seconds to wait for a container that is ending."""


@dataclass(frozen=True)
class Container:
    """A running container and the stream to its main process."""

    name: str
    engine_name: str
    """The engine's name for it, for `docker exec` and the like."""
    id: str
    stream: Stream
    _engine: Engine
    _process: int | None = None
    """The id of its main process, if already known."""

    def process(self) -> int | None:
        """Return the id of its main process if its namespaces can be entered (as root on the engine's own machine).

        An id from an engine on another machine or in another namespace may belong to any process here, so the
        control group is checked.
        """
        number = self._process
        if number is None:
            with engine_errors(f"looking for the process of the container {self.name}"):
                number = int(self._engine.client.api.inspect_container(self.id)["State"]["Pid"])
        try:
            mine = self.id in Path(f"/proc/{number}/cgroup").read_text(encoding="ascii", errors="replace")
        except OSError:
            return None
        return number if mine and os.access(f"/proc/{number}/ns/net", os.R_OK) else None

    def use_direct_socket(self, path: str) -> None:
        """Send requests through the UNIX socket at that path in the container, if it can be reached."""
        if (number := self.process()) is None:
            return
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(f"/proc/{number}/root{path}")
        except OSError:
            sock.close()
        else:
            self.stream.use_direct_socket(sock)

    def remove(self) -> None:
        """Stop and remove it, in any state; it is no error if it is gone already."""
        api = self._engine.client.api
        with engine_errors(f"removing the container {self.name}"), contextlib.suppress(library().NotFound):
            try:
                api.remove_container(self.id, force=True, v=True)
            except library().APIError:
                # Podman cannot kill a container that is just ending; once it has ended, it can be removed.
                api.wait(self.id, timeout=_END)
                api.remove_container(self.id, force=True, v=True)
        self.stream.close()


class Containers:
    """The containers of one run, each without a network, started on request or in advance."""

    def __init__(
        self,
        engine: Engine,
        run: str,
        labels: Mapping[str, str],
        *,
        kept: bool = False,
        early: HeadStart | None = None,
    ) -> None:
        """`kept`: they keep running when their stream ends; else they end with this process.

        `early`: the containers of this run that have a head start.
        """
        self.engine = engine
        self.images: dict[str, str] = dict(early.images) if early else {}
        """The images that are available so far: the lab's name and the engine's id."""
        self.kept = kept
        self._run, self.labels = run, labels
        self._early = early
        self._ahead = ThreadPoolExecutor(_AHEAD, thread_name_prefix="containers")
        self._launched: dict[str, Future[Container]] = {}

    def provide(self, images: Iterable[str], progress: Callable[[str], None]) -> None:
        """Make these images available; missing ones are built."""
        if needed := [image for image in images if image not in self.images]:
            self.images.update(ensure(self.engine, needed, progress))

    def launch(self, plan: ContainerPlan) -> None:
        """Start it now, without waiting; a later `start` returns it."""
        self._launched[plan.name] = self._ahead.submit(self._start, plan)

    def start(self, plan: ContainerPlan) -> Container:
        """Return the running, attached container of that plan: the launched one, or one started now."""
        launched = self._launched.pop(plan.name, None)
        return self._start(plan) if launched is None else launched.result()

    def close(self) -> None:
        """Remove what is left of this run, including what is still starting."""
        self._ahead.shutdown(cancel_futures=True)
        remove_run(self.engine, self.labels)
        if self._early:  # Postponed by the head start.
            sweep(self.engine)

    def _start(self, plan: ContainerPlan) -> Container:
        container = self._take_early(plan) or self._start_now(plan)
        container.stream.send(plan.code.pack(), "be given its program")
        return container

    def _take_early(self, plan: ContainerPlan) -> Container | None:
        """Return the container that had a head start, if any; the rest of one that failed is removed."""
        if self._early is None or not self._early.is_pending(plan.name):
            return None
        called = plan.container_name(self._run)
        if started := self._early.take(plan.name):
            stream = Stream(started.line, plan.name)
            return Container(plan.name, called, started.id, stream, self.engine, started.process)
        remove(self.engine, called)
        return None

    def _start_now(self, plan: ContainerPlan) -> Container:
        """Start it now."""
        with engine_errors(f"starting the container {plan.name}"):
            identity = self._create(plan)
            stream = self._attach(plan.name, identity)
        if self.engine.name == "docker":  # Podman closes the stream itself, and the wait is slow there: 83 s, not 48.
            threading.Thread(target=self._watch, args=(identity, stream), name="watch", daemon=True).start()
        return Container(plan.name, plan.container_name(self._run), identity, stream, self.engine)

    def _create(self, plan: ContainerPlan) -> str:
        """Start a container and return its id."""
        kept = {"detach": True} if self.kept else {}
        handle = library().Container(self.images[plan.image], docker_client_kw=dict(self.engine.client_kw))
        handle.with_name(plan.container_name(self._run))
        handle.with_command(plan.code.command)
        for folder, how in plan.mounts.items():
            handle.with_tmpfs_mount(folder, how)
        handle.with_kwargs(labels=dict(self.labels), **self.engine.container_kwargs, **plan.keywords(), **kept)
        handle.start()
        return str(handle.get_container_id())

    def _watch(self, identity: str, stream: Stream) -> None:
        """End the stream when the container ends: Docker may not, if it ends during the attach."""
        with contextlib.suppress(EngineError), engine_errors("waiting for the end of a container"):
            self.engine.client.api.wait(identity, timeout=None)
            stream.end()

    def run_once(self, image: str, command: list[str], **options: Any) -> tuple[int, str]:
        """Run a command in a new container; return its status and, if that is not 0, its output."""
        options = {**self.engine.container_kwargs, **options}
        with engine_errors(f"running {command[0]} in a container of {self.images[image]}"):
            container = self.engine.client.containers.create(
                self.images[image], command, labels=dict(self.labels), **options
            )
            try:
                container.start()
                status = container.wait(timeout=60)["StatusCode"]
                return status, container.logs().decode(errors="replace") if status else ""
            finally:
                container.remove(force=True)

    def _attach(self, name: str, identity: str) -> Stream:
        api = self.engine.client.api
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        try:
            attached = api.attach_socket(identity, params=wanted)
        except library().APIError as error:
            said = api.logs(identity).decode(errors="replace").strip()
            last = "\n".join(said.splitlines()[-_WORDS:]) or "it said nothing"
            raise EngineError(f"the container {name} ended at its start ({error.explanation}): {last}") from error
        # The HTTP response belongs to what docker-py returns; when collected, it would close the socket.
        return Stream(getattr(attached, "_sock", attached), name, attached)


def execute(engine: Engine, container: str, command: list[str]) -> tuple[int, str]:
    """Run a command in a running container; return its status and its output."""
    with engine_errors(f"running {command[0]} in {container}"):
        api = engine.client.api
        started = api.exec_create(container, command)["Id"]
        output: bytes = api.exec_start(started)
        return int(api.exec_inspect(started)["ExitCode"]), output.decode(errors="replace")
