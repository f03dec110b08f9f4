"""The mail host that a test asks for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS
from tests.unit.yaml.conftest import Mistake, Plays

ONE = "tests: {a: {expect: {code: 250}}}\n"


def office(folder: Path) -> Path:
    shutil.copytree(CONFIGURATIONS / "seed", folder / "office")
    main = folder / "office" / "main.cf"
    main.write_text(main.read_text().replace("lab.test", "office.test"))
    return folder / "office"


def test_a_setup_in_all_its_parts(sheet: Plays, tmp_path: Path) -> None:
    """The configuration lies beside the file; values of main.cf are on one line, and `$` is Postfix's own in them."""
    office(tmp_path)
    (play,) = sheet("""
    config: office
    main:
      smtpd_banner: $myhostname ESMTP
      smtpd_relay_restrictions: |
        permit_mynetworks,
        reject
    policyd_spf: {Lookup_Time: 1}
    resolvers: "2001:db8::53"
    canary: no
    chroot: off
    tests: {a: {to: bob@$mydomain, expect: {code: 250}}}
    """)
    setup = play.setup
    assert setup.main == {"smtpd_banner": "$myhostname ESMTP", "smtpd_relay_restrictions": "permit_mynetworks, reject"}
    assert (setup.policyd_spf, setup.resolvers, setup.canary) == ({"Lookup_Time": "1"}, ("2001:db8::53",), False)
    assert (setup.chroot, play.id) == (Chroot.OFF, "a[12-off]")
    assert "bob@office.test" in str(play.rounds[0].sessions[0].dialogue)


def test_what_stands_in(sheet: Plays, tmp_path: Path) -> None:
    """Entries of tables add up table by table, `$` is left alone in them, and each stand-in behaves as it is told."""
    (tmp_path / "people").mkdir()
    (play,) = sheet("""
    config: dovecot
    tables: {"hash:/etc/postfix/virtual": {"a@lab.test": $x}, "hash:/etc/postfix/mailboxes": {"a@lab.test": y}}
    csv: people
    tests:
      a:
        tables: {"hash:/etc/postfix/mailboxes": {"b@lab.test": ""}}
        milter: tempfail
        policy: hang
        delivery: as-configured
        resolver_options: [trust-ad, "ndots:2"]
        expect: {code: 250}
    """)
    setup = play.setup
    entries = {"hash:/etc/postfix/mailboxes": {"b@lab.test": ""}, "hash:/etc/postfix/virtual": {"a@lab.test": "$x"}}
    assert setup.tables == entries
    assert (setup.milter, setup.policy, setup.delivery) == ("tempfail", "hang", "as-configured")
    assert (setup.csv, setup.resolver_options) == (tmp_path / "people", ("trust-ad", "ndots:2"))


@pytest.mark.parametrize("master", ["", "smtp inet n - y - - smtpd -o smtpd_peername_lookup=no\n"])
def test_what_the_configuration_has_to_say(sheet: Plays, tmp_path: Path, master: str) -> None:
    """A test is there where each parameter has one of the values that it is about, as smtpd on port 25 has it."""
    (tmp_path / "main.cf").write_text("mydestination = lab.test\nmyhostname = mx.$mydomain\nmydomain = lab.test\n")
    (tmp_path / "master.cf").write_text(master or "smtp inet n - y - - smtpd\n")
    found = sheet("""
    given: {mydestination: [far.example, lab.test]}
    tests:
      looks: {given: {smtpd_peername_lookup: yes}, expect: {code: 250}}
      never: {given: {smtpd_peername_lookup: no}, expect: {code: 250}}
      ours: {given: {myhostname: mx.lab.test, biff: ""}, expect: {code: 250}}
      others: {given: {mydestination: far.example}, expect: {code: 250}}
    """, config=tmp_path)
    assert [play.name for play in found] == ["never" if master else "looks", "ours"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("config: nowhere\n" + ONE, "2:9: there is no configuration 'nowhere' beside this file, nor among backup-mx, "),
        ("config: .\n" + ONE, "2:9: "),
        ("resolvers: 1.2.3\n" + ONE, "2:12: '1.2.3' is not an IPv4 or IPv6 address"),
        ("policy: rejcet\n" + ONE, "2:9: 'rejcet' is not a behaviour of a stand-in; did you mean reject?"),
        ("delivery: sinks\n" + ONE, "2:11: 'sinks' is not a way of delivery; did you mean sink?"),
        ("resolver_options: trust ad\n" + ONE, "2:19: 'trust ad' is not an option of resolv.conf; write trust-ad, "),
        ("tables: {users: {a: b}}\n" + ONE, "2:10: 'users' is not the name of a table; as in mysql:"),
        ("tables: {'mysql:/x.cf': {'a b': c}}\n" + ONE, "2:26: 'a b' is not the key of an entry; it is one word"),
        ("tables: {'mysql:/x.cf': {a: b}}\n" + ONE, "2:9: the configuration names no table 'mysql:/x.cf'; "),
        ("csv: nowhere\n" + ONE, "2:6: there is no folder or file 'nowhere' beside this file"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told where it was written."""
    assert mistake(text).startswith(message)


def test_what_the_command_line_says_of_its_configuration(sheet: Plays, tmp_path: Path) -> None:
    """It is for tests that name no configuration; what a test says itself wins, value by value."""
    folder = office(tmp_path)
    (folder / "names").write_text("${HOST} ${PORT}\n")
    changes = {"at": "/data", "define": {"HOST": "a", "PORT": "b"}, "csv": tmp_path}
    text = """
    tests:
      bare: {expect: {code: 250}}
      own: {at: /srv/mail, define: {HOST: c}, expect: {code: 250}}
      named: {config: office, expect: {code: 250}}
    """
    bare, own, named = (play.setup for play in sheet(text, config=folder, changes=changes))
    assert (bare.at, bare.define, bare.csv) == ("/data", {"HOST": "a", "PORT": "b"}, tmp_path)
    assert (own.at, own.define) == ("/srv/mail", {"HOST": "c", "PORT": "b"})
    assert own.files()["/srv/mail/names"] == "c b\n"
    assert (named.at, named.define, named.csv) == ("", {}, None)
