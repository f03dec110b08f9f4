"""Orders that nobody of the lab has given: the agent answers in words, does nothing, and goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.inside.internet.agent import Agent
from postfix_lab.inside.internet.request import answer, requests, serve
from tests.unit.hostile.profile import tried


class _Told(asyncio.WriteTransport):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.octets = b""

    def write(self, data: Any) -> None:
        self.octets += data


def told(*lines: bytes, limit: int = 1 << 16) -> list[dict[str, Any]]:
    """What an agent that was never started says to these lines, the last of which it can answer."""

    async def run() -> bytes:
        reader, writer = asyncio.StreamReader(limit=limit), _Told()
        reader.feed_data(b"".join(lines))
        reader.feed_eof()
        await serve(Agent(), reader, writer)
        return writer.octets

    return [json.loads(line) for line in asyncio.run(run()).splitlines()]


@pytest.mark.parametrize("do", ["__init__", "_forget", "__class__", "start", "_answer", "", None, "run ", 7, "__dict__"])
def test_only_requests_can_be_asked(do: object) -> None:
    """What is no request is never looked up in the agent."""
    said = asyncio.run(answer(Agent(), {"id": 1, "do": do, "x": 2}, print))
    assert said["id"] == 1
    assert "nobody can be asked that; there are route, know, world, " in said["error"]


def test_what_can_be_asked() -> None:
    """The agent's public coroutines, but for its start."""
    assert {"route", "know", "world", "run", "barrier", "seen", "clear", "news", "latest", "note"} <= set(requests(Agent()))
    assert "start" not in requests(Agent())


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"{\n", b"\xff\n", b"null\n", b"[" * 50_000 + b"\n", b'{"id": 1}\n', b'{"do": ["run"]}\n', b'{"id": {}, "do": "run"}\n']
)
def test_a_line_that_is_no_request(line: bytes) -> None:
    """It is answered with an error, and the next one as if nothing had been."""
    first, second = told(line, b'{"id": 9, "do": "latest"}\n')
    assert "error" in first
    assert second == {"id": 9, "value": 0}


def test_a_line_without_an_end() -> None:
    """More than a request can have ends the line, and nothing else."""
    assert told(b"x" * 200_000) == []


@tried()
@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    """Whatever comes, each line is answered once."""
    lines = [line + b"\n" for line in octets.split(b"\n")]
    assert len(told(*lines)) == len(lines)


@tried()
@given(st.sampled_from(["world", "run", "seen", "clear", "latest", "note"]), st.dictionaries(st.sampled_from(["zones", "faults", "peers", "resolvers", "orders", "sessions", "within", "in_turn", "text"]), st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6), max_size=4))  # fmt: skip
def test_forged_arguments(do: str, arguments: dict[str, Any]) -> None:
    """An order with anything in it is carried out or refused in words."""
    (said,) = told(json.dumps({"id": 3, "do": do, **arguments}).encode() + b"\n")
    assert said["id"] == 3
    assert set(said) <= {"id", "value", "error"}
