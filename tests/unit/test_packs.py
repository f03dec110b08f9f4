"""The packs that ship: each can be read for any configuration, and a wrong name is told the right one."""

from __future__ import annotations

import re

import pytest

from lab.errors import InputError
from lab.packs import UPGRADE, pack_file, pack_names, to_compare
from lab.paths import CONFIGURATIONS, ROOT
from lab.sheet.play import Wanted, plays


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_true_of_any_configuration(name: str) -> None:
    """It names no domain but the mail host's own, no configuration, no state of the chroot, and has its page."""
    text = pack_file(name).read_text("utf-8")
    found = plays(pack_file(name), Wanted((12,)))
    assert found
    assert all(not play.setup.overrides and not play.setup.canary for play in found)
    assert "lab.test" not in text
    assert not re.search(r"^(config|chroot|main|policyd_spf|debian):", text, re.MULTILINE)
    assert f"### `{name}`" in (ROOT / "docs" / "yaml.md").read_text("utf-8")


def test_a_wrong_name() -> None:
    """The nearest one is named, or all of them."""
    with pytest.raises(InputError, match=r"there is no pack 'rdsn'; did you mean rdns\?"):
        pack_file("rdsn")
    with pytest.raises(InputError, match="there are dnsbl, masquerade, "):
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
        assert plays(pack_file(pack), Wanted((12,), config=CONFIGURATIONS / name))
