"""Requests to the agent: one JSON object a line in, one JSON object a line out, whatever a line is.

Only the agent's public coroutines can be asked for. A line that is no request is answered so; one that has no end is
the end.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable
from functools import cache
from typing import Any

MOST = 1 << 26
"""Octets that a request may have."""
Tell = Callable[[Any], None]
_NOT_ASKED = ("start",)
_TELL = "tell"
"""The parameter of a coroutine that tells its value in parts, before the rest of it is its answer."""


async def serve(agent: object, reader: asyncio.StreamReader, writer: asyncio.WriteTransport) -> None:
    """Answer one request after the other until the line ends; whoever waits for news does not hold up the others."""
    aside: set[asyncio.Task[None]] = set()

    def say(message: dict[str, Any]) -> None:
        writer.write(json.dumps(message).encode() + b"\n")

    async def told(request: dict[str, Any]) -> None:
        say(await answer(agent, request, say))

    while line := await _line(reader):
        request = read(line)
        if request.get("do") == "news":
            task = asyncio.get_running_loop().create_task(told(request))
            aside.add(task)
            task.add_done_callback(aside.discard)
        else:
            await told(request)


async def answer(agent: object, request: dict[str, Any], say: Tell) -> dict[str, Any]:
    """What the agent makes of a request: a value, or an error in words; parts of the value are said before."""
    asked = dict(request)
    serial, do = asked.pop("id", None), asked.pop("do", None)
    if not isinstance(do, str) or not _offered(agent, do):
        return {"id": serial, "error": f"{do!r}: nobody can be asked that; there are {', '.join(requests(agent))}"}
    coroutine = getattr(agent, do)
    if _tells(coroutine.__func__):
        asked[_TELL] = lambda part: say({"id": serial, "part": part})
    try:
        return {"id": serial, "value": await coroutine(**asked)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller has to hear of it
        return {"id": serial, "error": f"{do}: {type(error).__name__}: {error}"}


@cache
def _tells(coroutine: Callable[..., Any]) -> bool:
    return _TELL in inspect.signature(coroutine).parameters


def requests(agent: object) -> tuple[str, ...]:
    """What can be asked: the agent's public coroutines, but for its start."""
    return tuple(name for name in vars(type(agent)) if _offered(agent, name))


def _offered(agent: object, do: str) -> bool:
    part = vars(type(agent)).get(do)
    return inspect.iscoroutinefunction(part) and not do.startswith("_") and do not in _NOT_ASKED


def read(line: bytes) -> dict[str, Any]:
    """The object that a line is; one that is none asks for nothing."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # longer than the limit: there is no telling where the next one begins
        return b""
