"""Orders that nobody of the lab has given: the agent answers in words, does nothing, and goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab import json_lines
from postfix_lab.inside.internet.agent import Agent
from postfix_lab.inside.internet.request import serve
from postfix_lab.json_lines import encode
from tests.unit.hostile.profile import tried


class _Kept(asyncio.WriteTransport):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.octets = b""
        self.second = asyncio.Event()

    def write(self, data: Any) -> None:
        self.octets += data
        if self.octets.count(b"\n") > 1:
            self.second.set()


def answers(*lines: bytes, limit: int = 1 << 16) -> list[dict[str, Any]]:
    """What an agent that was never started answers to these lines, the last of which it can answer."""

    async def run() -> bytes:
        reader, writer = asyncio.StreamReader(limit=limit), _Kept()
        reader.feed_data(b"".join(lines))
        reader.feed_eof()
        await serve(Agent(), reader, writer)
        return writer.octets

    return [json.loads(line) for line in asyncio.run(run()).splitlines()]


def request(verb: object, **arguments: Any) -> bytes:
    """A line that asks for that."""
    return encode({"id": 9, "verb": verb, "arguments": arguments})


@pytest.mark.parametrize("verb", ["__init__", "_forget", "__class__", "start", "_answer", "", "run ", "__dict__"])
def test_only_requests_can_be_asked(verb: str) -> None:
    """What is no verb is never looked up in the agent."""
    (said,) = answers(request(verb, x=2))
    assert said["id"] == 9
    assert "is no verb; there are begin, route, register, set_world, " in said["error"]["message"]


@pytest.mark.parametrize(
    "line", [b"\n", b"[]\n", b"{\n", b"\xff\n", b"null\n", b"[" * 50_000 + b"\n", b'{"id": 1}\n', b'{"verb": ["run"], "arguments": {}}\n', b'{"id": {}, "verb": "run", "arguments": {}}\n', b'{"id": 1, "verb": "latest"}\n']
)
def test_a_line_that_is_no_request(line: bytes) -> None:
    """It is answered with an error, and the next one as if nothing had been."""
    first, second = answers(line, request("latest"))
    assert first["id"] is None
    assert "a request is one line" in first["error"]["message"]
    assert second == {"id": 9, "value": 0}


def test_a_line_without_an_end() -> None:
    """More than a request can have is answered with an error and ends the stream; nothing is read beyond it."""
    (said,) = answers(b"x" * 200_000, request("latest"))
    assert said["id"] is None
    assert "a line is longer than" in said["error"]["message"]


@tried()
@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    """Whatever comes, each line is answered once."""
    lines = [line + b"\n" for line in octets.split(b"\n")]
    assert len(answers(*lines)) == len(lines)


@tried()
@given(st.sampled_from(["set_world", "run", "seen", "clear", "latest", "note"]), st.dictionaries(st.sampled_from(["zones", "faults", "peers", "resolvers", "request", "tell", "text"]), st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6), max_size=4))  # fmt: skip
def test_forged_arguments(verb: str, arguments: dict[str, Any]) -> None:
    """An order with anything in it is carried out or refused in words."""
    (said,) = answers(request(verb, **arguments))
    assert said["id"] == 9
    assert set(said) <= {"id", "value", "error"}


def test_whoever_waits_for_news_holds_up_nobody() -> None:
    """The request after it is answered first."""

    async def run() -> list[int]:
        reader, writer = asyncio.StreamReader(), _Kept()
        reader.feed_data(encode({"id": 1, "verb": "news", "arguments": {"after": 0, "within": 10.0}}))
        reader.feed_data(encode({"id": 2, "verb": "note", "arguments": {"text": "now"}}))
        serving = asyncio.create_task(serve(Agent(), reader, writer))
        await asyncio.wait_for(writer.second.wait(), 10)
        reader.feed_eof()
        await serving
        return [json.loads(line)["id"] for line in writer.octets.splitlines()]

    assert asyncio.run(run()) == [2, 1]


def test_a_value_that_fits_into_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The end that answers says so, and goes on."""
    monkeypatch.setattr(json_lines, "MAX_LINE", 200)
    monkeypatch.setattr("postfix_lab.inside.internet.request._ASIDE", set())
    notes = [request("note", text="x" * 100) for _ in range(3)]
    *_, news, latest = answers(*notes, request("news", after=0, within=0.0), request("latest"))
    assert "news: LineTooLongError: a line is longer than 200 octets" in news["error"]["message"]
    assert latest == {"id": 9, "value": 3}
