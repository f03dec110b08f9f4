"""The plan of a mail host's container; a module of its own so that it starts before the rest is loaded."""

from __future__ import annotations

from postfix_lab.engine.container_plan import ContainerPlan
from postfix_lab.engine.images import variant
from postfix_lab.engine.program import Program
from postfix_lab.paths import PACKAGE
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime import disk

_BEFOREHAND = ("filecmp", "json", "select", "shutil", "signal", "socket", "subprocess", "tempfile", "typing")
_INIT = Program(PACKAGE / "inside" / "mailhost" / "init.py", "init", "/opt/postfix-lab", "-uIS", beforehand=_BEFOREHAND)
_IPV6 = {f"net.ipv6.conf.{which}.disable_ipv6": "0" for which in ("all", "default")}


def image(debian: int, packages: tuple[str, ...] = ()) -> str:
    """Return the name of the image of that release with these extra packages."""
    return variant(f"postfix-{RELEASES[debian]}", packages)


def mail_host(debian: int, number: int = 0, packages: tuple[str, ...] = ()) -> ContainerPlan:
    """Return the plan of a mail host of that release with these extra packages; `number` tells several apart."""
    which, more = f" {number}" if number else "", f" with {', '.join(packages)}" if packages else ""
    name = f"mail host{which}, Debian {debian}{more}"
    return ContainerPlan(name, image(debian, packages), _INIT, disk.MOUNTS, hostname="mx", sysctls=_IPV6)
