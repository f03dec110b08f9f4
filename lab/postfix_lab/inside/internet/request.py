"""Answers requests to the agent from a stream of lines.

Only the verbs of `AgentVerbs` can be called. A line that is no request is answered with an error; one that is
too long ends the stream after an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from postfix_lab.errors import InputError
from postfix_lab.inside.internet.agent_verbs import AgentVerbs
from postfix_lab.json_lines import LineTooLongError, Request, encode, read_request
from postfix_lab.verbs import ROWS, find_verb, verbs_of

Send = Callable[[dict[str, object]], None]
_ASIDE = {name for name, verb in verbs_of(AgentVerbs).items() if verb.aside}


async def serve(agent: AgentVerbs, reader: asyncio.StreamReader, writer: asyncio.WriteTransport) -> None:
    """Answer one request after the other until the stream ends; verbs marked `aside` run in parallel."""
    late: set[asyncio.Task[None]] = set()

    def send(message: dict[str, object]) -> None:
        writer.write(encode(message, default=ROWS.write))

    while line := await _next_line(reader, send):
        try:
            request = read_request(line)
        except InputError as error:
            send(_error(None, error))
            continue
        if request.verb in _ASIDE:
            task = asyncio.get_running_loop().create_task(answer(agent, request, send))
            late.add(task)
            task.add_done_callback(late.discard)
        else:
            await answer(agent, request, send)


async def answer(agent: AgentVerbs, request: Request, send: Send) -> None:
    """Send the value that the agent returns, or its error; parts of the value are sent before."""
    serial = request.id
    try:
        verb = find_verb(AgentVerbs, request.verb)
        arguments = verb.read_arguments(request.arguments, lambda part: send({"id": serial, "part": part}))
        send({"id": serial, "value": await getattr(agent, verb.name)(**arguments)})
    except Exception as error:  # noqa: BLE001 - every error is sent to the caller
        send(_error(serial, error, f"{request.verb}: "))


def _error(serial: int | None, error: Exception, where: str = "") -> dict[str, object]:
    return {"id": serial, "error": {"message": f"{where}{type(error).__name__}: {error}"}}


async def _next_line(reader: asyncio.StreamReader, send: Send) -> bytes:
    try:
        return await reader.readline()
    except ValueError:  # longer than the reader's limit
        send(_error(None, LineTooLongError()))
        return b""
