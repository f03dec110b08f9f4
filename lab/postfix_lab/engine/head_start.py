"""A head start: Docker starts the first containers of a run while everything else is still being loaded.

docker-py and testcontainers take as long to load as a container takes to start, and whoever waits for a first verdict
would wait for both. A few requests with the standard library's HTTP (Docker Engine API: ImageList, ContainerCreate,
ContainerAttach, ContainerStart, ContainerInspect) say what testcontainers would. Where anything is otherwise - no
Docker at its own socket, an image that has to be built, an engine that refuses - there is no head start, and whoever
starts the container in the ordinary way says what is wrong.
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
from postfix_lab.engine.images import IMAGES, tagged

_UNIX = "unix://"
_DOCKER = "docker.sock"
_LIMIT = 60.0
"""Seconds in which an engine answers, however busy it is."""
_NO_ANSWER = (OSError, HTTPException, ValueError, LookupError, AttributeError, TypeError)
"""What comes of an engine that breaks off, and of one that says something else than Docker does."""
_ATTACH = "stream=1&stdin=1&stdout=1&stderr=1"
_UPGRADE = {"Connection": "Upgrade", "Upgrade": "tcp"}


@dataclass(frozen=True)
class Started:
    """A container that runs, and the line to its main process, which the engine frames."""

    id: str
    process: int
    line: socket.socket


class HeadStart:
    """Containers that this Docker was asked for; the images that they are made of, by the lab's names."""

    def __init__(self, engine: Engine, images: Mapping[str, str], begun: Mapping[str, Future[Started | None]]) -> None:
        self.engine = engine
        self.images = images
        self._begun = dict(begun)

    def is_pending(self, name: str) -> bool:
        """Whether the container of that plan was asked for, and nobody has taken it yet."""
        return name in self._begun

    def take(self, name: str) -> Started | None:
        """It, once it runs; none where that did not go well."""
        return self._begun.pop(name).result()


def begin(engine: str | None, plans: Iterable[ContainerPlan], labels: Mapping[str, str], run: str) -> HeadStart | None:
    """Ask for these containers, without waiting; none where the engine to be asked is not this machine's Docker."""
    wanted = list(plans)
    url = next((url for url in candidates(engine, os.environ) if may_answer(url)), "")
    if not wanted or not (url.startswith(_UNIX) and url.endswith(_DOCKER)):
        return None
    path = url.removeprefix(_UNIX)
    try:
        known, images = _look(path, url)
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


def _look(path: str, url: str) -> tuple[Engine | None, dict[str, str]]:
    """Which engine it is, if it is Docker, and which of the lab's images it has."""
    line = _Line(path)
    try:
        hello = _ask(line, "GET", "/_ping")
        name, version = parse_server(hello.server) or ("", "")
        if name != "docker" or hello.status != HTTPStatus.OK:
            return None, {}
        listed = json.loads(_ask(line, "GET", "/images/json").said)
    finally:
        line.close()
    tags = tagged(listed)
    images = {name: tags[image.tag] for name, image in IMAGES.items() if image.tag in tags}
    return Engine("docker", version, url, hello.api), images


def _start(path: str, name: str, request: Mapping[str, Any]) -> Started | None:
    """Create it, attach to it and start it; none if that did not go well."""
    asks, attached = _Line(path), _Line(path)
    try:
        return _start_attached(asks, attached, name, request)
    except _NO_ANSWER:
        return None
    finally:
        asks.close()
        attached.close()


def _start_attached(asks: _Line, attached: _Line, name: str, request: Mapping[str, Any]) -> Started | None:
    created = _ask(asks, "POST", f"/containers/create?name={name}", request)
    if created.status != HTTPStatus.CREATED:
        return None
    identity = str(json.loads(created.said)["Id"])
    # Before the start, so that nothing that it says is missed.
    line = attached.taken_over(f"/containers/{identity}/attach?{_ATTACH}")
    if line is None:
        return None
    with ExitStack() as otherwise:
        otherwise.callback(line.close)
        started = _ask(asks, "POST", f"/containers/{identity}/start")
        state = json.loads(_ask(asks, "GET", f"/containers/{identity}/json").said)["State"]
        if started.status != HTTPStatus.NO_CONTENT or not state["Running"]:
            return None
        otherwise.pop_all()
        return Started(identity, int(state["Pid"]), line)


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


class _Line(HTTPConnection):
    """HTTP through a UNIX socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_LIMIT)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of to a port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def taken_over(self, path: str) -> socket.socket | None:
        """The socket itself, when the engine has agreed to speak something else on it than HTTP."""
        self.request("POST", path, headers=_UPGRADE)
        with self.getresponse() as answer:
            if answer.status != HTTPStatus.SWITCHING_PROTOCOLS:
                return None
        line, self.sock = self.sock, None
        line.settimeout(None)
        return line
