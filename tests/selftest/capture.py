"""Frames as the kernel saw them on every interface of a network namespace of this machine.

A packet socket belongs to the namespace in which it was opened, so a thread enters the namespace, opens
it, and ends. A capture is over when it sees its fence, a packet that is sent last: so it was
awake until then. What the kernel had no room for is an error, never a gap.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

LIMIT = 10.0
_EVERYTHING, _NEW_NETWORK = 0x0003, 0x40000000
"""ETH_P_ALL (packet(7)) and CLONE_NEWNET (setns(2))."""
_STATISTICS, _PACKET = 6, 263
"""PACKET_STATISTICS and SOL_PACKET (packet(7))."""
_ROOM = 1 << 26
_IPV4, _ARP, _IPV6, _ETHERNET = 0x0800, 0x0806, 0x86DD, 14
_WITH_PORTS = {6: "tcp", 17: "udp"}


@dataclass(frozen=True)
class Frame:
    """One frame: where it was seen, between whom, and its octets."""

    interface: str
    octets: bytes
    source: str = ""
    """The sender's address, of ARP too; empty where it is neither ARP nor IP."""
    target: str = ""
    transport: str = ""
    ports: tuple[int, ...] = ()

    @property
    def addresses(self) -> set[str]:
        """Both ends."""
        return {self.source, self.target}

    def __str__(self) -> str:
        return f"{self.interface}: {self.source} -> {self.target} {self.transport} {self.ports} {self.octets[:80]!r}"


class Capture:
    """Takes every frame from now on, in the namespace of that process, or in this process's own."""

    def __init__(self, pid: int | None = None) -> None:
        self.frames: list[Frame] = []
        self.interfaces: tuple[str, ...] = ()
        self._fence = f"fence-{secrets.token_hex(8)}".encode()
        self._socket, self._loop = _inside(pid, self._open)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> list[Frame]:
        """Send the fence, wait until it was seen, and return all that came before it."""
        self._loop.sendto(self._fence, ("127.0.0.1", 9))
        self._reader.join(LIMIT)
        assert not self._reader.is_alive(), "the capture did not see its own fence"
        _, dropped = struct.unpack("II", self._socket.getsockopt(_PACKET, _STATISTICS, 8))
        self._socket.close()
        self._loop.close()
        assert not dropped, f"the capture lost {dropped} frames"
        return self.frames

    def _open(self) -> tuple[socket.socket, socket.socket]:
        taking = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
        taking.setsockopt(socket.SOL_SOCKET, 33, _ROOM)  # SO_RCVBUFFORCE
        self.interfaces = tuple(name for _, name in socket.if_nameindex())
        return taking, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def _read(self) -> None:
        while True:
            octets, (interface, *_) = self._socket.recvfrom(1 << 17)
            if self._fence in octets:
                return
            self.frames.append(read(interface, octets))


@contextmanager
def capturing(*pids: int | None) -> Iterator[list[list[Frame]]]:
    """Capture in each of these namespaces; the lists are filled when the block ends."""
    captures = [Capture(pid) for pid in pids]
    told: list[list[Frame]] = [[] for _ in captures]
    yield told
    for frames, capture in zip(told, captures, strict=True):
        frames.extend(capture.end())


def read(interface: str, octets: bytes) -> Frame:
    """What a frame says of its ends; one that is too short for that says nothing."""
    try:
        (kind,) = struct.unpack_from("!H", octets, 12)
        body = octets[_ETHERNET:]
        if kind == _ARP:
            return Frame(interface, octets, _address(body[14:18]), _address(body[24:28]), "arp")
        if kind == _IPV4:
            number, length = body[9], (body[0] & 15) * 4
            source, target, upper = body[12:16], body[16:20], body[length:]
        elif kind == _IPV6:
            number, source, target, upper = body[6], body[8:24], body[24:40], body[40:]
        else:
            return Frame(interface, octets)
        transport = _WITH_PORTS.get(number, str(number))
        ports = struct.unpack_from("!HH", upper) if number in _WITH_PORTS else ()
        return Frame(interface, octets, _address(source), _address(target), transport, ports)
    except (struct.error, IndexError, ValueError):
        return Frame(interface, octets)


def hardware(pid: int) -> set[bytes]:
    """The hardware addresses of a namespace's interfaces, but for the loopback's, which is nobody's."""

    def look() -> set[bytes]:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
            found = set()
            for _, name in socket.if_nameindex():
                sock.bind((name, 0))
                found.add(sock.getsockname()[4])
            return found

    return {address for address in _inside(pid, look) if any(address)}


def _inside(pid: int | None, act: Callable[[], Any]) -> Any:
    """Do that in the network namespace of a process; the thread that goes there does nothing afterwards."""

    def enter() -> Any:
        if pid is not None:
            namespace = os.open(Path("/proc", str(pid), "ns", "net"), os.O_RDONLY)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(namespace, _NEW_NETWORK):
                    raise OSError(ctypes.get_errno(), f"setns of {pid}: {os.strerror(ctypes.get_errno())}")
            finally:
                os.close(namespace)
        return act()

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(enter).result()


def _address(packed: bytes) -> str:
    return str(ip_address(packed))
