"""What is run in the end: setups, rounds, and what the call says for tests that do not say it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.smtp.dialogue import mail
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.judge import judge
from tests.unit.evidence_builder import evidence
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


def test_several_results_are_told(sheet: Plays) -> None:
    """Where several SPF results will do, the line says which one it was."""
    one, two = sheet("tests: {a: {result: pass}, b: {result: [pass, unchecked]}}\n")
    assert (one.rounds[0].tell_spf, two.rounds[0].tell_spf) == (False, True)


def test_what_the_call_says(sheet: Plays, tmp_path: Path) -> None:
    """Its configuration and chroot states are those of tests that name none."""
    text = "tests: {a: {expect: {code: 250}}, b: {config: seed, chroot: stale, expect: {code: 250}}}\n"
    found = sheet(text, config=office(tmp_path), chroots=("packaged", "empty"))
    assert [(play.id, play.setup.configuration.name) for play in found] == [
        ("a[12-packaged]", "office"),
        ("a[12-empty]", "office"),
        ("b[12-stale]", "seed"),
    ]
    assert "bob@office.test" in str(found[0].rounds[0].sessions[0].dialogue)


def test_sessions_say_what_differs(sheet: Plays) -> None:
    """What the test says counts for each of them, checks have their session's number, and the line tells of it."""
    (play,) = sheet("""
    tests:
      a:
        in-turn: yes
        limit: 5
        mailfrom: a@x.example
        expect: {code: 2xx, delivered: yes}
        sessions:
          - {host: 203.0.113.9}
          - {host: 203.0.113.10, expect: {code: 4xx, verdict: [defer, closed]}}
    """)
    (round_,) = play.rounds
    assert [session.address for session in round_.sessions] == ["203.0.113.9", "203.0.113.10"]
    assert [check.want for check in round_.checks] == ["2xx", "defer or closed: 4xx", "1 message reached the sink"]
    assert (round_.in_turn, round_.limit, round_.tell) == (True, 5.0, (1,))


def test_a_step_that_is_later(sheet: Plays) -> None:
    """The mail host has a clock where a step wants it, and only there."""
    text = "tests: {a: {steps: [{expect: {code: 250}}, {later: 4d 23.5h 1h, expect: {code: 250}}]}, b: {expect: {code: 250}}}"
    later, plain = sheet(text)
    assert [step.later for step in later.rounds] == [timedelta(), timedelta(days=5, minutes=30)]
    assert (later.setup.clock, plain.setup.clock) == (True, False)


@pytest.mark.parametrize(
    "span, told",
    [
        ("5 hours", "'5 hours' is not a span of time; write it as in 61s, 5h or 4d 23h"),
        ("0s", "time can pass by more than nothing"),
        ("4000d", "up to 3650 days"),
    ],
)
def test_a_span_that_is_none(mistake: Mistake, span: str, told: str) -> None:
    """It is told with its place."""
    said = mistake("tests: {a: {steps: [{later: SPAN, expect: {code: 250}}]}}".replace("SPAN", span))
    assert said.startswith("2:")
    assert told in said


def test_steps_have_worlds_of_their_own(sheet: Plays) -> None:
    """What the test says counts for each step, which may say it differently."""
    (play,) = sheet("""
    tests:
      a:
        zonedata: {a.example: [A: 1.1.1.1], b.example: [A: 1.1.1.1]}
        expect: {code: 250}
        steps: [{expect: {stage: RCPT}}, {zonedata: {b.example: [A: 2.2.2.2]}, result: pass}]
    """)
    first, second = play.rounds
    addresses = [str(round_.world.zones).split("b.example. A ")[1][:7] for round_ in play.rounds]
    assert addresses == ["1.1.1.1", "2.2.2.2"]
    assert [check.want for check in first.checks] == ["RCPT 250"]
    assert [check.want for check in second.checks] == ["250", "SPF pass"]


def test_clients_that_have_been_there_before(sheet: Plays) -> None:
    """Each of them pays one visit, up to RCPT, from each address that it comes from."""
    (play,) = sheet("""
    hosts: {a.example: {address: [203.0.113.9, "2001:db8::9"]}}
    tests:
      a:
        introduced: yes
        expect: {code: 250}
        host: a.example
        sessions: [{port: 587}, {source: "2001:db8::9"}, {mailfrom: x@a.example}]
    """)
    visits = play.rounds[0].introductions("eve@lab.test")
    assert play.rounds[0].introduced
    assert [(visit.address, visit.port) for visit in visits] == [("203.0.113.9", 25), ("2001:db8::9", 25)]
    assert visits[0].dialogue == mail(helo="a.example", to="eve@lab.test").until("RCPT")


def test_ends_that_are_expected(sheet: Plays) -> None:
    """`xfail` and `skip` have a reason."""
    first, second = sheet("tests: {a: {xfail: too early, expect: {code: 250}}, b: {skip: too late, expect: {code: 250}}}\n")
    assert (first.xfail, first.skip, second.xfail, second.skip) == ("too early", None, None, "too late")


def test_guards_that_are_switched_off(sheet: Plays) -> None:
    """By name; the one for faults is a check of its own here, which goes with it."""
    (play,) = sheet("tests: {a: {without: [quiet-log, fault-hit], ptr: servfail, host: 1.2.3.4, expect: {code: 250}}}\n")
    assert set(play.rounds[0].without) == {"quiet-log", "fault-hit", "answer-given"}
    assert [check.name for check in play.rounds[0].checks] == ["decided"]


@pytest.mark.parametrize(
    "text, said",
    [
        ("tests: {a: {}}\n", "2:9: the test asserts nothing"),
        ("config: nowhere\n" + ONE, "2:9: there is no configuration 'nowhere' beside this file, nor among backup-mx, "),
        ("config: .\n" + ONE, "2:9: "),
        ("tests: {a: {skip: '', expect: {code: 250}}}\n", "2:19: '' is not a reason; say in a sentence why"),
        ('tests: {a: {skip: "\\x9b31m", expect: {code: 250}}}\n', "2:19: a reason is one line, without control characters"),
        ("resolvers: 1.2.3\n" + ONE, "2:12: '1.2.3' is not an IPv4 or IPv6 address"),
        ("policy: rejcet\n" + ONE, "2:9: 'rejcet' is not a behaviour of a stand-in; did you mean reject?"),
        ("delivery: sinks\n" + ONE, "2:11: 'sinks' is not a way of delivery; did you mean sink?"),
        ("resolver_options: trust ad\n" + ONE, "2:19: 'trust ad' is not an option of resolv.conf; write trust-ad, "),
        ("tables: {users: {a: b}}\n" + ONE, "2:10: 'users' is not the name of a table; as in mysql:"),
        ("tables: {'mysql:/x.cf': {'a b': c}}\n" + ONE, "2:26: 'a b' is not the key of an entry; it is one word"),
        ("tables: {'mysql:/x.cf': {a: b}}\n" + ONE, "2:9: the configuration names no table 'mysql:/x.cf'; "),
        ("csv: nowhere\n" + ONE, "2:6: there is no folder 'nowhere' beside this file"),
        ("tests: {a: {xfail: , expect: {code: 250}}}\n", "2:19: a reason is wanted here, not nothing"),
        ("tests: {a: {steps: [{expect: {code: 250}}, {}]}}\n", "2:9: the test asserts nothing"),
        ("tests: {a: {without: quite-log, expect: {code: 250}}}\n", "2:22: 'quite-log' is not a guard; did you mean quiet-log?"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, said: str) -> None:
    """Each is told where it was written."""
    assert mistake(text).startswith(said)


def test_a_closed_port_meets_no_fault(sheet: Plays) -> None:
    """Where nobody has to listen, nobody has to ask: the fault is not missed."""
    text = "tests: {a: {host: 1.2.3.4, ptr: timeout, expect: {verdict: [accept, closed]}}}\n"
    (play,) = sheet(text)
    closed = replace(evidence().sessions[0], exchanges=(), ended="refused")
    seen = evidence(sessions=(closed,), log=(), messages=(), queries=())
    assert judge(seen, play.rounds[0].checks, play.rounds[0].without).status is Status.PASS
    assert judge(evidence(queries=()), play.rounds[0].checks, play.rounds[0].without).status is Status.UNKNOWN
