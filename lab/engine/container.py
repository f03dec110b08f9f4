"""Containers of one run: started, talked to, removed.

Every container carries the run's labels, so that whatever a killed run leaves behind is found and
removed by the next one. testcontainers starts them; its reaper image is never needed.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import docker.errors
from requests.exceptions import RequestException
from testcontainers.core.container import DockerContainer

from lab.engine.stream import Stream
from lab.errors import EngineError

if TYPE_CHECKING:
    from lab.engine.client import Engine
    from lab.engine.code import Code

_WORDS = 12
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

    def shorten(self, path: str) -> None:
        """Ask through the UNIX socket at that path in the container, where the way there is open to us.

        It is where the engine runs on this machine and this process may look into the container's files: root may.
        """
        handle = self._handle.get_wrapped_container()
        with _engine_errors(f"looking for the process of the container {self.name}"):
            handle.reload()
        inside = f"/proc/{handle.attrs['State']['Pid']}/root{path}"
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(inside)
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
class Containers:
    """Starts the containers of one run; `images` maps a short name to an image."""

    engine: Engine
    images: Mapping[str, str]
    labels: Mapping[str, str]
    kept: bool = False
    """Whether they go on when their stream ends; else a process that dies takes them with it."""

    def start(
        self, name: str, image: str, code: Code, mounts: Mapping[str, str] | None = None, **options: Any
    ) -> Container:
        """Start a container with no network whose main process runs that code, and attach to it.

        `mounts` are file systems in memory: a folder and the options that it is mounted with.
        """
        options = {**self.engine.container_kwargs, **options, **({"detach": True} if self.kept else {})}
        handle = DockerContainer(self.images[image], docker_client_kw=dict(self.engine.client_kw))
        called = f"postfix-lab-{self.labels['postfix-lab.run']}-{re.sub(r'[^a-z0-9]+', '-', name.lower())}"
        handle.with_name(called)
        handle.with_command(code.command)
        for folder, how in (mounts or {}).items():
            handle.with_tmpfs_mount(folder, how)
        handle.with_kwargs(network="none", stdin_open=True, labels=dict(self.labels), **options)
        with _engine_errors(f"starting the container {name}"):
            handle.start()
            identity = handle.get_container_id()
            stream = self._attach(name, handle)
        stream.send(code.packed(), "be given its program")
        return Container(name, called, identity, stream, handle)

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
