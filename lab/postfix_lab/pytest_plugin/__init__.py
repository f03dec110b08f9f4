"""The pytest plugin: fixtures, options, and failures reported as stories.

The engine is contacted once. One mail host for each release is started, all in parallel, and reconfigured from
setup to setup, so tests are sorted by release and setup. A broken lab is an error, not a failure.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postfix_lab.errors import LabError, ScenarioFailed
from postfix_lab.paths import EVIDENCE
from postfix_lab.pytest_plugin.coverage_collector import CoverageCollector, add_coverage
from postfix_lab.pytest_plugin.explanations import WANTED, add_explanation
from postfix_lab.pytest_plugin.lost_lab import LostLabWatch
from postfix_lab.pytest_plugin.marker import (
    EXPLAIN,
    apply_parameter_markers,
    check_options,
    coverage_destination,
    describe_targets,
    item_target,
    replay_command,
)
from postfix_lab.pytest_plugin.ordering import sort_heaviest_first, sort_key, worker_group
from postfix_lab.pytest_plugin.process_lab import OWN, ProcessLab
from postfix_lab.pytest_plugin.reporter import Reporter, add_row, reported_status
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
    group.addoption(
        "--lab-stand-ins", choices=("others", "all"), help="all: also for what the configuration lacks"
    )  # fmt: skip
    group.addoption("--lab-tables", metavar="PATH", help="entries of tables for --lab-config: CSV or YAML")
    group.addoption("--lab-at", metavar="PATH", help="where the folder of --lab-config is mounted on its host")
    group.addoption(
        "--lab-define", action="append", metavar="NAME=VALUE", help="a value for a placeholder of --lab-config"
    )
    group.addoption(EXPLAIN, choices=WANTED, help="say what decided: in tests that did not pass, or in all")
    group.addoption("--lab-lines", action="store_true", help="one line a scenario instead of dots")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker; the lab starts when the first test needs it."""
    config.addinivalue_line(
        "markers",
        "mail_host(config='seed', main={}, policyd_spf={}, chroot='packaged', resolvers=('192.0.2.53',), "
        "resolver_options=(), debian=(11, 12, 13), canary=True, trace=False, tables={}, csv=None, milter='accept', "
        "policy='accept', filter='accept', delivery='sink', clock=False, "
        "spf='works', sasl='works', disk='roomy', memory='fresh', lab_records=True, stand_ins='others'): "
        "the setup of the mail host; chroot may be several states",
    )
    check_options(config)  # A mistake in them is reported once, not by each test.
    config.stash[OWN] = ProcessLab(config)
    config.pluginmanager.register(Reporter(config), "postfix-lab-reporter")
    end = LostLabWatch(config.stash[OWN], worker=hasattr(config, "workerinput"))
    config.pluginmanager.register(end, "postfix-lab-end")
    if coverage_destination(config) is not None:
        config.pluginmanager.register(CoverageCollector(config, config.stash[OWN].folder), "postfix-lab-coverage")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the lab at the end of the run, whatever ended it."""
    if OWN in config.stash:
        config.stash[OWN].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: let all workers save their evidence in the controller's folder."""
    node.workerinput["lab_run"] = node.config.stash[OWN].stamp


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """xdist: return the scheduler that gives each lab the tests that suit its mail hosts."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from postfix_lab.pytest_plugin.distribution import ReleaseScheduling  # noqa: PLC0415 - docs/startup.md

    return ReleaseScheduling(config, log)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests by release, and by each chroot state that the marker names.

    Under xdist's loadgroup the tests of a folder on one release stay together.
    """
    if "mail_host" in metafunc.fixturenames:
        wanted, ids = describe_targets(metafunc.definition, metafunc.config)
        # xdist reads the group before the items are sorted, so the mark has to be set here.
        groups = [worker_group(target.debian, metafunc.definition.path) for target in wanted]
        params = [pytest.param(target, id=i, marks=g) for target, i, g in zip(wanted, ids, groups, strict=True)]
        metafunc.parametrize("mail_host", params, indirect=True, scope="function")


@pytest.hookimpl(wrapper=True)
def pytest_pycollect_makeitem(collector: pytest.Collector) -> Generator[None, Any, Any]:
    """Apply `mail_host` markers of a test's own parameters."""
    made = yield
    for item in made if isinstance(made, list) else ():
        apply_parameter_markers(item, collector.config)
    return made


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenarios in YAML: files that declare themselves as such, or that were named on the command line."""
    return SheetFile.of(file_path, parent)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort by setup; among several labs, begin with what takes longest."""
    items.sort(key=sort_key)
    if hasattr(config, "workerinput"):
        sort_heaviest_first(items)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Start the mail hosts that the collected tests need, and report them.

    Under xdist a worker does not know yet which tests it will get: each mail host starts with its first test.
    """
    wanted = [target for item in items if (target := item_target(item))]
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
    return Scene(own.executor, name, own.folder(), replay_command(request.config, node.nodeid), judged_test(node))


@pytest.fixture
def internet(lab: Scene) -> Internet:
    """The fake Internet of this process."""
    return lab.internet


@pytest.fixture
def mail_host(request: pytest.FixtureRequest, lab: Scene) -> MailHost:
    """The Debian Postfix under test, in the setup that `@pytest.mark.mail_host` describes."""
    return lab.executor.prepare(request.param)


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
    """Close the scene after the test, so that evidence without a check is an error."""
    result = yield
    scene = pyfuncitem.funcargs.get("lab")
    if isinstance(scene, Scene):
        scene.close()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Report a failure as a story without a traceback, and a broken lab as an error."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    broken = isinstance(error, LabError)
    if broken or isinstance(error, ScenarioFailed):
        report.longrepr = printable_lines(str(error))
    if call.when == "call":
        report.when = "setup" if broken else "call"
    if call.when == "call" or error is not None:
        status = Status.PASS if error is None else Status.UNKNOWN if call.when != "call" or broken else Status.FAIL
        add_row(item, report, reported_status(report, status), call.duration, error)
    scene = _scene(item)
    if call.when == "call" and scene is not None and coverage_destination(item.config) is not None:
        add_coverage(scene.evidence, report)
    if scene is not None and (call.when == "call" or error is not None):
        add_explanation(scene.evidence, report, item.config.getoption(EXPLAIN))
    return report


def _scene(item: pytest.Item) -> Scene | None:
    """Return the scene of a test, in Python or YAML; None if it has none yet."""
    if isinstance(item, PlayItem):
        return item.met[1] if item.met else None
    scene = getattr(item, "funcargs", {}).get("lab")
    return scene if isinstance(scene, Scene) else None
