"""What the lab replaced, one line a kind: `mysql x 23`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postfix_lab.fit.delta import MISSING, Delta
from postfix_lab.text import printable

_ALWAYS = frozenset({
    "local_transport", "virtual_transport", "in_flow_delay", "debug_peer_list", "debug_peer_level", "/etc/resolv.conf",
    "rsyslog",
})  # fmt: skip
"""What the lab replaces in every configuration."""
_TABLE = re.compile(r"(?:proxy:)?([a-z]+):")
_OWN = ("compiled", "as compiled", "as hash:")
"""What is said of the folder's own tables."""
_SOCKETS = ("inet", "unix")


def delta_summary(deltas: Iterable[Delta]) -> Iterator[str]:
    """Yield a line for what is replaced always, and one for each other kind; findings have the rest."""
    known = [delta for delta in deltas if not _is_finding(delta)]
    fixed = [delta.what for delta in known if delta.what in _ALWAYS]
    if not known:
        yield "replaced nothing"
        return
    yield f"replaced {', '.join(map(printable, fixed))}" if fixed else "replaced"
    kinds: dict[tuple[str, str], list[Delta]] = {}
    for delta in known:
        if delta.what not in _ALWAYS:
            kinds.setdefault(_kind(delta), []).append(delta)
    for (kind, value), alike in kinds.items():
        many = f" x {len(alike)}" if len(alike) > 1 else ""
        yield printable(f"         {kind}{many} = {value}")


def _is_finding(delta: Delta) -> bool:
    """Whether the report has it as a finding: what is missing, and what postconf(1) warns of."""
    return delta.value in (MISSING, "without effect") or delta.what == "warning of postconf"


def _kind(delta: Delta) -> tuple[str, str]:
    """Return what such deltas have in common: the type of a table, or all of it."""
    found = _TABLE.match(delta.what)
    if found and found[1] not in _SOCKETS:
        return found[1], delta.value if delta.value in _OWN else "a stand-in"
    if found and delta.value.startswith(("a policy", "a milter")):
        return delta.value.partition(",")[0].removesuffix(" that says accept"), "a stand-in that accepts"
    return delta.what, delta.value
