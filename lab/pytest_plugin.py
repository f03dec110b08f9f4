"""The lab for people who write pytest: fixtures, options and the summary.

The engine is asked once; a mail host for each release is started side by side and changed from
setup to setup, so tests are sorted by release and setup. A broken lab is an error, not a failure.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.errors import InputError, LabError, ScenarioFailed
from lab.mailhost.chroot import Chroot
from lab.mailhost.config import Setup
from lab.mailhost.host import RELEASES, MailHost
from lab.paths import CONFIGURATIONS, EVIDENCE
from lab.report.table import Row, line, summary
from lab.scenario.world import Host, Ptr
from lab.scene import Dns, MakeRemote, Remote, Scene

_LAB = pytest.StashKey["LabOfThisProcess"]()
_ROW = "postfix-lab"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the lab."""
    group = parser.getgroup("postfix-lab", "the postfix lab")
    group.addoption("--lab-debian", default="11,12,13", metavar="LIST", help="Debian releases to run on (default: 11,12,13)")
    group.addoption("--lab-keep", action="store_true", help="keep the lab's containers when the run is over")
    group.addoption("--lab-evidence", default=str(EVIDENCE), metavar="DIR", help="where evidence is kept (default: .lab)")
    group.addoption("--lab-engine", default=None, choices=("docker", "podman"), help="which engine, where several answer")
    group.addoption("--lab-lines", action="store_true", help="one line a scenario instead of dots")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker and make ready a lab that starts when the first test needs it."""
    config.addinivalue_line(
        "markers",
        "mail_host(config, main, policyd_spf, chroot, debian, canary): the setup of the mail host; "
        "chroot may be several states, debian several releases",
    )
    config.stash[_LAB] = LabOfThisProcess(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each release, and for each chroot state that the marker names."""
    if "mail_host" not in metafunc.fixturenames:
        return
    marker = _marker(metafunc.definition)
    chosen = _releases(metafunc.config)
    states = marker.pop("chroot", Chroot.PACKAGED)
    several = states if isinstance(states, tuple | list) else (states,)
    releases = [d for d in chosen if d in marker.pop("debian", tuple(RELEASES))]
    folder = Path(str(metafunc.definition.path)).parent
    wanted = [(d, _setup(marker, Chroot(state), folder)) for d in releases for state in several]
    ids = [str(d) if setup.chroot is Chroot.PACKAGED and len(several) == 1 else f"{d}-{setup.chroot}" for d, setup in wanted]
    metafunc.parametrize("mail_host", wanted, ids=ids, indirect=True, scope="function")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by release and setup, so that a mail host changes as seldom as possible."""
    items.sort(key=_order)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Start what the collected tests need and say what it is."""
    wanted = [pair for item in items if (pair := _wanted(item))]
    if not wanted or config.option.collectonly or getattr(config.option, "numprocesses", None):
        return []
    return config.stash[_LAB].header(wanted)


@pytest.fixture(scope="session")
def _lab_of_this_process(pytestconfig: pytest.Config) -> Iterator[LabOfThisProcess]:
    own = pytestconfig.stash[_LAB]
    yield own
    own.close()


@pytest.fixture
def lab(_lab_of_this_process: LabOfThisProcess, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """This test's scene: `lab.run(mail_host, session, ...)`, `lab.check(seen, check, ...)`."""
    own = _lab_of_this_process
    scene = Scene(own.lab, _slug(request.node), own.folder, f"postfix-lab run '{request.node.nodeid}'")
    yield scene
    if request.node.stash.get(_FAILED, False):
        return
    scene.close()


@pytest.fixture
def internet(lab: Scene) -> Any:
    """The fake Internet of this process."""
    return lab.lab.internet


@pytest.fixture
def mail_host(request: pytest.FixtureRequest, lab: Scene) -> MailHost:
    """The Debian Postfix under test, in the setup that `@pytest.mark.mail_host` describes."""
    debian, setup = request.param
    return lab.lab.mail_host(debian, setup)


@pytest.fixture
def dns(lab: Scene) -> Dns:
    """Zones and faults of this test's world."""
    return Dns(lab)


@pytest.fixture
def remote(lab: Scene, mail_host: MailHost) -> MakeRemote:
    """Makes remote hosts: `remote("203.0.113.9", ptr=Ptr.missing()).send(to="bob@lab.test")`."""

    def make(*addresses: str, ptr: Ptr | None = None, **about: Any) -> Remote:
        host = Host(addresses, ptr=ptr or Ptr.right(), **about)
        lab.world = _with_host(lab.world, host)
        return Remote(lab, mail_host, host)

    return make


class LabOfThisProcess:
    """The one lab of a pytest process or xdist worker; nothing is started before it is needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: Any = None
        self._lab: Any = None
        stamp = getattr(config, "workerinput", {}).get("lab_run") or time.strftime("run-%Y%m%d-%H%M%S")
        self.stamp: str = stamp
        self._root = Path(config.getoption("--lab-evidence"))

    @property
    def lab(self) -> Any:
        """The lab, started now if it was not."""
        if self._lab is None:
            from lab.lab import open_lab  # noqa: PLC0415 - the engine's libraries load only where they are needed

            self._open = open_lab(self._config.getoption("--lab-engine"), self._say)
            self._lab = self._open.__enter__()
        return self._lab

    @property
    def folder(self) -> Path:
        """Where this run's evidence is kept; `latest` beside it points to it."""
        folder = self._root / self.stamp
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _point(self._root / "latest", self.stamp)
        return self._root / "latest"

    def header(self, wanted: list[tuple[int, Setup]]) -> list[str]:
        """Start the mail hosts side by side; one line for the engine, one for each of them."""
        first: dict[int, Setup] = {}
        for debian, setup in wanted:
            first.setdefault(debian, setup)
        try:
            lab = self.lab
            lab.begin(list(first.items()))
            facts = [lab.mail_host(debian, setup).facts() for debian, setup in first.items()]
        except LabError as error:
            self.close()
            raise pytest.UsageError(str(error)) if isinstance(error, InputError) else pytest.exit.Exception(str(error), 3) from error
        return [
            f"postfix-lab: {lab.engine.name} {lab.engine.version}",
            *(
                f"  Debian {f.debian} ({f.release}): Postfix {f.postfix}, policyd-spf {f.policyd_spf} "
                f"with {f.spf_dns_library}, image {f.image}"
                for f in facts
            ),
        ]

    def close(self) -> None:
        """Remove the lab, unless it shall be kept."""
        if self._open is not None and not self._config.getoption("--lab-keep"):
            self._open.__exit__(None, None, None)
        self._open = self._lab = None

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line(text)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whatever ended the run, its lab goes."""
    if _LAB in config.stash:
        config.stash[_LAB].close()


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A broken lab is an error; a failure is told as a story, without a traceback."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, ScenarioFailed | LabError):
        report.longrepr = str(error)
    if call.when == "call":
        item.stash[_FAILED] = error is not None
        if isinstance(error, LabError):
            report.when = "setup"
    if (wanted := _wanted(item)) and (call.when == "call" or error is not None):
        status = "pass" if error is None else "unknown" if isinstance(error, LabError) else "fail"
        row = {"scenario": _title(item), "debian": wanted[0], "chroot": wanted[1].chroot.value, "status": status}
        report.user_properties.append((_ROW, {**row, "seconds": call.duration}))
    return report


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """With `--lab-lines` no dots: the line that follows says it."""
    if not config.getoption("--lab-lines") or _row(report) is None:
        return None
    category = "passed" if report.passed else "failed" if report.when == "call" else "error"
    return (category, "", "") if not report.skipped else None


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Print the scenario's line; see `_Lines`."""


def _marker(node: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("mail_host"))):
        merged.update(marker.kwargs)
    return merged


def _releases(config: pytest.Config) -> list[int]:
    text = config.getoption("--lab-debian")
    try:
        wanted = [int(part) for part in text.split(",")]
    except ValueError:
        wanted = [-1]
    if not set(wanted) <= set(RELEASES):
        raise pytest.UsageError(f"--lab-debian takes a list of {', '.join(map(str, RELEASES))}, as in 12,13; it was {text!r}")
    return wanted


def _setup(marker: dict[str, Any], chroot: Chroot, folder: Path) -> Setup:
    about = dict(marker)
    name = about.pop("config", "seed")
    path = next((p for p in (folder / name, CONFIGURATIONS / name) if p.is_dir()), None)
    if path is None:
        known = ", ".join(sorted(p.name for p in CONFIGURATIONS.iterdir()))
        raise pytest.UsageError(f"there is no configuration {name!r} beside the test, nor among {known}")
    try:
        return Setup(path, chroot=chroot, **about)
    except TypeError as error:
        raise pytest.UsageError(f"@pytest.mark.mail_host: {error}") from error


def _wanted(item: pytest.Item) -> tuple[int, Setup] | None:
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("mail_host") if callspec else None
    return found if isinstance(found, tuple) else None


def _order(item: pytest.Item) -> tuple[Any, ...]:
    wanted = _wanted(item)
    if wanted is None:
        return (0,)
    debian, setup = wanted
    return (1, debian, list(Chroot).index(setup.chroot), str(setup.configuration), setup.overrides)


def _title(item: pytest.Item) -> str:
    folder = item.path.parent.name
    name = getattr(item, "originalname", item.name).removeprefix("test_")
    variant = [part for part in item.name.partition("[")[2].rstrip("]").split("-") if part]
    return f"{folder}/{name.replace('_', '-')}" + ("".join(f" [{part}]" for part in variant[:-1]) if variant else "")


def _slug(item: pytest.Item) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in f"{item.path.parent.name}-{item.name}").strip("-")


def _row(report: pytest.TestReport) -> Row | None:
    found = dict(report.user_properties).get(_ROW)
    return Row(**found) if isinstance(found, dict) else None


def _with_host(world: Any, host: Host) -> Any:
    from dataclasses import replace  # noqa: PLC0415

    return replace(world, hosts=(*world.hosts, host))


def _point(link: Path, target: str) -> None:
    fresh = link.with_name(f".latest-{target}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
