"""The configuration under test: the admin's files, the scenario's overrides, the lab's deltas."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.collaborators.policyd_spf import CONFIGURATION as POLICYD_SPF
from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.files import main_cf
from postfix_lab.runtime.setup import Setup

SEED = CONFIGURATIONS / "seed"
MAIN = "/etc/postfix/main.cf"


def test_every_delta_of_main_cf_is_in_the_file() -> None:
    """What the report lists as changed is what was changed."""
    setup = Setup(SEED)
    text = setup.files()[MAIN]
    listed = {d.what: d.value for d in setup.deltas if d.what.islower() and "/" not in d.what and d.what != "rsyslog"}
    assert listed
    assert {name: main_cf.value(text, name) for name in listed} == listed


def test_nothing_but_deltas_and_overrides_differs_from_the_admins_file() -> None:
    """The rest of main.cf is the admin's, value by value."""
    setup = Setup(SEED, main={"soft_bounce": "yes"})
    before = {p.name: p.value for p in main_cf.parameters((SEED / "main.cf").read_text())}
    after = {p.name: p.value for p in main_cf.parameters(setup.files()[MAIN])}
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"soft_bounce", *(d.what for d in setup.deltas)} & set(after)


def test_an_override_wins_over_a_delta() -> None:
    """What a scenario sets itself is neither changed nor listed as a delta."""
    setup = Setup(SEED, main={"local_transport": "error:gone"})
    assert main_cf.value(setup.files()[MAIN], "local_transport") == "error:gone"
    assert "local_transport" not in {delta.what for delta in setup.deltas}


def test_a_clock_is_loaded_by_a_delta() -> None:
    """import_environment has it, and the report says so; without a clock it is left alone."""
    setup = Setup(SEED, clock=True)
    value = main_cf.value(setup.files()[MAIN], "import_environment")
    assert value is not None
    assert "LD_PRELOAD=/usr/share/postfix-lab/libfaketime.so.1" in value
    assert value in {delta.value for delta in setup.deltas}
    assert main_cf.value(Setup(SEED).files()[MAIN], "import_environment") is None


def test_a_clock_and_an_environment_of_the_scenarios_own() -> None:
    """Both want the same parameter, so one of them has to go."""
    with pytest.raises(InputError, match="leave out clock=True"):
        Setup(SEED, clock=True, main={"import_environment": "TZ"})


def test_policyd_spf_settings_are_replaced() -> None:
    """A setting of policyd-spf.conf stands there once, with the scenario's value."""
    text = Setup(SEED, policyd_spf={"TestOnly": "0"}).files()[POLICYD_SPF]
    assert [line for line in text.splitlines() if line.lower().startswith("testonly")] == ["TestOnly = 0"]


def test_policyd_spf_settings_without_a_file(tmp_path: Path) -> None:
    """A configuration that brings no policyd-spf.conf gets one of the scenario's settings, else it keeps Debian's."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    assert Setup(tmp_path, policyd_spf={"Lookup_Time": "1"}).files()[POLICYD_SPF].split("\n") == ["Lookup_Time = 1", ""]
    assert POLICYD_SPF not in Setup(tmp_path).files()


def test_chroot_off_is_a_listed_change_of_master_cf() -> None:
    """The chroot state off is made in master.cf, and said."""
    setup = Setup(SEED, chroot=Chroot.OFF)
    smtpd = [line.split() for line in setup.files()["/etc/postfix/master.cf"].splitlines() if line.endswith("smtpd")]
    assert smtpd
    assert all(fields[4] == "n" for fields in smtpd)
    assert "master.cf smtpd" in {delta.what for delta in setup.deltas}


def test_a_folder_without_a_main_cf_is_an_input_error(tmp_path: Path) -> None:
    """A folder that is no configuration is refused by name."""
    (tmp_path / "master.cf").write_text("")
    with pytest.raises(InputError, match=rf"{tmp_path}: .*main.cf"):
        Setup(tmp_path).files()


def test_trace_is_a_delta_of_every_service(tmp_path: Path) -> None:
    """With the trace smtpd is verbose, whatever main.cf and a service of master.cf say; without it nothing is touched."""
    own = "smtp inet n - y - - smtpd -o debug_peer_list= -o debug_peer_level=9 -o soft_bounce=no\n  -o { debug_peer_level = 2 }\n"
    (tmp_path / "main.cf").write_text("debug_peer_list = 192.0.2.1\n")
    (tmp_path / "master.cf").write_text(own)
    files = Setup(tmp_path, trace=True).files()
    assert main_cf.value(files[MAIN], "debug_peer_list") == "0.0.0.0/0, [::]/0"
    assert " ".join(files["/etc/postfix/master.cf"].split()) == "smtp inet n - y - - smtpd -o soft_bounce=no"
    listed = [delta.what for delta in Setup(tmp_path, trace=True).deltas]
    assert listed[3:8] == [
        "debug_peer_list", "debug_peer_level", "virtual_alias_recursion_limit", "master.cf cleanup, trivial-rewrite, local",
        "master.cf -o debug_peer_*",
    ]  # fmt: skip
    plain = Setup(tmp_path)
    assert plain.files()["/etc/postfix/master.cf"] == own
    assert not any("debug_peer" in delta.what for delta in plain.deltas)
    (tmp_path / "main.cf").write_text("virtual_alias_recursion_limit = 7\n")
    assert "virtual_alias_recursion_limit" not in [delta.what for delta in Setup(tmp_path, trace=True).deltas]


def test_a_folder_without_a_master_cf_gets_the_releases_own(tmp_path: Path) -> None:
    """Debian's own is used, and the report says so."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    fitted = Setup(tmp_path).fit(12, "smtp inet n - y - - smtpd\n")
    assert fitted.files["/etc/postfix/master.cf"].text.startswith("smtp inet")
    assert "master.cf" in {delta.what for delta in fitted.deltas}


def test_resolver_options_join_the_labs_own() -> None:
    """One word may stand alone; both the file and the delta that explains it have it."""
    setup = Setup(SEED, resolver_options="trust-ad")  # type: ignore[arg-type]
    assert setup.resolv_conf() == "nameserver 192.0.2.53\noptions timeout:1 attempts:1 trust-ad\n"
    assert any("attempts:1 trust-ad" in delta.value for delta in setup.deltas)


def test_resolver_option_that_is_none(tmp_path: Path) -> None:
    """What would become another line of resolv.conf is refused."""
    with pytest.raises(InputError, match="no option of resolv"):
        Setup(tmp_path, resolver_options=("trust-ad\nnameserver 192.0.2.1",))


def test_one_rule_needs_no_parentheses() -> None:
    """Rules are in the report as what the scenario changes."""
    milter, policy, table = MilterRule("reject"), PolicyRule("DUNNO", nth=1), TableRule("TEMP")
    setup = Setup(SEED, milter_rules=milter, policy_rules=[policy], table_rules={"ldap:/a": table})  # type: ignore[arg-type, dict-item]
    assert (setup.milter_rules, setup.policy_rules, setup.table_rules) == ((milter,), (policy,), {"ldap:/a": (table,)})
    assert setup.overrides == ("milter rule: reject, at MESSAGE", "policy rule: DUNNO, time 1", "rule of ldap:/a: TEMP")
