"""Tests that a configuration calls for, and sessions that have to fare like another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.judge import judge
from postfix_lab.yaml.bind.per_configuration import ITEMS
from postfix_lab.yaml.vocabulary.scalars import EACH
from tests.unit.evidence_builder import evidence, log_of, session
from tests.unit.yaml.conftest import Mistake, Plays

LISTS = """
tests:
  a:
    each: block-list
    zonedata: {9.113.0.203.$list: [A: $answer]}
    expect: {code: 250}
  b: {each: other-list, expect: {code: 250}}
  c: {each: no-list, expect: {code: 250}}
"""
GATEWAY = "tests: {a: {each: gateway, host: $gateway, expect: {code: 250}}}\n"


def office(folder: Path, **values: str) -> Path:
    """The seed with these parameters."""
    shutil.copytree(CONFIGURATIONS / "seed", folder / "office")
    main = folder / "office" / "main.cf"
    main.write_text(main.read_text() + "".join(f"{name} = {value}\n" for name, value in values.items()))
    return folder / "office"


def test_each_word_is_bound() -> None:
    """What `each` may say has items in a configuration."""
    assert set(ITEMS) == set(EACH.words)


def test_a_test_for_each_list(sheet: Plays) -> None:
    """Its words stand for the list and what it answers; the others are there, too, if only empty."""
    found = sheet(LISTS, config=CONFIGURATIONS / "strict")
    assert [play.id for play in found] == [
        "a[bl.example.postscreen-12]",
        "a[bl2.example.reject_rbl_client-12]",
        "b[wl.example.postscreen-12]",
    ]
    zones = "".join(str(zone.text) for zone in found[0].rounds[0].world.zones)
    assert "9.113.0.203.bl.example. A 127.0.0.2" in zones
    assert all(f"{name}.example. TXT" in zones for name in ("bl", "bl2", "wl"))


def test_a_configuration_without_a_list(sheet: Plays) -> None:
    """What is said about that is one test, with nothing behind its name."""
    assert [play.id for play in sheet(LISTS, config=CONFIGURATIONS / "seed")] == ["c[12]"]


@pytest.mark.parametrize(
    "mynetworks, gateways",
    [
        ("127.0.0.0/8 [::1]/128 [::ffff:127.0.0.0]/104", ["172.17.0.1", "192.168.1.1", "fd00::1"]),
        ("127.0.0.0/8, 10.0.0.0/24 10.0.0.0/24 [fd12::]/64", ["10.0.0.1", "fd12::1"]),
        ("!10.1.1.1 192.0.2.7", ["192.0.2.7"]),
        ("203.0.113.8/31 203.0.113.12/30", ["203.0.113.8", "203.0.113.13"]),
        ("cidr:/etc/postfix/none hash:/nowhere", ["172.17.0.1", "192.168.1.1", "fd00::1"]),
    ],
)
def test_gateways(sheet: Plays, tmp_path: Path, mynetworks: str, gateways: list[str]) -> None:
    """The first address of each network, or the usual ones."""
    found = sheet(GATEWAY, config=office(tmp_path, mynetworks=mynetworks))
    assert [play.rounds[0].sessions[0].address for play in found] == gateways


def test_a_session_fares_like_another(sheet: Plays) -> None:
    """The verdict and the codes, not the words."""
    (play,) = sheet("""
    tests:
      a:
        sessions:
          - {case: clean, host: 203.0.113.10, expect: {verdict: [accept, reject]}}
          - {case: odd, host: 203.0.113.10, expect: {like: clean}}
    """)
    assert play.rounds[0].session_names == ("clean", "odd")
    good, no, other = session(), session(RCPT="554 5.7.1 One"), session(RCPT="554 5.7.1 Another")
    checks, without = play.rounds[0].checks, ("log-complete", "client-address", "accepted-arrives")
    for pair, status in (((no, other), Status.PASS), ((good, no), Status.FAIL), ((no, good), Status.FAIL)):
        seen = evidence(sessions=pair, log=log_of(), messages=())
        assert judge(seen, checks, without).status is status
    assert judge(evidence(sessions=(good,), log=log_of(), messages=()), checks, without).status is Status.FAIL


def test_gateways_of_a_table(sheet: Plays, tmp_path: Path) -> None:
    """A cidr table and a plain list of networks are read; a comment in one is no network."""
    folder = office(tmp_path, mynetworks="cidr:/etc/postfix/lan, /etc/postfix/vpn")
    (folder / "lan").write_text("# ours\n10.8.0.0/16 OK\n\n127.0.0.0/8 OK\n")
    (folder / "vpn").write_text("[fd12::]/64\n")
    assert [play.rounds[0].sessions[0].address for play in sheet(GATEWAY, config=folder)] == ["10.8.0.1", "fd12::1"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("tests: {a: {each: lists, expect: {code: 250}}}\n", "2:19: 'lists' is not a thing that a configuration may name"),
        ("tests: {a: {expect: {code: 250, text: $list}}}\n", "2:39: $list stands for nothing here"),
        ("tests: {a: {expect: {like: clean}}}\n", "2:28: no session is called 'clean'"),
        (
            "tests: {a: {sessions: [{case: a, expect: {like: b}}, {case: bb}]}}\n",
            "2:49: no session is called 'b'; did you mean bb?",
        ),
    ],
)
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told where it was written."""
    assert mistake(text).startswith(message)
