"""The configuration under test: the admin's files, the scenario's overrides, the lab's deltas."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.errors import InputError
from lab.mailhost import maincf
from lab.mailhost.chroot import Chroot
from lab.mailhost.config import POLICYD_SPF, Setup
from lab.paths import CONFIGURATIONS

SEED = CONFIGURATIONS / "seed"
MAIN = "/etc/postfix/main.cf"


def test_every_delta_of_main_cf_is_in_the_file() -> None:
    """What the report lists as changed is what was changed."""
    setup = Setup(SEED)
    text = setup.files()[MAIN]
    listed = {d.what: d.value for d in setup.deltas if d.what.islower() and "/" not in d.what and d.what != "rsyslog"}
    assert listed
    assert {name: maincf.value(text, name) for name in listed} == listed


def test_nothing_but_deltas_and_overrides_differs_from_the_admins_file() -> None:
    """The rest of main.cf is the admin's, value by value."""
    setup = Setup(SEED, main={"soft_bounce": "yes"})
    before = {p.name: p.value for p in maincf.parameters((SEED / "main.cf").read_text())}
    after = {p.name: p.value for p in maincf.parameters(setup.files()[MAIN])}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"soft_bounce", *(d.what for d in setup.deltas)} & set(after)


def test_an_override_wins_over_a_delta() -> None:
    """What a scenario sets itself is neither changed nor listed as a delta."""
    setup = Setup(SEED, main={"local_transport": "error:gone"})
    assert maincf.value(setup.files()[MAIN], "local_transport") == "error:gone"
    assert "local_transport" not in {delta.what for delta in setup.deltas}


def test_policyd_spf_settings_are_replaced() -> None:
    """A setting of policyd-spf.conf stands there once, with the scenario's value."""
    text = Setup(SEED, policyd_spf={"TestOnly": "0"}).files()[POLICYD_SPF]
    assert [line for line in text.splitlines() if line.lower().startswith("testonly")] == ["TestOnly = 0"]


def test_chroot_off_is_a_listed_change_of_master_cf() -> None:
    """The chroot state off is made in master.cf, and said."""
    setup = Setup(SEED, chroot=Chroot.OFF)
    smtpd = [line.split() for line in setup.files()["/etc/postfix/master.cf"].splitlines() if line.endswith("smtpd")]
    assert smtpd
    assert all(fields[4] == "n" for fields in smtpd)
    assert "master.cf smtpd" in {delta.what for delta in setup.deltas}


@pytest.mark.parametrize("missing", ["main.cf", "master.cf"])
def test_a_folder_without_the_two_files_is_an_input_error(tmp_path: Path, missing: str) -> None:
    """A folder that is no configuration is refused by name."""
    (tmp_path / ("master.cf" if missing == "main.cf" else "main.cf")).write_text("")
    with pytest.raises(InputError, match=rf"{tmp_path}: .*{missing}"):
        Setup(tmp_path).files()


def test_resolver_options_join_the_labs_own(tmp_path: Path) -> None:
    """One word may stand alone; both the file and the delta that explains it have it."""
    setup = Setup(tmp_path, resolver_options="trust-ad")  # type: ignore[arg-type]
    assert setup.resolv_conf() == "nameserver 192.0.2.53\noptions timeout:1 attempts:1 trust-ad\n"
    assert any("attempts:1 trust-ad" in delta.value for delta in setup.deltas)


def test_resolver_option_that_is_none(tmp_path: Path) -> None:
    """What would become another line of resolv.conf is refused."""
    with pytest.raises(InputError, match="no option of resolv"):
        Setup(tmp_path, resolver_options=("trust-ad\nnameserver 192.0.2.1",))
