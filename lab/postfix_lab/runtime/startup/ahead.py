"""A lab that starts while something else still goes on: pytest loads and collects for half a second.

Which setups the tests want is known only then, so the mail hosts boot with what most of them want; going over
from there to another setup costs a reload. On few cores the order counts: until Postfix starts the
processors have enough to do, and then one of them is idle, so that is when pytest is loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TYPE_CHECKING

from postfix_lab.paths import CONFIGURATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.engine.client import Engine, EngineName
    from postfix_lab.runtime.lab import Lab


class LabAhead:
    """Opens a lab in a thread of its own and boots mail hosts of these releases."""

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

    @property
    def engine(self) -> Engine | None:
        """What it is on, if the engine has answered by now."""
        known = self._opened.done() and self._opened.exception() is None
        return self._opened.result().engine if known else None

    def wait(self) -> None:
        """Return when Postfix starts, or when something went wrong."""
        if self._opened.exception() is None:
            self._opened.result().prepared()

    def close(self) -> None:
        """Remove it, also when nobody wanted it in the end."""
        self._opened.exception()
        self._stack.close()

    def _open(self) -> None:
        try:
            from postfix_lab.runtime.startup.launch import launch  # noqa: PLC0415 - beside pytest, not before it

            launched = launch(self._engine, self._releases, self._progress, kept=self._kept)
            from postfix_lab.runtime.lab import open_lab  # noqa: PLC0415 - while the containers start
            from postfix_lab.runtime.setup import Setup  # noqa: PLC0415 - the same

            lab = self._stack.enter_context(open_lab(progress=self._progress, launched=launched))
            lab.begin([(debian, Setup(CONFIGURATIONS / "seed")) for debian in self._releases])
        except BaseException as error:  # noqa: BLE001 - told where the lab is first wanted
            self._opened.set_exception(error)
        else:
            self._opened.set_result(lab)
