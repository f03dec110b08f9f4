"""Containers of one run: started, talked to, removed.

Every container carries the run's labels, so that whatever a killed run leaves behind is found and
removed by the next one. testcontainers starts them; its reaper image is never needed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
from requests.exceptions import RequestException
from testcontainers.core.container import DockerContainer

from lab.engine.cleanup import labels, remove_run
from lab.engine.images import ensure
from lab.engine.stream import Stream
from lab.errors import EngineError

if TYPE_CHECKING:
    from lab.engine.client import Engine
    from lab.engine.code import Code

_WORDS = 12
_AHEAD = 4
"""Containers that start side by side: an Internet and a mail host of each release."""
_END = 10
"""Seconds in which a container ends that is ending."""


@dataclass(frozen=True)
class Container:
    """A running container and the stream to its main process."""

    name: str
    engine_name: str
    """What the engine calls it, for `docker exec` and the like."""
    id: str
    stream: Stream
    _handle: DockerContainer

    def process(self) -> int | None:
        """The id of its main process, where this process may look into it: root may, on the engine's own machine.

        A number that an engine on another machine says, or beyond a namespace, may be anybody's here; the control
        group tells.
        """
        handle = self._handle.get_wrapped_container()
        with _engine_errors(f"looking for the process of the container {self.name}"):
            handle.reload()
        number = int(handle.attrs["State"]["Pid"])
        try:
            mine = self.id in Path(f"/proc/{number}/cgroup").read_text(encoding="ascii", errors="replace")
        except OSError:
            return None
        return number if mine and os.access(f"/proc/{number}/ns/net", os.R_OK) else None

    def shorten(self, path: str) -> None:
        """Ask through the UNIX socket at that path in the container, where the way there is open to us."""
        if (number := self.process()) is None:
            return
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(f"/proc/{number}/root{path}")
        except OSError:
            sock.close()
        else:
            self.stream.shorten(sock)

    def remove(self) -> None:
        """Stop and remove it, whatever it is doing; one that is gone already is no error."""
        handle = self._handle.get_wrapped_container()
        with _engine_errors(f"removing the container {self.name}"), contextlib.suppress(docker.errors.NotFound):
            try:
                handle.remove(force=True, v=True)
            except docker.errors.APIError:
                # Podman cannot kill what is just ending by itself; once it has ended, it can be removed.
                handle.wait(timeout=_END)
                handle.remove(force=True, v=True)
        self.stream.close()


@dataclass(frozen=True)
class Plan:
    """A container that is to be started: what it is called and made of, and the code that its main process runs."""

    name: str
    image: str
    """`internet`, `postfix-<release>`."""
    code: Code
    mounts: Mapping[str, str] = field(default_factory=dict)
    """File systems in memory: a folder and the options that it is mounted with."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What docker-py's `run` is told besides."""


class Containers:
    """The containers of one run, each with no network, started when they are asked for or ahead of that."""

    def __init__(self, engine: Engine, *, kept: bool = False) -> None:
        """`kept`: they go on when their stream ends; else a process that dies takes them with it."""
        self.engine = engine
        self.images: dict[str, str] = {}
        """What is to be had so far: a short name and an image."""
        self.labels = labels(secrets.token_hex(4), kept=kept)
        self.kept = kept
        self._ahead = ThreadPoolExecutor(_AHEAD, thread_name_prefix="containers")
        self._launched: dict[str, Future[Container]] = {}

    def provide(self, images: Iterable[str], progress: Callable[[str], None]) -> None:
        """Have these images to start containers from; those that are missing are built."""
        if needed := [image for image in images if image not in self.images]:
            self.images.update(ensure(self.engine, needed, progress))

    def launch(self, plan: Plan) -> None:
        """Start it now, without waiting, for the one who will ask for a container of that name."""
        self._launched[plan.name] = self._ahead.submit(self._start, plan)

    def start(self, plan: Plan) -> Container:
        """A container that runs, and is attached to; it was launched ahead, or is started now."""
        launched = self._launched.pop(plan.name, None)
        return self._start(plan) if launched is None else launched.result()

    def close(self) -> None:
        """Remove whatever is left of this run, also what is still starting."""
        self._ahead.shutdown(cancel_futures=True)
        remove_run(self.engine, self.labels)

    def _start(self, plan: Plan) -> Container:
        options = {**self.engine.container_kwargs, **plan.options, **({"detach": True} if self.kept else {})}
        handle = DockerContainer(self.images[plan.image], docker_client_kw=dict(self.engine.client_kw))
        called = f"postfix-lab-{self.labels['postfix-lab.run']}-{re.sub(r'[^a-z0-9]+', '-', plan.name.lower())}"
        handle.with_name(called)
        handle.with_command(plan.code.command)
        for folder, how in plan.mounts.items():
            handle.with_tmpfs_mount(folder, how)
        handle.with_kwargs(network="none", stdin_open=True, labels=dict(self.labels), **options)
        with ThreadPoolExecutor(1) as aside, _engine_errors(f"starting the container {plan.name}"):
            program = aside.submit(plan.code.packed)
            handle.start()
            identity = handle.get_container_id()
            stream = self._attach(plan.name, handle)
        stream.send(program.result(), "be given its program")
        return Container(plan.name, called, identity, stream, handle)

    def run_once(self, image: str, command: list[str], **options: Any) -> tuple[int, str]:
        """Run a command in a container of its own and return its status and, if that is not 0, its output."""
        options = {**self.engine.container_kwargs, **options}
        with _engine_errors(f"running {command[0]} in a container of {self.images[image]}"):
            container = self.engine.client.containers.create(
                self.images[image], command, labels=dict(self.labels), **options
            )
            try:
                container.start()
                status = container.wait(timeout=60)["StatusCode"]
                return status, container.logs().decode(errors="replace") if status else ""
            finally:
                container.remove(force=True)

    def _attach(self, name: str, handle: DockerContainer) -> Stream:
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        try:
            attached = self.engine.client.api.attach_socket(handle.get_container_id(), params=wanted)
        except docker.errors.APIError as error:
            said = b"".join(handle.get_logs()).decode(errors="replace").strip()
            last = "\n".join(said.splitlines()[-_WORDS:]) or "it said nothing"
            raise EngineError(f"the container {name} ended at its start ({error.explanation}): {last}") from error
        # docker-py hangs the HTTP response on what it returns; collected, it would close the socket under us.
        return Stream(getattr(attached, "_sock", attached), name, attached)


def execute(engine: Engine, container: str, command: list[str]) -> tuple[int, str]:
    """Run a command in a container that runs already, and return its status and its output."""
    with _engine_errors(f"running {command[0]} in {container}"):
        api = engine.client.api
        started = api.exec_create(container, command)["Id"]
        output: bytes = api.exec_start(started)
        return int(api.exec_inspect(started)["ExitCode"]), output.decode(errors="replace")


@contextlib.contextmanager
def _engine_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except (docker.errors.APIError, RequestException) as error:
        if isinstance(error, docker.errors.APIError) and "already in progress" in str(error):
            return
        raise EngineError(
            f"{doing} failed: {error}. See whether the engine still answers: `postfix-lab doctor`."
        ) from error
