"""Sockets that answer from the address that was asked, whichever it was.

One wildcard UDP socket for IPv4 and one for IPv6 read from each packet's IP_PKTINFO the address that
it was sent to, and set it as the source of the reply (ip(7), RFC 3542 section 6). TCP does that by itself.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

_IP_FREEBIND, _IP_PKTINFO, _IPV6_FREEBIND = 15, 8, 78
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS, _SO_RXQ_OVFL = 33, 35, 40
"""Linux's numbers; Python 3.11 has no names for them."""
_PKTINFO4 = struct.Struct("@i4s4s")  # interface, address to answer from, address that was asked
_PKTINFO6 = struct.Struct("@16sI")  # address, interface
_LENGTH = struct.Struct("!H")
_LINGER = struct.Struct("@ii")
_DROPPED = struct.Struct("@I")
_STAMP = struct.Struct("@ll")
_PACKET_MAX = 65535
_BUFFER = 8 * 1024 * 1024
"""Octets of the receive buffer: thousands of questions; the kernel's default holds some 250."""
_PATIENCE = 0.9
"""Seconds after which a client may have given up: resolv.conf in a mail host has `timeout:1`."""
_BURST = 64
"""Packets read before other sockets get their turn."""
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Asker:
    """The client of a question, and how to reply to it; `send` never raises, even if the client is gone."""

    transport: str
    client: str
    port: int
    """The client's port."""
    server: str
    send: Callable[[bytes], None]
    reset: Callable[[], None] = lambda: None
    """Ends a TCP connection with RST."""
    hang_up: Callable[[], None] = lambda: None
    """Ends a TCP connection in good order."""
    interface: int = 0
    """The interface of the packet, by the kernel's number; 0 where the kernel itself checks source addresses."""


Take = Callable[[bytes, Asker], None]
Trouble = Callable[[str], None]


@dataclass(frozen=True)
class Sockets:
    """The four sockets of one port: UDP and TCP, IPv4 and IPv6."""

    port: int
    udp: tuple[socket.socket, ...]
    tcp: tuple[socket.socket, ...]

    async def listen(self, take: Take, trouble: Trouble = lambda _: None) -> Listening:
        """Pass every packet to `take` from now on; late and lost packets are reported as trouble."""
        loop = asyncio.get_running_loop()
        for sock in self.udp:
            loop.add_reader(sock, partial(_read_packets, sock, take, _Losses(trouble)))
        listening = Listening(self, take)
        await listening.open_tcp(self.tcp)
        return listening


class Listening:
    """Open listening sockets, until `close`."""

    def __init__(self, sockets: Sockets, take: Take) -> None:
        self._sockets, self._take = sockets, take
        self._servers: list[asyncio.Server] = []
        self._streams: set[asyncio.Transport] = set()

    async def refuse_tcp(self, *, refused: bool) -> None:
        """Listen on TCP no more, so that the kernel refuses connections, or again; open ones are cut off."""
        if refused:
            self._close_tcp()
        elif not self._servers:
            bound = [_bind(s.family, socket.SOCK_STREAM, self._sockets.port) for s in self._sockets.udp]
            await self.open_tcp(bound)

    async def open_tcp(self, bound: Sequence[socket.socket]) -> None:
        """Listen on these, which are bound."""
        make = partial(_Stream, self._take, self._streams)
        loop = asyncio.get_running_loop()
        self._servers = [await loop.create_server(make, sock=sock) for sock in bound]

    def close(self) -> None:
        """Close everything."""
        loop = asyncio.get_running_loop()
        for sock in self._sockets.udp:
            loop.remove_reader(sock)
            sock.close()
        self._close_tcp()

    def _close_tcp(self) -> None:
        for server in self._servers:
            server.close()
        self._servers = []
        for stream in list(self._streams):
            stream.abort()


def bind_all(port: int) -> Sockets:
    """Binds all four to the same port; 0 means one that is free for all of them. Raises OSError."""
    for attempt in range(_ATTEMPTS):
        opened: list[socket.socket] = []
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                for family in (socket.AF_INET, socket.AF_INET6):
                    at = opened[0].getsockname()[1] if opened else port
                    opened.append(_bind(family, kind, at))
        except OSError as error:
            for sock in opened:
                sock.close()
            if port or error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS - 1:
                raise
        else:
            return Sockets(opened[0].getsockname()[1], tuple(opened[:2]), tuple(opened[2:]))
    raise AssertionError("the loop above returns or raises")


def _bind(family: socket.AddressFamily, kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.settimeout(0)
        # Freebind lets an IPv6 reply leave from an address that no interface has, as all of ours are.
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
            sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        if kind == socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            _enlarge(sock)
        sock.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))  # noqa: S104 - every address is ours
    except OSError:
        sock.close()
        raise
    return sock


def _enlarge(sock: socket.socket) -> None:
    """Make room for the questions of hundreds of sessions, beyond the machine's limit if allowed (socket(7))."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)


@dataclass
class _Losses:
    """Dropped and late packets of one socket, from the kernel's control messages with each packet."""

    trouble: Trouble
    known: int = 0

    def note_loss(self, kind: int, data: bytes) -> None:
        if kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _STAMP.unpack(data)
            late = time.time() - seconds - nanoseconds / 1e9
            if late > _PATIENCE:
                self.trouble(f"a DNS question waited {late:.1f} s until it was read, so its asker may have given up")
        elif kind == _SO_RXQ_OVFL:
            total = _DROPPED.unpack(data)[0]
            lost, self.known = total - self.known, total
            if lost > 0:
                self.trouble(f"{lost} DNS questions were lost: more came at once than the kernel keeps")


def _read_packets(sock: socket.socket, take: Take, losses: _Losses) -> None:
    space = sum(socket.CMSG_SPACE(told.size) for told in (_PKTINFO6, _DROPPED, _STAMP))
    for _ in range(_BURST):
        try:
            packet, ancillary, _flags, peer = sock.recvmsg(_PACKET_MAX, space)
        except BlockingIOError:
            return
        except OSError:
            continue  # an ICMP error about an earlier reply
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET:
                losses.note_loss(kind, data)
                continue
            server, interface, source = _destination(level, kind, data)
            back = partial(_send, sock, source, peer)
            take(packet, Asker("udp", _plain(peer[0]), peer[1], server, back, interface=interface))


def _destination(level: int, kind: int, data: bytes) -> tuple[str, int, tuple[int, int, bytes]]:
    """The address that was asked, where it came in, and the control message that makes it the reply's source.

    The interface of the reply is left to the routing table, but for a link-local address, which means nothing without.
    Over IPv4 it says nothing: there the kernel looks whether the asker's own address is behind it (rp_filter).
    """
    if level == socket.IPPROTO_IPV6:
        address, interface = _PKTINFO6.unpack(data)
        scope = interface if address[:2] == b"\xfe\x80" else 0
        return socket.inet_ntop(socket.AF_INET6, address), interface, (level, kind, _PKTINFO6.pack(address, scope))
    _interface, _local, address = _PKTINFO4.unpack(data)
    return socket.inet_ntop(socket.AF_INET, address), 0, (level, kind, _PKTINFO4.pack(0, address, bytes(4)))


def _send(sock: socket.socket, source: tuple[int, int, bytes], peer: tuple[str, int], reply: bytes) -> None:
    with suppress(OSError):  # UDP promises nothing; the asker asks again
        sock.sendmsg([reply], [source], 0, peer)


def _plain(address: str) -> str:
    return address.partition("%")[0]


class _Stream(asyncio.Protocol):
    """One TCP connection: questions and answers with their length in front (RFC 1035 section 4.2.2)."""

    def __init__(self, take: Take, streams: set[asyncio.Transport]) -> None:
        self._take, self._streams = take, streams
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._streams.add(transport)
        (client, port), (server, _) = (transport.get_extra_info(end)[:2] for end in ("peername", "sockname"))
        self._asker = Asker("tcp", _plain(client), port, _plain(server), self._send, self._reset, transport.close)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._received)[0]
            if len(self._received) < end:
                return
            packet = bytes(self._received[_LENGTH.size : end])
            del self._received[:end]
            self._take(packet, self._asker)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # the asker hung up or was cut off; both are its own affair
        self._streams.discard(self._transport)

    def _send(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(_LENGTH.pack(len(reply)) + reply)

    def _reset(self) -> None:
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER.pack(1, 0))
        self._transport.abort()
