"""The lab for people who write pytest: fixtures, options, and a verdict that is told as a story.

The engine is asked once; a mail host for each release is started side by side and changed from
setup to setup, so tests are sorted by release and setup. A broken lab is an error, not a failure.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postfix_lab.errors import LabError, ScenarioFailed
from postfix_lab.paths import EVIDENCE
from postfix_lab.pytest_plugin.lost_lab import EndOfTheLab
from postfix_lab.pytest_plugin.marker import adapt, check_options, coverage_wanted, described, of_item, replay
from postfix_lab.pytest_plugin.ordering import heaviest_first, order, worker_group
from postfix_lab.pytest_plugin.process_lab import OWN, LabOfThisProcess
from postfix_lab.pytest_plugin.reporter import Reporter, add_row, as_expected
from postfix_lab.pytest_plugin.yaml_items import PlayItem, SheetFile, evidence_name, judged_test
from postfix_lab.scene import Dns, MakeRemote, Scene
from postfix_lab.text import printable_lines
from postfix_lab.verdict.checks import Status

if TYPE_CHECKING:
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the lab."""
    group = parser.getgroup("postfix-lab", "the postfix lab")
    group.addoption("--lab-debian", default="11,12,13", metavar="LIST", help="Debian releases (default: 11,12,13)")
    group.addoption("--lab-keep", action="store_true", help="keep the lab's containers when the run is over")
    group.addoption(
        "--lab-evidence", default=str(EVIDENCE), metavar="DIR", help="where evidence is kept (default: .lab)"
    )
    group.addoption("--lab-engine", choices=("docker", "podman"), help="which engine, where several answer")
    group.addoption(
        "--lab-coverage", nargs="?", const="", metavar="DIR",
        help="log and count which restrictions were evaluated; DIR is where it is kept (default: with the evidence)",
    )  # fmt: skip
    group.addoption(
        "--lab-coverage-threshold", type=float, metavar="PERCENT",
        help="fail where fewer of a configuration's restrictions were evaluated; asks for --lab-coverage",
    )  # fmt: skip
    group.addoption("--lab-chroot", metavar="STATE", help="chroot state of what names none: a state, or matrix for all")
    group.addoption("--lab-config", metavar="DIR", help="configuration of what names none: a folder with main.cf")
    group.addoption("--lab-lines", action="store_true", help="one line a scenario instead of dots")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; the lab starts when the first test needs it."""
    config.addinivalue_line(
        "markers",
        "mail_host(config='seed', main={}, policyd_spf={}, chroot='packaged', resolvers=('192.0.2.53',), "
        "resolver_options=(), debian=(11, 12, 13), canary=True, trace=False, tables={}, csv=None, milter='accept', "
        "policy='accept', delivery='sink', clock=False, spf='works', sasl='works', disk='roomy'): "
        "the setup of the mail host; chroot may be several states",
    )
    check_options(config)  # A mistake in them is told once, not by each test.
    config.stash[OWN] = LabOfThisProcess(config)
    config.pluginmanager.register(Reporter(config), "postfix-lab-reporter")
    end = EndOfTheLab(config.stash[OWN], worker=hasattr(config, "workerinput"))
    config.pluginmanager.register(end, "postfix-lab-end")
    if coverage_wanted(config) is not None:
        from postfix_lab.pytest_plugin.coverage_collector import CoverageOfThisRun  # noqa: PLC0415 - it reads traces, which few ask for

        config.pluginmanager.register(CoverageOfThisRun(config, config.stash[OWN].folder), "postfix-lab-coverage")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whatever ended the run, its lab goes."""
    if OWN in config.stash:
        config.stash[OWN].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: all workers keep their evidence in the controller's folder."""
    node.workerinput["lab_run"] = node.config.stash[OWN].stamp


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist: among labs that work side by side each gets what suits it."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from postfix_lab.pytest_plugin.distribution import Spread  # noqa: PLC0415 - only there where xdist is

    return Spread(config, log)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each release, and for each chroot state that the marker names.

    Under xdist's loadgroup the tests of a folder on one release stay together.
    """
    if "mail_host" in metafunc.fixturenames:
        wanted, ids = described(metafunc.definition, metafunc.config)
        # xdist reads the group before our items are sorted, so the mark has to be there from the start.
        groups = [worker_group(debian, metafunc.definition.path) for debian, _ in wanted]
        params = [pytest.param(pair, id=i, marks=group) for pair, i, group in zip(wanted, ids, groups, strict=True)]
        metafunc.parametrize("mail_host", params, indirect=True, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """What a test's own parameters say of the mail host counts too."""
    made = yield
    for item in made if isinstance(made, list) else ():
        adapt(item, collector.config)
    return made


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Scenarios in YAML: files that say so, and whatever was named as one."""
    return SheetFile.of(file_path, parent)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort by setup; among several labs, begin with what takes longest."""
    items.sort(key=order)
    if hasattr(config, "workerinput"):
        heaviest_first(items)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Start what the collected tests need, and say what it is.

    Under xdist no worker knows yet which of them will be its own: each mail host starts with its first test.
    """
    wanted = [pair for item in items if (pair := of_item(item))]
    spread = getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput")
    if not wanted or config.option.collectonly or spread:
        return []
    return config.stash[OWN].header(wanted)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Scene:
    """This test's scene: `lab.run(mail_host, session, ...)`, `lab.check(seen, check, ...)`."""
    own = request.config.stash[OWN]
    node = request.node
    name = evidence_name(node.path.parent.name, node.name)
    return Scene(own.lab, name, own.folder(), replay(request.config, node.nodeid), judged_test(node))


@pytest.fixture
def internet(lab: Scene) -> Internet:
    """The fake Internet of this process."""
    return lab.internet


@pytest.fixture
def mail_host(request: pytest.FixtureRequest, lab: Scene) -> MailHost:
    """The Debian Postfix under test, in the setup that `@pytest.mark.mail_host` describes."""
    debian, setup = request.param
    return lab.start(debian, setup)


@pytest.fixture
def dns(lab: Scene) -> Dns:
    """Zones and faults of this test's world."""
    return Dns(lab)


@pytest.fixture
def remote(lab: Scene, mail_host: MailHost) -> MakeRemote:
    """Makes remote hosts: `remote("203.0.113.9", ptr=Ptr.missing()).send(to="bob@lab.test")`."""
    return MakeRemote(lab, mail_host)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A test that forgot to check what it saw has not passed."""
    result = yield
    scene = pyfuncitem.funcargs.get("lab")
    if isinstance(scene, Scene):
        scene.close()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure is told as a story, without a traceback; a broken lab is an error, not a failure."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    broken = isinstance(error, LabError)
    if broken or isinstance(error, ScenarioFailed):
        report.longrepr = printable_lines(str(error))
    if call.when == "call":
        report.when = "setup" if broken else "call"
    if call.when == "call" or error is not None:
        status = Status.PASS if error is None else Status.UNKNOWN if call.when != "call" or broken else Status.FAIL
        add_row(item, report, as_expected(report, status), call.duration)
    if call.when == "call" and (scene := _scene(item)) is not None and coverage_wanted(item.config) is not None:
        from postfix_lab.pytest_plugin.coverage_collector import add_coverage  # noqa: PLC0415 - see above

        add_coverage(scene.evidence, report)
    return report


def _scene(item: pytest.Item) -> Scene | None:
    """The scene of a test, in Python or in YAML, once there is one."""
    if isinstance(item, PlayItem):
        return item.met[1] if item.met else None
    scene = getattr(item, "funcargs", {}).get("lab")
    return scene if isinstance(scene, Scene) else None
