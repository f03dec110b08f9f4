"""The order of tests, and which of them stay together if several labs run in parallel."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.fit.chroot import Chroot
from postfix_lab.pytest_plugin.marker import item_target
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.wear import mentions

_CHANGE, _START, _RESET = 5, 15, 4
"""What a reload costs, a new start, and making Postfix forget its clients, in tests that could run meanwhile."""


def worker_group(debian: int, file: Path) -> pytest.MarkDecorator:
    """Return the mark that keeps a folder on one release on one xdist worker; its setups differ least."""
    return pytest.mark.xdist_group(f"debian-{debian}-{file.parent.name}")


def sort_key(item: pytest.Item) -> tuple[Any, ...]:
    """Return the sort key: release and setup, so that a mail host is reconfigured as seldom as possible."""
    target = item_target(item)
    if target is None:
        return (0,)
    setup = target.setup
    files = str(setup.configuration), setup.trace, setup.clock, setup.overrides
    return (1, target.debian, list(Chroot).index(setup.chroot), setup.resolv_conf(), setup.small_disk, *files)


def sort_heaviest_first(items: list[pytest.Item]) -> None:
    """Sort the groups by their cost, highest first: an expensive group that starts late prolongs the run."""
    setups: dict[str, list[Setup]] = {}
    cost: Counter[str] = Counter()
    for item in items:
        if (target := item_target(item)) is None:
            continue
        setup, group = target.setup, _group(item)
        known = setups.setdefault(group, [])
        cost[group] += 1
        if mentions((setup.source.files[setup.source.main], *setup.main, *setup.main.values())):
            cost[group] += _RESET
        if setup not in known:
            same = [before for before in known if before.restart_key == setup.restart_key]
            cost[group] += _CHANGE if same or not known else _START
            known.append(setup)
    items.sort(key=lambda item: -cost[_group(item)])


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker and marker.args else ""
