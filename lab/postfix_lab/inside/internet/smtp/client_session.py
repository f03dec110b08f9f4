"""Hold a dialogue over TCP: the only SMTP client of the lab.

`smtp/conversation.py` holds the rules, `client_connection.py` the connection. A server that refuses, closes, hangs or
sends garbage is a value in the transcript; an exception means that the lab could not connect from that address.
"""

from __future__ import annotations

import errno
import os
import socket
import time
from typing import TYPE_CHECKING

from postfix_lab.addresses import GATEWAY4
from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
from postfix_lab.smtp.conversation import Conversation
from postfix_lab.smtp.proxy_protocol import announced_client
from postfix_lab.smtp.transcript import Ending, Exchange, Transcript
from postfix_lab.smtp.utterance import octets_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.inside.internet.admission import Admission
    from postfix_lab.inside.internet.smtp.rendezvous import Meeting
    from postfix_lab.smtp.dialogue import Dialogue

_IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; the socket module has no name for it


async def converse(  # noqa: PLR0913 - both addresses, the dialogue and the limits
    source: str,
    server: str,
    port: int,
    dialogue: Dialogue,
    *,
    timeout: float = 60.0,  # noqa: ASYNC109 - for each reply, not for the session
    meeting: Meeting | None = None,
    admission: Admission | None = None,
    relay_port: int = 0,
    opened: Callable[[ClientConnection], None] = lambda _: None,
) -> Transcript:
    """Hold the dialogue from that source address; `timeout`: seconds that each reply may take.

    `meeting`: shared by the sessions that are held at the same time. `admission`: says when the client may connect,
    if the server is a mail host, and gets the transcript. `opened` gets the connection as soon as it
    exists, and may shorten its timeout. `relay_port`: the server's relay into its loopback, for a client on the server
    itself; it connects from the source address, to `port` of the same address.

    Raises `LabError` if the source address is not local, `InputError` if the dialogue cannot be sent.
    """
    announced = announced_client("".join(octets_of(part).decode("latin-1") for part in dialogue.early))
    visit = await admission.enter(source, server, timeout / 2, announced) if admission else None
    transcript = None
    try:
        if meeting:
            await meeting.acquire_slot(timeout)
        started = time.time()
        sock = _bind(GATEWAY4 if relay_port else source, server)
        talk = Conversation(dialogue, time.time)
        line = ClientConnection(sock, talk.actions(), timeout, meeting)
        try:
            line.open(server, relay_port or port)
            opened(line)
            client_port: int = sock.getsockname()[1]
            if visit:
                visit.port = client_port
            await line.done
        finally:
            line.close()
        transcript = Transcript(source, client_port, server, port, *_result(talk, relay_port), started, time.time())
    finally:
        if admission and visit:
            admission.leave(visit, transcript)
    return transcript


def _result(talk: Conversation, relay_port: int) -> tuple[tuple[Exchange, ...], Ending, str | None]:
    """Return what was said, and how and why it ended; a relay resets the connection if its target refuses it."""
    said = tuple(talk.exchanges)
    silent = all(exchange.reply is None for exchange in said)
    if relay_port and silent and (talk.ended, talk.why) == ("closed", os.strerror(errno.ECONNRESET)):
        return (), "refused", os.strerror(errno.ECONNREFUSED)
    return said, talk.ended, talk.why


def _bind(source: str, server: str) -> socket.socket:
    """Return a socket bound to the source address; its port is chosen on connecting."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    try:
        socket.inet_pton(family, source)
        socket.inet_pton(family, server)
    except OSError as error:
        raise InputError(f"cannot speak from {source} to {server}: give two IPv4 or two IPv6 addresses") from error
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)  # noqa: FBT003 - its only parameter
    try:
        # Else bind() reserves a port for every session, and runs out of them.
        sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        sock.bind((source, 0))
    except OSError as error:
        sock.close()
        raise LabError(f"cannot send from {source}: {error.strerror}; is every address local here?") from error
    return sock
