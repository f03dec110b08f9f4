"""Which lab gets what: the real scheduler of xdist, asked before it hands anything out."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.pytest_plugin.distribution import ReleaseScheduling

QUEUE = ("debian-11-strict", "debian-12-strict", "debian-13-strict", "debian-11-spf", "debian-12-spf", "debian-13-spf")


class Lab:
    """What the scheduler keeps of a worker until it speaks to it."""


def best(queue: tuple[str, ...], mine: tuple[str, ...], *others: dict[str, bool]) -> str:
    """What a lab gets that has these groups behind it, beside others with theirs: group -> whether it is over."""
    node: Any = Lab()
    spread = ReleaseScheduling.__new__(ReleaseScheduling)
    spread.workqueue = {group: {} for group in queue}
    spread.assigned_work = {node: {group: {"a test": True} for group in mine}}
    for groups in others:
        spread.assigned_work[Lab()] = {group: {"a test": over} for group, over in groups.items()}
    return spread._best(node)


@pytest.mark.parametrize(
    "mine, others, wanted",
    [
        ((), (), "debian-11-strict"),
        ((), ({"debian-11-ptr": False},), "debian-12-strict"),
        ((), ({"debian-11-strict": False},), "debian-12-spf"),
        ((), ({"debian-11-strict": True},), "debian-12-strict"),
        (("debian-13-yaml",), ({"debian-11-strict": False},), "debian-13-strict"),
        (("debian-14-yaml",), ({"debian-11-ptr": False, "debian-12-ptr": False},), "debian-13-strict"),
        (("debian-14-yaml",), ({"debian-11-a": False, "debian-12-a": False, "debian-13-a": True},), "debian-11-strict"),
    ],
    ids=["the-heaviest", "another-release", "another-folder", "not-any-more", "its-own", "nobodys", "any"],
)
def test_what_suits(mine: tuple[str, ...], others: tuple[dict[str, bool], ...], wanted: str) -> None:
    """Its own release first, then one that no other lab has; the first folder is one that no other lab is at."""
    assert best(QUEUE, mine, *others) == wanted


def test_what_is_not_ours_keeps_its_order() -> None:
    """Tests that need no mail host start none."""
    assert best(("theirs", "debian-11-spf"), (), {"a": False}) == "theirs"
