"""The plan of the Internet's container; a module of its own so that it starts before the rest is loaded."""

from __future__ import annotations

from postfix_lab.engine.container_plan import ContainerPlan
from postfix_lab.engine.program import Program
from postfix_lab.paths import PACKAGE

_MODULES = ("__init__", "addresses", "counted_rules", "errors", "json_lines", "paths", "serialization", "text", "verbs")
_PARTS = (
    *(f"{name}.py" for name in _MODULES),
    "dns/*.py",
    "inside/__init__.py",
    "inside/internet/**/*.py",
    "smtp/*.py",
    "postfix/__init__.py",
    "postfix/log/*.py",
)
"""The modules that the agent imports."""
INTERNET = ContainerPlan(
    "internet",
    "internet",
    Program(PACKAGE, "postfix_lab.inside.internet.start", "/opt/lab", parts=_PARTS),
    capabilities=("NET_ADMIN", "NET_RAW"),
    sysctls={
        "net.ipv4.ip_nonlocal_bind": "1",
        "net.ipv4.conf.all.rp_filter": "1",  # No mail host can send from another one's address.
        "net.ipv6.ip_nonlocal_bind": "1",
        "net.ipv6.conf.all.disable_ipv6": "0",
        "net.ipv6.conf.default.disable_ipv6": "0",
    },
)
