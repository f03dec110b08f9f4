"""Where sessions that are held at the same time wait for each other, so that all of them stand at once."""

from __future__ import annotations

from collections.abc import Callable


class Meeting:
    """Over when each of the expected sessions has arrived or has left; who arrives later does not wait."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._waiting: list[Callable[[], object]] = []

    def arrive(self, go_on: Callable[[], object]) -> None:
        """One of them stands here; `go_on` is called when all do."""
        self._waiting.append(go_on)
        self._missing -= 1
        self._tell()

    def leave(self) -> None:
        """One that never arrived is over, whatever ended it."""
        self._missing -= 1
        self._tell()

    def _tell(self) -> None:
        if self._missing <= 0:
            waiting, self._waiting = self._waiting, []
            for go_on in waiting:
                go_on()
