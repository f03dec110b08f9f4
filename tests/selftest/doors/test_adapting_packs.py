"""Packs that adapt to what a configuration names, against configurations that are right and that are wrong: green and red, for the reason that is theirs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from postfix_lab import ScenarioFailed, Scene
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.pytest_plugin.yaml_items import run_round
from postfix_lab.yaml.bind.play import Play, Wanted, plays
from postfix_lab.yaml.packs import pack_file
from tests.selftest.command import Command

RunPack = Callable[..., dict[str, str]]
SPELLINGS = {f"one-message-stays-one[{name}]" for name in ("lf-dot-lf", "lf-dot-crlf", "crlf-dot-lf", "crlf-dot-cr-crlf")}
"""What Postfix took for the end of a message before it knew better."""
RELAY = {f"stranger-{how}[10.0.0.1]" for how in ("to-outside", "with-our-sender")}


@pytest.fixture
def run_pack(lab: Scene, tmp_path: Path) -> RunPack:
    """Play a pack against a configuration that ships, changed line by line: each scenario with its status and note."""

    def run(
        pack: str, name: str, changes: dict[str, str] | None = None, debian: int = 12, only: str = ""
    ) -> dict[str, str]:
        folder = shutil.copytree(CONFIGURATIONS / name, tmp_path / "etc")
        main = (folder / "main.cf").read_text()
        for old, new in (changes or {}).items():
            assert old in main
            main = main.replace(old, new)
        (folder / "main.cf").write_text(main)
        found = plays(pack_file(pack), Wanted((debian,), config=folder))
        return {play.id.replace(f"-{debian}]", "]"): _played(lab, play, tmp_path) for play in found if only in play.id}

    return run


def _played(lab: Scene, play: Play, folder: Path) -> str:
    """`pass` and the note, or `fail`; a scenario that stays unknown is an error."""
    scene = Scene(lab.executor, "pack", folder, "")
    host = lab.start(play.debian, play.setup)
    try:
        (told,) = [run_round(scene, host, planned) for planned in play.rounds]
    except ScenarioFailed:
        return "fail"
    return f"pass {'; '.join(told)}"


def red(told: dict[str, str]) -> set[str]:
    """The scenarios that failed."""
    assert told
    return {name for name, said in told.items() if said.startswith("fail")}


@pytest.mark.parametrize("name", ["seed", "debian-default", "behind-nat"])
def test_a_configuration_without_lists_is_told_so(run_pack: RunPack, name: str) -> None:
    """In words, by the name of the only scenario, which sees that none is asked."""
    told = run_pack("dnsbl", name)
    assert list(told) == ["the-configuration-names-no-dns-list[12]"]
    assert red(told) == set()


def test_lists_of_postscreen_and_smtpd(run_pack: RunPack) -> None:
    """Who is listed is refused by either, and whoever is not fares the same whatever the list answers."""
    told = run_pack("dnsbl", "strict")
    others = "; ".join(f"{who}: accept: RCPT accepted with 250 2.1.5" for who in ("public-resolver", "servfail", "timeout"))
    for name, code in (("bl.example.postscreen", "550"), ("bl2.example.reject_rbl_client", "554")):
        said = told[f"block-list[{name}]"]
        assert said.startswith(f"pass listed: reject: RCPT refused with {code} 5.7.1; listed-v6: reject: ")
        assert said.endswith(f"; clean: accept: RCPT accepted with 250 2.1.5; {others}")
    assert told["other-list[wl.example.postscreen]"].startswith("pass listed: accept")


def test_lists_of_names(run_pack: RunPack) -> None:
    """By the client's name, confirmed or not, by HELO and by the sender's domain: the pack's clients are listed by each."""
    kinds = ("client", "reverse_client", "helo", "sender")
    asked = ", ".join(f"reject_rhsbl_{kind} {kind.replace('_', '-')}.example=127.0.1.[2..4]" for kind in kinds)
    told = run_pack("dnsbl", "seed", {"biff = no": f"smtpd_recipient_restrictions = {asked}"})
    assert red(told) == set()
    assert len(told) == len(kinds)
    assert all(said.startswith("pass listed: reject: RCPT refused with 554 5.7.1; listed-v6: reject") for said in told.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"=127.0.0.[2..11]": ""},
        {"postscreen_dnsbl_action = enforce\n": "", "= reject_rbl_client": "= permit, reject_rbl_client"},
    ],
)
def test_lists_that_are_wrong(run_pack: RunPack, changes: dict[str, str]) -> None:
    """Without a filter; with an action that was forgotten, and with a permit in front of the restriction."""
    told = run_pack("dnsbl", "strict", changes, only="block-list")
    assert red(told) == {"block-list[bl.example.postscreen]", "block-list[bl2.example.reject_rbl_client]"}


@pytest.mark.parametrize("debian", [11, 12, 13])
def test_one_message_becomes_two(run_pack: RunPack, debian: int) -> None:
    """Where bare LF is let in: by default before 3.9, on trixie if somebody says so."""
    changes = {"biff = no": "smtpd_forbid_bare_newline = no"} if debian == 13 else {}
    assert red(run_pack("smuggling", "seed", changes, debian)) == SPELLINGS


@pytest.mark.parametrize("name, debian", [("seed", 11), ("seed", 12), ("behind-nat", 12), ("debian-default", 13)])
def test_one_message_stays_one(run_pack: RunPack, name: str, debian: int) -> None:
    """With the remedy, or on a release that needs none."""
    remedy = {"compatibility_level = 2": "compatibility_level = 2\nsmtpd_forbid_bare_newline = normalize"}
    told = run_pack("smuggling", name, {} if debian == 13 else remedy, debian)
    assert red(told) == set()
    assert ("reject" if debian == 13 else "accept") in told[f"before-the-greeting[{debian}]"]


def test_who_comes_by_way_of_the_gateway(run_pack: RunPack) -> None:
    """Behind a router that masquerades the world may relay, and rules about names mean nothing any more."""
    told = run_pack("masquerade", "behind-nat")
    assert red(told) == RELAY
    assert "as-itself: defer: RCPT refused with 450 4.7.1; as-the-gateway: accept" in told["no-ptr[10.0.0.1]"]


@pytest.mark.parametrize("name", ["seed", "debian-default"])
def test_usual_gateways_may_not_relay(run_pack: RunPack, name: str) -> None:
    """Where mynetworks has the host alone, Docker's bridge and a router are strangers like any other."""
    told = run_pack("masquerade", name)
    assert red(told) == set()
    assert "port-25: " in told["stranger-to-outside[docker]"]


def test_names_behind_tests_after_the_greeting(run_pack: RunPack) -> None:
    """The pack `rdns` where postscreen sends every client away once: its clients have been there before."""
    deep = "postscreen_greet_wait = 2s\npostscreen_bare_newline_enable = yes\npostscreen_pipelining_enable = yes"
    told = run_pack("rdns", "strict", {"postscreen_greet_wait = 2s": deep}, only="v4")
    assert red(told) == set()
    assert len(told) == 6
    assert not any("4.3.2" in said for said in told.values())


def test_an_open_relay_behind_tests_after_the_greeting(run_pack: RunPack) -> None:
    """That postscreen sends every client away once hides nothing: red, though the first visit is refused."""
    relay = "smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination"
    changes = {
        "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination": relay,
        "postscreen_greet_wait = 2s": "postscreen_greet_wait = 2s\npostscreen_pipelining_enable = yes",
    }
    told = run_pack("relay", "strict", changes, only="port-25-v4")
    assert red(told) == {f"stranger-{how}[port-25-v4]" for how in ("to-outside", "with-our-sender")}


def test_what_an_upgrade_changes(tmp_path: Path) -> None:
    """Only what ends differently is shown; a scenario that fails on a release is exit code 1, a difference alone is not."""
    command = Command(tmp_path)
    seed = ("--config", str(CONFIGURATIONS / "seed"), "--debian", "12,13")
    done = command("run", "--pack", "upgrade", "--pack", "smuggling", "--pack", "relay", *seed)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "6 of 31 scenarios differ between Debian 12 and 13.\n" in done.stdout
    assert "packs/relay" not in done.stdout
    assert 'reject: CONNECT refused with 554 5.5.0 "Error: SMTP protocol synchronization"' in done.stdout
    told = json.loads(command("run", "--pack", "upgrade", str(pack_file("smuggling")), "-k", "without", *seed, "--json").stdout)
    (one,) = told["differences"]
    assert (told["exit_code"], one["scenario"]) == (0, "packs/smuggling::without-waiting")
    assert [release["debian"] for release in one["releases"]] == [12, 13]
