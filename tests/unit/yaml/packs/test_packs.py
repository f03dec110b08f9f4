"""The packs that ship: each can be read for any configuration, and a wrong name is told the right one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS, ROOT
from postfix_lab.yaml.bind.play import Wanted, plays
from postfix_lab.yaml.packs import UPGRADE, pack_file, pack_names, to_compare

SHORTER = {"policyd-spf.conf Lookup_Time = 1"}
"""What a pack may set: how long silence takes, never what is answered."""


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_true_of_any_configuration(name: str) -> None:
    """It names no domain but the mail host's own, no configuration, no state of the chroot, and has its page."""
    text = pack_file(name).read_text("utf-8")
    found = plays(pack_file(name), Wanted((12,)))
    assert found
    assert all(set(play.setup.overrides) <= SHORTER and not play.setup.canary for play in found)
    assert "lab.test" not in text
    assert not re.search(r"^(config|chroot|main|policyd_spf|debian):", text, re.MULTILINE)
    assert f"### `{name}`" in (ROOT / "docs" / "yaml.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["chroot", "helo", "rdns", "relay", "sender-domain", "spf"])
def test_a_host_that_listens_nowhere(name: str) -> None:
    """A port on which nobody listens is no failure, and the line tells what became of each session."""
    for play in plays(pack_file(name), Wanted((12,))):
        (round_,) = play.rounds
        assert round_.tell == (0,)
        assert "closed" in next(check.want for check in round_.checks if check.name == "decided")


@pytest.mark.parametrize("answer, expected", [("yes", False), ("no", True)])
def test_who_looks_nobody_up(tmp_path: Path, answer: str, expected: bool) -> None:
    """Where no client is looked up, no lookup is missed: one test says so instead of all the others."""
    (tmp_path / "main.cf").write_text(f"smtpd_peername_lookup = {answer}\n")
    names = {play.name for play in plays(pack_file("rdns"), Wanted((12,), config=tmp_path))}
    assert ("nobody-is-looked-up" in names) == expected
    assert ({"right", "missing", "timeout"} <= names) != expected


def test_a_wrong_name() -> None:
    """The nearest one is named, or all of them."""
    with pytest.raises(InputError, match=r"there is no pack 'rdsn'; did you mean rdns\?"):
        pack_file("rdsn")
    with pytest.raises(InputError, match=r"there are chroot, dnsbl, helo, masquerade, .*rdns, relay"):
        pack_file("../../etc/passwd")


def test_what_is_compared() -> None:
    """The packs that are named beside `upgrade`; all of them, unless files are."""
    assert to_compare((UPGRADE,), besides=False) == pack_names()
    assert to_compare((UPGRADE, "rdns"), besides=False) == ("rdns",)
    assert to_compare((UPGRADE,), besides=True) == ()
    assert f"### `{UPGRADE}`" in (ROOT / "docs" / "yaml.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["backup-mx", "behind-nat", "debian-default", "dovecot", "null-client", "seed", "strict"])
def test_a_pack_fits_each_configuration(name: str) -> None:
    """Each pack has something to say about each configuration that ships."""
    for pack in pack_names():
        assert len(plays(pack_file(pack), Wanted((12,), config=CONFIGURATIONS / name))) > 0
