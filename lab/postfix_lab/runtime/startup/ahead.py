"""A lab that starts in a thread while pytest loads and collects, which takes half a second.

The setups that the tests need are known only after that, so the mail hosts boot with the most common one; a change
to another setup costs a reload. On few cores the order matters: all processors are busy until Postfix
starts, and then one is idle, so pytest is loaded at that moment.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TYPE_CHECKING

from postfix_lab.runtime.startup.launch import launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.engine.client import Engine, EngineName
    from postfix_lab.runtime.lab import Lab


class LabAhead:
    """Opens a lab in its own thread and boots mail hosts of these releases."""

    def __init__(
        self, engine: EngineName | None, releases: Sequence[int], progress: Callable[[str], None], *, kept: bool
    ) -> None:
        self._engine, self._releases, self._progress, self._kept = engine, releases, progress, kept
        self._opened: Future[Lab] = Future()
        self._stack = ExitStack()
        threading.Thread(target=self._open, name="lab-ahead").start()

    def lab(self) -> Lab:
        """Return the lab once its engine has answered; raises what went wrong."""
        return self._opened.result()

    @property
    def engine(self) -> Engine | None:
        """Its engine, if it has answered so far."""
        known = self._opened.done() and self._opened.exception() is None
        return self._opened.result().engine if known else None

    def wait(self) -> None:
        """Wait until Postfix starts, or something went wrong."""
        if self._opened.exception() is None:
            self._opened.result().wait_until_prepared()

    def close(self) -> None:
        """Remove the lab, also if it was never used."""
        self._opened.exception()
        self._stack.close()

    def _open(self) -> None:
        try:
            launched = launch(self._engine, self._releases, self._progress, kept=self._kept)
            from postfix_lab.runtime.startup.seed_lab import open_seed_lab  # noqa: PLC0415 - docs/startup.md

            lab = self._stack.enter_context(open_seed_lab(launched, self._releases, self._progress))
        except BaseException as error:  # noqa: BLE001 - raised where the lab is first used
            self._opened.set_exception(error)
        else:
            self._opened.set_result(lab)
