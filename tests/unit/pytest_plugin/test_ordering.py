"""What comes first where several labs work side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.pytest_plugin.ordering import sort_heaviest_first, worker_group
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target

SEED = Setup(CONFIGURATIONS / "seed")
OTHER = replace(SEED, main={"smtpd_helo_required": "yes"})


class Test:
    """What the plugin asks a collected test."""

    __test__ = False

    def __init__(self, folder: str, setup: Setup | None) -> None:
        self.folder = folder
        self.target = Target(12, setup) if setup else None

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        """The group that keeps a folder's tests together."""
        own = worker_group(12, Path(self.folder, "test_it.py")).mark
        return own if self.target and name == own.name else None


def order(**folders: list[Setup | None]) -> list[str]:
    """The folders in the order in which labs get them, and their tests in the order that they had."""
    items: list[Any] = [Test(folder, setup) for folder, setups in folders.items() for setup in setups]
    sort_heaviest_first(items)
    return list(dict.fromkeys(item.folder for item in items))


def test_many_tests_are_heavier_than_few() -> None:
    """In one setup."""
    assert order(few=[SEED], many=[SEED] * 3, none=[None] * 9) == ["many", "few", "none"]


def test_a_reload_is_heavier_than_a_test() -> None:
    """Another setup is a reload, whoever has it."""
    assert order(same=[SEED] * 4, changing=[SEED, OTHER]) == ["changing", "same"]


def test_a_start_is_heavier_than_a_reload() -> None:
    """Another chroot is a new start."""
    off = replace(SEED, chroot=Chroot.OFF)
    assert order(changing=[SEED, OTHER] * 4, starting=[SEED, off]) == ["starting", "changing"]


def test_memory_is_heavier_than_none() -> None:
    """Where Postfix remembers clients, each test makes it forget them."""
    limited = replace(SEED, main={"smtpd_client_message_rate_limit": "1"})
    screened = Setup(CONFIGURATIONS / "strict")
    assert order(plain=[SEED] * 5, limited=[limited] * 4, screened=[screened] * 6) == ["screened", "limited", "plain"]


def test_the_order_within_a_folder_stays() -> None:
    """Setups follow each other as they were sorted."""
    items: list[Any] = [Test("one", SEED), Test("two", SEED), Test("one", OTHER), Test("two", SEED)]
    sort_heaviest_first(items)
    assert [item.target.setup for item in items if item.folder == "one"] == [SEED, OTHER]
