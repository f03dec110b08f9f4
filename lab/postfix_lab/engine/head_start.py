"""A head start: Docker starts the first containers of a run while other modules are still being loaded.

docker-py and testcontainers take as long to load as a container takes to start; this module does both in parallel. It
uses the standard library's HTTP (Docker Engine API: ImageList, ContainerCreate, ContainerAttach, ContainerStart,
ContainerInspect) for what testcontainers would do. If anything is unusual - no Docker at its own socket, an image that
has to be built, an engine that refuses - there is no head start, and the normal start reports what is wrong.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

from postfix_lab.engine.client import Engine, candidates, may_answer, parse_server
from postfix_lab.engine.container_plan import ContainerPlan
from postfix_lab.engine.images import IMAGES, ids_by_tag

_UNIX = "unix://"
_DOCKER = "docker.sock"
_LIMIT = 60.0
"""Seconds within which even a busy engine answers."""
_NO_ANSWER = (OSError, HTTPException, ValueError, LookupError, AttributeError, TypeError)
"""Raised for an engine that closes the connection, or that answers otherwise than Docker does."""
_ATTACH = "stream=1&stdin=1&stdout=1&stderr=1"
_UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}


@dataclass(frozen=True)
class StartedContainer:
    """A running container, and the framed connection to its main process (see `attach_frames.py`)."""

    id: str
    process: int
    line: socket.socket


class HeadStart:
    """Containers that are being started; `images` are their images, by the lab's names."""

    def __init__(
        self, engine: Engine, images: Mapping[str, str], begun: Mapping[str, Future[StartedContainer | None]]
    ) -> None:
        self.engine = engine
        self.images = images
        self._begun = dict(begun)

    def is_pending(self, name: str) -> bool:
        """Whether the container of that plan is being started and was not taken yet."""
        return name in self._begun

    def take(self, name: str) -> StartedContainer | None:
        """Return that container once it runs; None if its start failed."""
        return self._begun.pop(name).result()


def start_early(
    engine: str | None, plans: Iterable[ContainerPlan], labels: Mapping[str, str], run: str
) -> HeadStart | None:
    """Start these containers without waiting; None unless the engine is this machine's Docker with all images."""
    wanted = list(plans)
    url = next((url for url in candidates(engine, os.environ) if may_answer(url)), "")
    if not wanted or not (url.startswith(_UNIX) and url.endswith(_DOCKER)):
        return None
    path = url.removeprefix(_UNIX)
    try:
        known, images = _inspect_engine(path, url)
    except _NO_ANSWER:
        return None
    if known is None or any(plan.image not in images for plan in wanted):
        return None
    pool = ThreadPoolExecutor(len(wanted), thread_name_prefix="early")
    begun = {
        plan.name: pool.submit(_start, path, plan.container_name(run), plan.request(images[plan.image], labels))
        for plan in wanted
    }
    pool.shutdown(wait=False)
    return HeadStart(known, images, begun)


def _inspect_engine(path: str, url: str) -> tuple[Engine | None, dict[str, str]]:
    """Return the engine, None unless it is Docker, and the lab's images that it has."""
    line = _UnixConnection(path)
    try:
        hello = _ask(line, "GET", "/_ping")
        name, version = parse_server(hello.server) or ("", "")
        if name != "docker" or hello.status != HTTPStatus.OK:
            return None, {}
        listed = json.loads(_ask(line, "GET", "/images/json").said)
    finally:
        line.close()
    tags = ids_by_tag(listed)
    images = {name: tags[image.tag] for name, image in IMAGES.items() if image.tag in tags}
    return Engine("docker", version, url, hello.api), images


def _start(path: str, name: str, request: Mapping[str, Any]) -> StartedContainer | None:
    """Create the container, attach to it and start it; None if that fails."""
    asks, attached = _UnixConnection(path), _UnixConnection(path)
    try:
        return _start_attached(asks, attached, name, request)
    except _NO_ANSWER:
        return None
    finally:
        asks.close()
        attached.close()


def _start_attached(
    asks: _UnixConnection, attached: _UnixConnection, name: str, request: Mapping[str, Any]
) -> StartedContainer | None:
    created = _ask(asks, "POST", f"/containers/create?name={name}", request)
    if created.status != HTTPStatus.CREATED:
        return None
    identity = str(json.loads(created.said)["Id"])
    # Before the start, so that no output is missed.
    line = attached.upgrade(f"/containers/{identity}/attach?{_ATTACH}")
    if line is None:
        return None
    with ExitStack() as otherwise:
        otherwise.callback(line.close)
        started = _ask(asks, "POST", f"/containers/{identity}/start")
        state = json.loads(_ask(asks, "GET", f"/containers/{identity}/json").said)["State"]
        if started.status != HTTPStatus.NO_CONTENT or not state["Running"]:
            return None
        otherwise.pop_all()
        return StartedContainer(identity, int(state["Pid"]), line)


class _Answer(NamedTuple):
    status: int
    server: str
    api: str | None
    said: bytes


def _ask(line: HTTPConnection, method: str, path: str, body: Mapping[str, Any] | None = None) -> _Answer:
    content = None if body is None else json.dumps(body)
    line.request(method, path, content, {"Content-Type": "application/json"} if content else {})
    answer = line.getresponse()
    return _Answer(answer.status, answer.getheader("Server", ""), answer.getheader("Api-Version"), answer.read())


class _UnixConnection(HTTPConnection):
    """HTTP through a UNIX socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_LIMIT)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of to a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def upgrade(self, path: str) -> socket.socket | None:
        """Return the socket after a protocol upgrade (HTTP status 101); None if the engine refuses it."""
        self.request("POST", path, headers=_UPGRADE)
        with self.getresponse() as answer:
            if answer.status != HTTPStatus.SWITCHING_PROTOCOLS:
                return None
        line, self.sock = self.sock, None
        line.settimeout(None)
        return line
