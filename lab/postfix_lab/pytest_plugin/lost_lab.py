"""End the run if the lab cannot recover: one sentence and exit code 3, not an error for each remaining test.

That is the case if the engine is gone, or if evidence cannot be saved. A broken mail host or Internet is
only an error of the tests that needed it, since the engine may still be asked about it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from postfix_lab.engine.client import explain_death
from postfix_lab.errors import InputError, LabError, LostError
from postfix_lab.pytest_plugin.process_lab import ProcessLab

_MARK = "postfix-lab: "


class LostLabWatch:
    """Watches for the loss of the lab, in this process and, under xdist, in the workers."""

    def __init__(self, own: ProcessLab, *, worker: bool) -> None:
        self._own, self._worker = own, worker
        self._told = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """End the run if the lab is lost."""
        report = yield
        if call.excinfo is None or self._told or not (why := self._reason(call.excinfo.value)):
            return report
        self._told = f"{_MARK}{why}"
        if not self._worker:
            raise pytest.exit.Exception(self._told, LostError.exit_code)
        item.session.shouldstop = self._told  # The controller learns the reason when the worker has ended.
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Keep the reason why a worker ended."""
        del error
        said = str(getattr(node, "workeroutput", {}).get("shouldstop", ""))
        self._told = self._told or (said if said.startswith(_MARK) else "")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Set the run's exit code, whatever pytest's own would be; the engine may die after the last test."""
        if not self._told and (why := self._engine_error()):
            self._told = f"{_MARK}{why}"
            if self._worker:
                session.shouldstop = self._told
            else:
                self._own.say(f"Exit: {self._told}")
        if self._told:
            self._own.lost = True
            session.exitstatus = LostError.exit_code
        return (yield)

    def _reason(self, error: BaseException) -> str:
        if isinstance(error, LostError):
            return str(error)
        return self._engine_error() if isinstance(error, LabError) and not isinstance(error, InputError) else ""

    def _engine_error(self) -> str:
        engine = self._own.engine
        if engine is None or not (why := explain_death(engine)):
            return ""
        return f"{why}. Start it (`make engine`) and run again; what this run left is removed then."
