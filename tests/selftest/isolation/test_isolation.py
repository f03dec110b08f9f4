"""Nothing leaks out and nothing gets in between: what the engine itself says about the containers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postfix_lab import MailHost, MakeRemote, Scene, accepted, asked
from postfix_lab.addresses import mail_host as addresses_of
from postfix_lab.engine.client import Engine

NET_ADMIN = 12
"""capabilities(7)"""


@pytest.fixture
def ours(engine: Engine, lab: Scene, mail_host: MailHost) -> list[dict[str, Any]]:
    """What the engine says about each container of this lab."""
    run = lab.executor.lab._containers.labels["postfix-lab.run"]
    found = engine.client.api.containers(all=True, filters={"label": f"postfix-lab.run={run}"})
    return [engine.client.api.inspect_container(container["Id"]) for container in found]


def test_the_lab_is_all_there(ours: list[dict[str, Any]], lab: Scene, mail_host: MailHost) -> None:
    """The Internet and the mail hosts, and no helper is left over."""
    ids = {said["Id"] for said in ours}
    assert {mail_host.container.id, lab.internet.container.id} <= ids
    assert len(ids) == 1 + len(lab.executor.lab._raw)


def test_no_container_has_a_network(ours: list[dict[str, Any]]) -> None:
    """Network mode none: no bridge, no address of the engine's, no published port, no engine DNS."""
    for said in ours:
        assert said["HostConfig"]["NetworkMode"] == "none"
        assert not said["HostConfig"].get("PortBindings")
        assert not any(said["NetworkSettings"].get("Ports", {}).values())
        assert not said["HostConfig"].get("Dns")
        assert Path("/proc", str(said["State"]["Pid"]), "ns/net").stat().st_ino != Path("/proc/self/ns/net").stat().st_ino
        assert not any(network.get("IPAddress") for network in said["NetworkSettings"]["Networks"].values())


def test_no_container_shares_anything_with_the_machine(ours: list[dict[str, Any]]) -> None:
    """Not privileged, no namespace of the host's, no device, no mount, so that nothing is left behind either."""
    for said in ours:
        about = said["HostConfig"]
        assert about["Privileged"] is False
        assert "host" not in (about["PidMode"], about["IpcMode"], about["UTSMode"], about.get("UsernsMode"))
        assert not about.get("Devices")
        assert not about.get("Binds")
        assert said["Mounts"] == []


def test_no_capability_is_added_to_a_mail_host(ours: list[dict[str, Any]], lab: Scene, mail_host: MailHost) -> None:
    """Only the Internet may change its own network, and send the ICMP of a host that is unreachable."""
    added = {said["Id"]: [name.removeprefix("CAP_") for name in said["HostConfig"]["CapAdd"] or []] for said in ours}
    # Podman does not tell of one that it gives to everybody.
    assert {"NET_ADMIN"} <= set(added.pop(lab.internet.container.id)) <= {"NET_ADMIN", "NET_RAW"}
    assert set(map(tuple, added.values())) <= {()}
    effective = int(mail_host.shell("grep CapEff /proc/1/status").split()[1], 16)
    assert not effective >> NET_ADMIN & 1


def test_the_cable_is_the_only_way_out(mail_host: MailHost) -> None:
    """The mail host has one interface, and every way leads over it."""
    rows = mail_host.shell("tail -n +3 /proc/net/dev").splitlines()
    assert sorted(row.partition(":")[0].strip() for row in rows) == ["eth0", "lo"]
    routes = mail_host.shell("tail -n +2 /proc/net/route").splitlines()
    assert {row.split()[0] for row in routes} == {"eth0"}


def test_the_internet_has_cables_only(engine: Engine, lab: Scene, mail_host: MailHost) -> None:
    """Its interfaces are one cable for each mail host and the loopback on which every address is."""
    container = engine.client.containers.get(lab.internet.container.id)
    said = container.exec_run(["tail", "-n", "+3", "/proc/net/dev"]).output
    assert isinstance(said, bytes)
    names = sorted(row.partition(":")[0].strip() for row in said.decode().splitlines())
    addresses = [addresses_of(number)[0] for number in range(len(lab.executor.lab._raw))]
    assert names == [*(f"cable{address.rpartition('.')[2]}" for address in addresses), "lo"]


def test_no_name_leads_out(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """Every question of the mail host is asked of the lab's DNS; a name that is in no zone does not exist."""
    assert mail_host.shell("getent hosts mirror.isp.example || echo none").strip() == "none"
    seen = remote("203.0.113.10").send(sender="ann@isp.example")
    lab.check(seen, asked("isp.example", "TXT", "NXDOMAIN"), accepted())
    assert {query.server for query in seen.queries} == {"192.0.2.53"}
    assert {query.client for query in seen.queries} <= set(mail_host.addresses)


def test_every_address_is_the_labs_own(remote: MakeRemote, lab: Scene, mail_host: MailHost) -> None:
    """Nobody answers where the world has nobody, be it the engine's gateway or a neighbour of this machine."""
    for address in ("172.17.0.1", "10.0.2.3", "198.51.100.7"):
        told = mail_host.shell(f"timeout 5 bash -c 'exec 3<>/dev/tcp/{address}/443' 2>&1 || true")
        assert "Connection refused" in told
