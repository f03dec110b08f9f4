"""A lab that starts while something else still goes on: pytest loads and collects for half a second."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.engine.client import EngineName
    from lab.lab import Lab


class LabAhead:
    """Opens a lab in a thread of its own and starts the containers of these releases."""

    def __init__(
        self, engine: EngineName | None, releases: Sequence[int], progress: Callable[[str], None], *, kept: bool
    ) -> None:
        self._engine, self._releases, self._progress, self._kept = engine, releases, progress, kept
        self._opened: Future[Lab] = Future()
        self._stack = ExitStack()
        threading.Thread(target=self._open, name="lab-ahead").start()

    def lab(self) -> Lab:
        """The lab, once its engine has answered; raises what went wrong instead."""
        return self._opened.result()

    def wait(self) -> None:
        """Return when the engine starts the containers, or when something went wrong.

        Loading pytest before that would only take the interpreter away from it.
        """
        self._opened.exception()

    def close(self) -> None:
        """Remove it, also when nobody wanted it in the end."""
        self._opened.exception()
        self._stack.close()

    def _open(self) -> None:
        try:
            from lab.lab import open_lab  # noqa: PLC0415 - the engine's libraries load beside pytest's

            lab = self._stack.enter_context(open_lab(self._engine, self._progress, kept=self._kept))
            lab.ahead(self._releases)
        except BaseException as error:  # noqa: BLE001 - told where the lab is first wanted
            self._opened.set_exception(error)
        else:
            self._opened.set_result(lab)
