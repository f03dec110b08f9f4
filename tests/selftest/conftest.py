"""What the selftests share: a verdict that has to be red, the engine, and inner runs of pytest."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from postfix_lab import Check, Evidence, LabError, MailHost, ScenarioFailed, Scene, Setup
from postfix_lab.engine.client import Engine, connect
from tests.selftest.inner import Inner

Told = Callable[..., str]


@pytest.fixture
def red(lab: Scene) -> Told:
    """Demand *fail* and hand back the story."""

    def demand(seen: Evidence, *checks: Check, without: tuple[str, ...] = ()) -> str:
        with pytest.raises(ScenarioFailed) as failed:
            lab.check(seen, *checks, without=without)
        return str(failed.value)

    return demand


@pytest.fixture
def blind(lab: Scene) -> Told:
    """Demand *unknown*, which is the lab's own error and neither red nor green, and hand back the story."""

    def demand(seen: Evidence, *checks: Check, without: tuple[str, ...] = ()) -> str:
        with pytest.raises(LabError) as broken:
            lab.check(seen, *checks, without=without)
        return str(broken.value)

    return demand


@pytest.fixture
def next_scene(lab: Scene, mail_host: MailHost, tmp_path: Path) -> Callable[[], Scene]:
    """What the plugin does when the next test begins: a scene of its own on the same mail host."""

    def begin() -> Scene:
        assert lab.start(mail_host.debian, _setup(mail_host)) is mail_host
        return Scene(lab.executor, "next", tmp_path, "")

    return begin


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that the lab of this run is on."""
    return connect(request.config.getoption("--lab-engine"))


@pytest.fixture(scope="session", autouse=True)
def heard_signals() -> None:
    """Ctrl-C reaches what is started here also where a shell has started the tests in the background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def commands_on_that_engine(request: pytest.FixtureRequest, engine: Engine) -> Iterator[None]:
    """A command that a selftest types finds the engine that was asked for, and no other."""
    with pytest.MonkeyPatch.context() as environment:
        if request.config.getoption("--lab-engine"):
            environment.setenv("DOCKER_HOST", engine.url)
        yield


@pytest.fixture
def inner(engine: Engine, tmp_path: Path) -> Inner:
    """Runs of pytest inside this one, each a process of its own with a lab of its own."""
    return Inner(engine, tmp_path)


def _setup(mail_host: MailHost) -> Setup:
    assert mail_host.setup is not None
    return mail_host.setup
