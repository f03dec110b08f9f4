"""Both ends of the connection to a standing lab, with a lab that answers what the test wants."""

from __future__ import annotations

import inspect
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from postfix_lab import json_lines
from postfix_lab.audit.examined import Examination
from postfix_lab.errors import InputError, LabError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import News
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.standing.keeper_protocol import SCHEMA, KeeperConnection
from postfix_lab.standing.keeper_server import Server
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.standing.service import KeeperService
from postfix_lab.standing.standing_record import SOCKET
from postfix_lab.verbs import Tell, verbs_of
from tests.unit.evidence_builder import evidence

JOB = Job(Scenario("quiet", ()))


class Double(KeeperVerbs):
    """A service without a lab."""

    notes = ("a file is broken",)

    def __init__(self) -> None:
        self.job: Job | None = None

    def execute(self, job: Job) -> list[Evidence]:
        self.job = job
        return [evidence()]

    def examine(self, target: Target) -> Examination:
        raise InputError(f"no such table on {target.debian}", "main.cf", 3)

    def recent_news(self) -> list[News]:
        raise ZeroDivisionError("by chance")

    def news(self, tell: Tell[list[News]]) -> None:
        tell([])
        tell([News(1, note="one"), News(2, note="two")])

    def reset_world(self) -> None:
        """Nothing has to be restored."""

    def with_engine_hint(self, error: LabError) -> LabError:
        return error


@pytest.fixture
def double() -> Double:
    """The service that is asked."""
    return Double()


@pytest.fixture
def folder(tmp_path: Path, double: Double) -> Iterator[Path]:
    """A folder in which it is served."""
    with Server(tmp_path, cast("KeeperService", double)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield tmp_path
        server.shutdown()


@contextmanager
def connected(folder: Path) -> Iterator[Any]:
    """A connection that nobody of the lab has made, as a file."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(folder / SOCKET))
        with sock.makefile("rwb", buffering=0) as stream:
            yield stream


def test_a_scenario_crosses(folder: Path, double: Double) -> None:
    """The job is the one that was given, the evidence the one that was returned; notes come beside it."""
    job = replace(JOB, targets=(Target(12, Setup(CONFIGURATIONS / "seed")),), limit=3.0)
    with closing(KeeperConnection(folder)) as line:
        assert line.ask(KeeperVerbs.execute)(job) == [evidence()]
        assert line.notes == ["a file is broken"]
    assert double.job == job


def test_an_error_crosses(folder: Path, tmp_path: Path) -> None:
    """An admin's mistake keeps its place; what the lab did not foresee is the lab's fault, and the line stays open."""
    with closing(KeeperConnection(folder)) as line:
        for _ in range(2):
            with pytest.raises(LabError, match="the lab could not do that: ZeroDivisionError: by chance"):
                line.ask(KeeperVerbs.recent_news)()
        with pytest.raises(InputError, match=r"main\.cf:3: no such table on 12") as raised:
            line.ask(KeeperVerbs.examine)(Target(12, Setup(CONFIGURATIONS / "seed")))
    assert (raised.value.file, raised.value.line) == ("main.cf", 3)


def test_news_are_followed(folder: Path) -> None:
    """Part by part, the first of which is empty."""
    with closing(KeeperConnection(folder)) as line:
        told: list[list[News]] = []
        line.ask(KeeperVerbs.news)(told.append)
        assert told == [[], [News(1, note="one"), News(2, note="two")]]
    with closing(KeeperConnection(folder)) as line:
        parts = line.follow(KeeperVerbs.news)
        assert [next(parts), next(parts)] == told


def own_request(rest: bytes) -> bytes:
    """Return a request of this version's schema."""
    return b'{"schema": %d, "id": 1, %s}\n' % (SCHEMA, rest)


@pytest.mark.parametrize(
    "request_, said",
    [
        (b'{"schema": 1, "do": "run"}\n', f"speaks schema {SCHEMA}, not 1: it was started by another version"),
        (
            own_request(b'"verb": "rest", "arguments": {}'),
            "'rest' is no verb; there are execute, examine, recent_news, news",
        ),
        (own_request(b'"verb": "execute", "arguments": {}'), "execute: missing a required argument: 'job'"),
        (own_request(b'"verb": "execute", "arguments": {"job": {"scenario": 3}}'), "cannot read a Job"),
        (b"nonsense\n", "a request is one line with a JSON object"),
    ],
)
def test_a_request_that_makes_no_sense(folder: Path, request_: bytes, said: str) -> None:
    """It is answered with an error, and the connection stays open."""
    with connected(folder) as stream:
        for _ in range(2):
            stream.write(request_)
            assert said in json.loads(stream.readline())["error"]["message"]


def test_a_request_without_an_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read up to the limit of a line and refused, and the connection is closed."""
    monkeypatch.setattr(json_lines, "MAX_LINE", 500)
    with connected(folder) as stream:
        stream.write(b"x" * 501)
        assert "a line is longer than 500 octets" in json.loads(stream.readline())["error"]["message"]
        assert stream.read() == b""


def test_an_answer_that_fits_into_no_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked is told."""
    with closing(KeeperConnection(folder)) as line:
        monkeypatch.setattr(json_lines, "MAX_LINE", 500)
        with pytest.raises(LabError, match="a line is longer than 500 octets"):
            line.ask(KeeperVerbs.execute)(JOB)


@pytest.mark.parametrize("answer", [b"[]\n", b"x" * 600, b"nonsense\n"])
def test_a_keeper_that_answers_nonsense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """Whoever else listens there: it is read up to the limit of a line, and named as what it is."""
    monkeypatch.setattr(json_lines, "MAX_LINE", 500)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / SOCKET))
        listener.listen()
        with closing(KeeperConnection(tmp_path, limit=10)) as line, listener.accept()[0] as far:
            far.sendall(answer)
            with pytest.raises(LabError, match=r"The standing lab (sent what is no answer|did not answer \(a line is)"):
                line.ask(KeeperVerbs.recent_news)()


def test_the_service_implements_every_verb() -> None:
    """With the declared parameters."""
    for name in verbs_of(KeeperVerbs):
        assert inspect.signature(vars(KeeperService)[name]) == inspect.signature(vars(KeeperVerbs)[name])
