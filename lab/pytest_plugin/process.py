"""The one lab of a pytest process, or of an xdist worker."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.errors import InputError, LabError, NoEngineError
from lab.pytest_plugin.setup import releases

if TYPE_CHECKING:
    from lab.lab import Lab
    from lab.mailhost.config import Setup


class LabOfThisProcess:
    """Starts a lab when the first test needs it, and removes it whatever ends the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: AbstractContextManager[Lab] | None = None
        self._lab: Lab | None = None
        handed_down = getattr(config, "workerinput", {}).get("lab_run")
        self.stamp: str = handed_down or f"{time.strftime('run-%Y%m%d-%H%M%S')}-{os.getpid()}"
        """Names this run's evidence; xdist's workers get the controller's."""
        self._root = Path(config.getoption("--lab-evidence"))
        self._ahead: Future[None] | None = None

    def ahead(self) -> None:
        """Start the containers of every release asked for, while pytest is still collecting."""
        self._ahead = Future()
        threading.Thread(target=self._go_ahead, args=(self._ahead,), name="lab-ahead").start()

    def _go_ahead(self, done: Future[None]) -> None:
        try:
            self._opened().ahead(releases(self._config))
            done.set_result(None)
        except BaseException as error:  # noqa: BLE001 - told where the lab is first used
            done.set_exception(error)

    @property
    def lab(self) -> Lab:
        """The lab, started now if it was not."""
        if self._ahead is not None:
            self._ahead.result()
        return self._opened()

    def _opened(self) -> Lab:
        if self._lab is None:
            from lab.lab import open_lab  # noqa: PLC0415 - the engine's libraries load only where they are needed

            kept = bool(self._config.getoption("--lab-keep"))
            self._open = open_lab(self._config.getoption("--lab-engine"), self._say, kept=kept)
            self._lab = self._open.__enter__()
        return self._lab

    def folder(self) -> Path:
        """Where this run's evidence is kept: `latest`, which points to it."""
        folder = self._root / self.stamp
        if not folder.exists():
            try:
                folder.mkdir(parents=True, exist_ok=True)
                _point(self._root / "latest", self.stamp)
            except OSError as error:
                raise LabError(f"Evidence cannot be kept in {folder}: {error.strerror}.") from error
        return self._root / "latest"

    def header(self, wanted: list[tuple[int, Setup]]) -> list[str]:
        """Start the mail hosts side by side and say what they are; ends pytest where that is impossible."""
        first: dict[int, Setup] = {}
        for debian, setup in wanted:
            first.setdefault(debian, setup)
        try:
            self.lab.begin(list(first.items()))
            facts = [self.lab.mail_host(debian, setup).facts() for debian, setup in first.items()]
        except (InputError, NoEngineError) as error:
            self.close()
            raise pytest.UsageError(f"postfix-lab: {error}") from error
        except LabError as error:
            self.close()
            raise pytest.exit.Exception(f"postfix-lab: {error}", error.exit_code) from error
        return [
            f"postfix-lab: {self.lab.engine.name} {self.lab.engine.version}",
            *(
                f"  Debian {f.debian} ({f.release}): Postfix {f.postfix}, policyd-spf {f.policyd_spf}"
                f" with {f.spf_dns_library}, image {f.image}"
                for f in facts
            ),
        ]

    def close(self) -> None:
        """Remove the lab, unless it shall be kept."""
        if self._ahead is not None:
            self._ahead.exception()
        opened, self._open, self._lab = self._open, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(text)


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".latest-{target}-{os.getpid()}")  # two workers may come here at once
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
