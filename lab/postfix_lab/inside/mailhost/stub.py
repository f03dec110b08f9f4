"""Servers in the mail host in place of missing programs: a policy service, a milter, a relay of connections.

It runs in the container under the release's own Python (3.9 on bullseye), with nothing but the standard library.
`stub.py listen` serves the stubs that a line of its standard input lists, until another line lists others;
`stub.py deliver ADDRESS SENDER RECIPIENT...` is started by pipe(8) in place of a delivery program: it passes the
message on over LMTP. `stub.py hang` is started by spawn(8) as a policy service that never answers.
The policy protocol is that of SMTPD_POLICY_README, the milter protocol version 6 of libmilter's mfdef.h.
"""

import asyncio
import contextlib
import json
import os
import smtplib
import struct
import sys
from typing import Any, Dict, List, Set

POLICY = {
    "accept": "DUNNO",
    "reject": "REJECT refused by the lab's stub",
    "tempfail": "DEFER_IF_PERMIT the lab's stub says later",
}
MILTER = {"accept": b"c", "reject": b"r", "tempfail": b"t"}
"""The verdict at the end of the message; everything before it is accepted."""
_SILENT = frozenset(b"DQKA")
"""Milter commands that get no answer: macros, quit, quit for a new connection, abort."""
_PIECE = 1 << 16
_LONGEST = 1 << 20
EX_TEMPFAIL = 75


async def policy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Answer each request, which ends with an empty line."""
    asked = False
    while True:
        line = await reader.readline()
        if not line:
            return
        asked = asked or bool(line.strip())
        if not line.strip() and asked and stub["mode"] in POLICY:
            writer.write(("action=%s\n\n" % POLICY[stub["mode"]]).encode())
            await writer.drain()


async def milter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Negotiate version 6 without actions, accept everything, and send the verdict at the end of the message."""
    verdict = MILTER.get(stub["mode"])
    while True:
        size = struct.unpack("!I", await reader.readexactly(4))[0]
        command, body = await reader.readexactly(1), await reader.readexactly(size - 1)
        if command == b"Q":
            return
        if verdict is None or command[0] in _SILENT:
            continue
        if command == b"O":
            version = min(6, struct.unpack("!I", body[:4])[0])
            answer = b"O" + struct.pack("!III", version, 0, 0)
        else:
            answer = verdict if command == b"E" else b"c"
        writer.write(struct.pack("!I", len(answer)) + answer)
        await writer.drain()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Relay the connection to the address in the stub's `to`."""
    host, _, port = stub["to"].rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    try:
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
    finally:
        far_writer.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while True:
        data = await source.read(_PIECE)
        if not data:
            break
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


ROLES = {"policy": policy, "milter": milter, "relay": relay}
TALKING: Set[Any] = set()
"""The tasks of all connections."""


async def _open(stub: Dict[str, Any]) -> asyncio.AbstractServer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        TALKING.add(task)
        try:
            await ROLES[stub["role"]](reader, writer, stub)
        except (OSError, asyncio.IncompleteReadError, struct.error):
            pass  # The client closed, or the other end does not listen: Postfix sees the connection close.
        finally:
            TALKING.discard(task)
            writer.close()

    kind, _, place = stub["listen"].partition(":")
    if kind == "unix":
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        server = await asyncio.start_unix_server(serve, place)
        os.chmod(place, 0o600 if stub["mode"] == "wrong-owner" else 0o666)
        return server
    host, _, port = place.rpartition(":")
    return await asyncio.start_server(serve, host, int(port))


async def listen() -> None:
    """Replace the stubs by those of each input line, and print `listening`; return at the end of input."""
    lines = asyncio.StreamReader(limit=_LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    servers: List[asyncio.AbstractServer] = []
    while True:
        line = await lines.readline()
        if not line:
            return
        for server in servers:
            server.close()
        for task in TALKING:
            task.cancel()
        servers = [await _open(stub) for stub in json.loads(line)]
        sys.stdout.write("listening\n")
        sys.stdout.flush()


def deliver(server: str, sender: str, recipients: List[str]) -> int:
    """Send standard input to an LMTP server; return EX_TEMPFAIL if that fails, so that pipe(8) defers the mail."""
    host, _, port = server.rpartition(":")
    try:
        with smtplib.LMTP(host, int(port)) as lmtp:
            lmtp.sendmail(sender, recipients, sys.stdin.buffer.read())
    except (OSError, smtplib.SMTPException) as error:
        sys.stderr.write("%s\n" % error)
        return EX_TEMPFAIL
    return 0


def hang() -> int:
    """Read standard input until it ends, without an answer."""
    while os.read(0, _PIECE):
        pass
    return 0


def main(arguments: List[str]) -> int:
    """`listen`, `deliver ADDRESS SENDER RECIPIENT...` or `hang`."""
    if arguments[0] == "hang":
        return hang()
    if arguments[0] == "deliver":
        return deliver(arguments[1], arguments[2], arguments[3:])
    asyncio.run(listen())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
