"""Frames of the engine's attach connection: both outputs of a container on one connection (Docker Engine API)."""

from __future__ import annotations

_HEADER = 8
_STDERR = 2
_KEPT = 1 << 16
"""Octets of standard error that are kept: the end of the traceback of a container that dies."""


class AttachFrames:
    """Separates the two outputs as octets arrive; a frame of any length is passed on in pieces."""

    def __init__(self) -> None:
        self._header = bytearray()
        self._left = 0
        """Octets of the current frame that are still to come."""
        self._is_error = False
        self._errors = b""

    @property
    def errors(self) -> str:
        """The end of what came on standard error, as text."""
        return self._errors.decode(errors="replace").strip()

    def add(self, data: bytes) -> bytes:
        """Return the octets of standard output among these."""
        output, rest = bytearray(), memoryview(data)
        while rest:
            if not self._left:
                rest = self._read_header(rest)
                continue
            piece, rest = rest[: self._left], rest[self._left :]
            self._left -= len(piece)
            if self._is_error:
                self._errors = (self._errors + piece)[-_KEPT:]
            else:
                output += piece
        return bytes(output)

    def _read_header(self, data: memoryview) -> memoryview:
        """Read what is missing of a header (stream type, three zero octets, length in four octets); return the rest."""
        missing = _HEADER - len(self._header)
        self._header += data[:missing]
        if len(self._header) == _HEADER:
            self._is_error = self._header[0] == _STDERR
            self._left = int.from_bytes(self._header[4:], "big")
            self._header.clear()
        return data[missing:]
