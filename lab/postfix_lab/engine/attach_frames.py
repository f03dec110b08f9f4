"""Frames of the engine's attach connection: both outputs of a container on one connection (Docker Engine API)."""

from __future__ import annotations

_HEADER = 8
_STDERR = 2
_KEPT = 1 << 16
"""Octets of standard error that are kept: a container that dies writes a traceback, and the end of it counts."""


class AttachFrames:
    """Separates the outputs as octets arrive; a frame of any length is passed on piece by piece."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0
        """Octets of the present frame that are still to come."""
        self._is_error = False
        self._errors = b""

    @property
    def errors(self) -> str:
        """The last that came on standard error."""
        return self._errors.decode(errors="replace").strip()

    def add(self, data: bytes) -> bytes:
        """The octets of standard output among these."""
        output, rest = bytearray(), memoryview(data)
        while rest:
            if not self._left:
                rest = self._begin(rest)
                continue
            piece, rest = rest[: self._left], rest[self._left :]
            self._left -= len(piece)
            if self._is_error:
                self._errors = (self._errors + piece)[-_KEPT:]
            else:
                output += piece
        return bytes(output)

    def _begin(self, data: memoryview) -> memoryview:
        """Take what is missing of a header: one octet of kind, three of nothing, four of length."""
        missing = _HEADER - len(self._header)
        self._header += data[:missing]
        if len(self._header) == _HEADER:
            self._is_error = self._header[0] == _STDERR
            self._left = int.from_bytes(self._header[4:], "big")
            self._header.clear()
        return data[missing:]
