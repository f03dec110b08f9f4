"""Servers in the mail host in place of missing programs: policy services, milters, tables, content filters, relays.

It runs in the container under the release's own Python (3.9 on bullseye), with nothing but the standard library; the
modules that it imports lie beside it. `stub.py listen` serves the stubs that a line of its standard input lists, until
another line lists others, and prints `listening`. After a line `tell` it prints as a JSON list what the stubs were
given since the last line `forget`, after which it prints `forgotten`.
`stub.py deliver ADDRESS SENDER RECIPIENT...` is started by pipe(8) in place of a delivery program: it passes the
message on over LMTP. `stub.py hang` is started by spawn(8) as a policy service that never answers; `stub.py stall` and
`stub.py fail CODE` by pipe(8) as programs that never end, or end with that code of sysexits.h.
"""

import asyncio
import contextlib
import errno
import json
import os
import signal
import smtplib
import socket
import struct
import sys
from typing import Any, Dict, List, Set, Tuple

if not __package__:  # In the mail host this file is a program, beside the folder of its package.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from postfix_lab.inside.mailhost import stub_rules
from postfix_lab.inside.mailhost.milter_stub import milter
from postfix_lab.inside.mailhost.policy_stub import policy
from postfix_lab.inside.mailhost.table_stub import table

FILTER = {"reject": "550 5.7.1 refused by the lab's stub", "tempfail": "451 4.7.1 the lab's stub says later"}
"""The reply to a message; everything before it is accepted."""
_KEYWORDS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
_PIECE = 1 << 16
_LONGEST = 1 << 26
"""Octets of an input line: the tables of a stub may have many entries."""
_LARGEST = 1 << 25
"""The largest message that a content filter takes."""
EX_TEMPFAIL = 75


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Relay the connection to the address in the stub's `to`."""
    host, _, port = stub["to"].rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    try:
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
    finally:
        far_writer.close()


async def mail_filter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Be a content filter over SMTP or LMTP: hand each message back to the address in `to`, or refuse it.

    Over SMTP the whole connection is relayed, so that smtpd at the other end decides about each command.
    """
    if stub["mode"] == "hang":
        while await reader.read(_PIECE):
            pass
    elif stub["mode"] in FILTER or stub["protocol"] == "lmtp":
        await _take_messages(reader, writer, stub)
    else:
        await relay(reader, writer, stub)


async def _take_messages(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    sender = ""
    recipients: List[str] = []

    def say(*lines: str) -> None:
        writer.write("".join("%s\r\n" % line for line in lines).encode("utf-8", "surrogateescape"))

    say("220 filter.lab.test ready")
    while True:
        await writer.drain()
        line = (await reader.readline()).decode("utf-8", "surrogateescape").strip()
        verb = line[:4].upper()
        if not line or verb == "QUIT":
            say("221 2.0.0 Bye")
            return
        if verb in ("EHLO", "LHLO"):
            say("250-filter.lab.test", *("250-%s" % word for word in _KEYWORDS[:-1]), "250 %s" % _KEYWORDS[-1])
        elif verb == "DATA":
            say("354 End data with <CR><LF>.<CR><LF>")
            await writer.drain()
            content = await reader.readuntil(b"\r\n.\r\n")
            refusal = FILTER.get(stub["mode"])
            each = [refusal] * len(recipients) if refusal else await _send_on(stub["to"], sender, recipients, content)
            say(*(each if stub["protocol"] == "lmtp" else each[:1]))
        elif verb in ("MAIL", "RSET", "HELO", "RCPT", "NOOP"):
            sender, recipients = (line, []) if verb == "MAIL" else (sender, recipients + [line] * (verb == "RCPT"))
            say("250 2.0.0 Ok")
        else:
            say("502 5.5.1 Not implemented")


async def _send_on(to: str, sender: str, recipients: List[str], content: bytes) -> List[str]:
    """Send a message on over SMTP, by these commands; return the reply for each recipient."""
    host, _, port = to.rpartition(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
    except OSError as error:
        return ["451 4.4.1 %s" % error] * len(recipients)

    async def ask(octets: bytes) -> str:
        writer.write(octets)
        line = b"xxx-"
        while line[3:4] == b"-":
            line = await reader.readline()
        return line.decode().strip() or "451 4.4.2 lost connection"

    try:
        await ask(b"")
        await ask(b"EHLO filter.lab.test\r\n")
        first = await ask(("%s\r\n" % sender).encode("utf-8", "surrogateescape"))
        asked = [await ask(("%s\r\n" % line).encode("utf-8", "surrogateescape")) for line in recipients]
        if any(reply.startswith("2") for reply in asked):
            begun = await ask(b"DATA\r\n")
            first = await ask(content) if begun.startswith("3") else begun
        await ask(b"QUIT\r\n")
    finally:
        writer.close()
    return [first if reply.startswith("2") or not first.startswith("2") else reply for reply in asked]


async def loopback(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Relay the connection as a client on this host: from the loopback address in `to`, if possible from the same port.

    Where nobody listens there, the connection is reset.
    """
    host, _, port = stub["to"].rpartition(":")
    try:
        far_reader, far_writer = await _connect_from(host, int(port), writer.get_extra_info("peername")[1])
    except OSError:
        # With no time to linger, close(2) sends RST instead of FIN (socket(7)).
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return
    try:
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
    finally:
        far_writer.close()


async def _connect_from(host: str, port: int, own_port: int) -> Tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect from that address to itself; from another port of its own where that one is taken."""
    try:
        return await asyncio.open_connection(host, port, local_addr=(host, own_port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return await asyncio.open_connection(host, port, local_addr=(host, 0))


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while True:
        data = await source.read(_PIECE)
        if not data:
            break
        sink.write(data)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


ROLES = {
    "policy": policy,
    "milter": milter,
    "table": table,
    "filter": mail_filter,
    "relay": relay,
    "loopback": loopback,
}
TALKING: Set[Any] = set()
"""The tasks of all connections."""


async def _open(stub: Dict[str, Any]) -> asyncio.AbstractServer:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        TALKING.add(task)
        try:
            await ROLES[stub["role"]](reader, writer, stub)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, struct.error):
            pass  # The client closed, or the other end does not listen: Postfix sees the connection close.
        except Exception as error:  # noqa: BLE001 - the lab tells of it, whatever it is
            stub_rules.note_failure(stub, error)
        finally:
            TALKING.discard(task)
            writer.close()

    kind, _, place = stub["listen"].partition(":")
    if kind == "unix":
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)
        server = await asyncio.start_unix_server(serve, place, limit=_LARGEST)
        os.chmod(place, 0o600 if stub["mode"] == "wrong-owner" else 0o666)
        return server
    host, _, port = place.rpartition(":")
    return await asyncio.start_server(serve, host, int(port), limit=_LARGEST)


async def listen() -> None:
    """Serve the stubs of each input line in place of those before; return at the end of input."""
    lines = asyncio.StreamReader(limit=_LONGEST)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    servers: List[asyncio.AbstractServer] = []
    while True:
        line = await lines.readline()
        if not line:
            return
        if line.strip() == b"tell":
            _say(json.dumps(stub_rules.RECORDS))
            continue
        stub_rules.forget()
        if line.strip() == b"forget":
            _say("forgotten")
            continue
        for server in servers:
            server.close()
        for task in TALKING:
            task.cancel()
        servers = [await _open(stub) for stub in json.loads(line)]
        _say("listening")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
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
    """`listen`, `deliver ADDRESS SENDER RECIPIENT...`, `fail CODE`, `hang` or `stall`."""
    if arguments[0] == "hang":
        return hang()
    if arguments[0] == "stall":
        signal.pause()
    if arguments[0] == "fail":
        sys.stdin.buffer.read()
        sys.stdout.write("refused by the lab's stub\n")
        return int(arguments[1])
    if arguments[0] == "deliver":
        return deliver(arguments[1], arguments[2], arguments[3:])
    asyncio.run(listen())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
