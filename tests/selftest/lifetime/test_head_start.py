"""The head start, with the real engine: its containers are the ordinary ones, and nothing is left when it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.engine import cleanup, head_start
from postfix_lab.engine.client import Engine
from postfix_lab.engine.container import Containers
from postfix_lab.engine.container_plan import ContainerPlan
from postfix_lab.errors import EngineError
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.mail_host_plan import mail_host
from postfix_lab.runtime.startup.launch import launch

RUN = "5e1f7e57"
PLANS = (INTERNET, mail_host(12))
OTHER = ("Id", "Name", "Created", "State", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "GraphDriver")
"""What tells two containers of one plan apart."""


def about(engine: Engine, identity: str) -> dict[str, Any]:
    """What the engine says of a container, but for what it is called and what testcontainers calls it besides."""
    said = {key: value for key, value in engine.client.api.inspect_container(identity).items() if key not in OTHER}
    ours = {key: value for key, value in said["Config"]["Labels"].items() if not key.startswith("org.testcontainers")}
    said["Config"] |= {"Labels": ours, "Hostname": said["Config"]["Hostname"].removeprefix(identity[:12])}
    return said


def left(engine: Engine) -> list[Any]:
    return list(engine.client.api.containers(all=True, filters={"label": f"postfix-lab.run={RUN}"}))


def run_of(engine: Engine, *plans: ContainerPlan) -> Containers:
    """A run whose containers have a head start."""
    labels = cleanup.labels(RUN)
    begun = head_start.start_early(engine.name, plans, labels, RUN)
    assert (begun is not None) is (engine.name == "docker")
    containers = Containers(engine, RUN, labels, early=begun)
    containers.provide([plan.image for plan in plans], print)
    return containers


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.image)
def test_it_is_what_testcontainers_starts(engine: Engine, plan: ContainerPlan) -> None:
    """All that Docker says of it is the same; with another engine there is no head start, and both are ordinary."""
    containers = run_of(engine, plan)
    try:
        ahead = containers.start(plan)
        ordinary = containers.start(replace(plan, name=f"{plan.name} again"))
        assert ahead.process() == engine.client.api.inspect_container(ahead.id)["State"]["Pid"]
        assert engine.name != "docker" or about(engine, ahead.id) == about(engine, ordinary.id)
    finally:
        containers.close()
    assert not left(engine)


def test_one_that_the_engine_refuses_is_told_in_the_ordinary_way(engine: Engine) -> None:
    """Created, but not to be started: its sentence comes from the second attempt, and neither of the two is left."""
    containers = run_of(engine, replace(INTERNET, sysctls={"net.ipv4.no_such_setting": "1"}))
    try:
        with pytest.raises(EngineError, match=r"starting the container internet failed.*no_such_setting"):
            containers.start(replace(INTERNET, sysctls={"net.ipv4.no_such_setting": "1"}))
    finally:
        containers.close()
    assert not left(engine)


def test_nobody_takes_them(engine: Engine) -> None:
    """A run that ends at once takes what was launched for it along."""
    containers = launch(engine.name, (12,))
    run = containers.labels["postfix-lab.run"]
    containers.close()
    assert engine.client.api.containers(all=True, filters={"label": f"postfix-lab.run={run}"}) == []
