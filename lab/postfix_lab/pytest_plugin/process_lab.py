"""The lab of a pytest process or of an xdist worker."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from postfix_lab.errors import EngineError, InputError, LabError, LostError, NoEngineError
from postfix_lab.paths import EVIDENCE, evidence_folder, lock_folder
from postfix_lab.pytest_plugin.marker import configuration
from postfix_lab.runtime.executor import Executor
from postfix_lab.runtime.startup.ahead import LabAhead
from postfix_lab.text import printable, printable_lines

if TYPE_CHECKING:
    from postfix_lab.engine.client import Engine
    from postfix_lab.evidence.mail_host_facts import MailHostFacts
    from postfix_lab.runtime.target import Target

_KEPT = 10
"""Runs whose evidence is kept."""


class ProcessLab:
    """Starts a lab when the first test needs it, and removes it at the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        handed_down = getattr(config, "workerinput", {}).get("lab_run")
        self.stamp: str = handed_down or run_name(time.time(), os.getpid())
        """Names this run's evidence; xdist's workers get the controller's."""
        self.lost = False
        """Whether it has been said that the lab is gone."""
        self._begun = False
        self._root = Path(config.getoption("--lab-evidence"))
        started = (plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, LabAhead))
        self._ahead: LabAhead | None = next(started, None)

    @property
    def executor(self) -> Executor:
        """What runs the scenarios; its lab is started on first use."""
        if self._ahead is None:
            self._ahead = LabAhead(
                self._config.getoption("--lab-engine"), (), self.say, kept=bool(self._config.getoption("--lab-keep"))
            )
        return Executor(self._ahead.lab(), self.say)

    @property
    def engine(self) -> Engine | None:
        """The engine of the lab; None before the lab is started."""
        return self._ahead.engine if self._ahead else None

    def folder(self) -> Path:
        """Return the folder of this run's evidence: `latest`, a link to it."""
        try:
            begin_run_folder(self._root, self.stamp)
            self._begun = True
        except OSError as error:
            raise LostError(
                f"evidence cannot be kept in {self._root / self.stamp}: {error.strerror}; "
                "make room there or name another folder with --lab-evidence"
            ) from error
        return self._root / "latest"

    def header(self, wanted: Sequence[Target]) -> list[str]:
        """Start the mail hosts in parallel and return a line about each; ends pytest if no lab can start.

        A mail host that fails with its first setup is reported here, and is an error of the tests that need it.
        If no release runs with the configuration of `--lab-config`, pytest ends.
        """
        first = {target.debian: target for target in reversed(wanted)}
        targets = [first[debian] for debian in dict.fromkeys(target.debian for target in wanted)]
        try:
            executor = self.executor
            executor.start(targets)
            executor.lab.internet  # noqa: B018 - without an Internet there is no lab
        except (InputError, NoEngineError) as error:
            self.close()
            raise pytest.UsageError(printable_lines(f"postfix-lab: {error}")) from error
        except LabError as error:
            self.close()
            raise pytest.exit.Exception(printable_lines(f"postfix-lab: {error}"), error.exit_code) from error
        lines = [engine_line(executor.lab.engine)]
        refused: list[InputError] = []
        for target in targets:
            try:
                lines.append(mail_host_line(executor.prepare(target).facts()))
            except LabError as error:
                lines.append(printable(f"  Debian {target.debian}: not up. {str(error).splitlines()[0]}"))
                if isinstance(error, InputError) and target.setup.configuration == configuration(self._config):
                    refused.append(error)
        if refused and len(refused) == len(targets):
            self.close()
            raise pytest.exit.Exception(printable_lines(f"postfix-lab: {refused[0]}"), refused[0].exit_code)
        return lines

    def close(self) -> None:
        """Remove the lab, unless `--lab-keep` is set; if the engine is gone, the next run removes it."""
        ahead, self._ahead = self._ahead, None
        try:
            if ahead is not None:
                ahead.close()
        except EngineError as error:
            if not self.lost:
                self.say(f"postfix-lab: {error}")
        if self._begun:
            remove_old_runs(self._root)

    def say(self, text: str) -> None:
        """Print a line on the terminal."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(text)


OWN = pytest.StashKey[ProcessLab]()
"""Where a run's configuration keeps its lab."""


def engine_line(engine: Engine) -> str:
    """Return a line about the engine."""
    return f"postfix-lab: {engine.name} {engine.version}"


def mail_host_line(facts: MailHostFacts) -> str:
    """Return a line about a mail host."""
    return (
        f"  Debian {facts.debian} ({facts.release}): Postfix {facts.postfix}, policyd-spf {facts.policyd_spf}"
        f" with {facts.spf_dns_library}, image {facts.image}"
    )


def run_name(at: float, process: int) -> str:
    """Name a run by the UTC time at which it began, so that names sort by age, and by its process id."""
    return f"{time.strftime('run-%Y%m%d-%H%M%S', time.gmtime(at))}-{process}"


def begin_run_folder(root: Path, stamp: str) -> None:
    """Make the folder of that run, and link `latest` to it; of several workers the first one does."""
    if root == EVIDENCE:
        evidence_folder()
    folder = root / stamp
    if folder.exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    with lock_folder(root):
        if not folder.exists():
            _point(root / "latest", stamp)
            folder.mkdir()


def remove_old_runs(root: Path) -> None:
    """Remove the evidence of all but the last runs, and unfinished files of killed runs."""
    latest = (root / "latest").resolve()
    runs = sorted(path for path in root.glob("run-*") if path.is_dir() and path.resolve() != latest)
    begun = (*root.glob(".latest-*"), *root.glob("run-*/.*.new-*"), *root.glob("run-*/.*.old-*"))
    unfinished = [path for path in begun if not Path("/proc", path.name.rpartition("-")[2]).exists()]
    for path in (*runs[: max(0, len(runs) + latest.is_dir() - _KEPT)], *unfinished):
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".latest-{target}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
