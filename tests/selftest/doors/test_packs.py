"""The packs: green on what is sane, with its own answers told, and red where a configuration is wrong."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from postfix_lab import InputError, Scene, Setup
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.checks.mail import spf_sentence
from postfix_lab.verdict.checks.outcomes import outcome_sentence
from postfix_lab.verdict.judge import judge
from postfix_lab.yaml.bind.play import Wanted, plays
from postfix_lab.yaml.packs import pack_file
from tests.selftest.inner import Inner

FOREIGN = Path(__file__).parent / "foreign"
PACKS = ("chroot", "helo", "sender-domain", "spf")
SLOW = {"iredmail", "mailcow", "postscreen"}
"""postscreen makes each client of these wait."""
ENDS = {
    "seed": {
        "chroot::names[v4-12]": "accept: DATA accepted with 354",
        "chroot::passwords-and-certificates[port-465-12]": "closed",
        "helo::opens-no-way[our-name-12]": "reject: RCPT refused with 554 5.7.1",
        "sender-domain::ours[12]": "reject: RCPT refused with 550 5.7.23",
        "spf::pass[v6-12]": "accept: DATA accepted with 354; SPF pass",
        "spf::forbids[fail-12]": "reject: RCPT refused with 550 5.7.23; SPF fail",
        "spf::rests-on-a-broken-mx[gone-12]": "reject: RCPT refused with 550 5.7.23; SPF fail",
        "spf::makes-no-sense[two-records-12]": "accept: DATA accepted with 354; SPF permerror",
        "spf::failing[timeout-12]": "accept: DATA accepted with 354; SPF temperror",
        "spf::null-sender[fail-12]": "reject: RCPT refused with 550 5.7.23; SPF fail",
    },
    "debian-default": {
        "chroot::maps-and-sockets[12]": "accept: MESSAGE accepted with 250 2.0.0",
        "helo::doubtful[invalid-characters-12]": "accept: DATA accepted with 354",
        "helo::opens-no-way[localhost-12]": "defer: RCPT refused with 454 4.7.1",
        "sender-domain::takes-none[nxdomain-12]": "accept: DATA accepted with 354",
        "spf::forbids[fail-12]": "accept: DATA accepted with 354; SPF not checked",
    },
    "strict": {
        "chroot::dns[12]": "accept: DATA accepted with 354",
        "helo::doubtful[not-fqdn-12]": "reject: RCPT refused with 504 5.5.2",
        "sender-domain::takes-mail[a-only-12]": "accept: DATA accepted with 354",
        "sender-domain::takes-none[null-mx-12]": "reject: RCPT refused with 550 5.7.27",
        "spf::forbids[softfail-12]": "accept: DATA accepted with 354; SPF not checked",
    },
}
"""What becomes of some sessions; of `strict`, which makes each of them wait for 2 s, no others are held."""
WRONG = {
    "every-helo-is-refused": (
        "helo", "smtpd_helo_restrictions = check_helo_access regexp:{{/right/ REJECT}}", ["ehlo", "helo", "v6"],
    ),
    "a-helo-opens-the-way": (
        "helo", "smtpd_relay_restrictions = check_helo_access inline:{mx.lab.test=OK}, reject_unauth_destination",
        ["our-name"],
    ),
    "bounces-are-refused": (
        "sender-domain", "smtpd_sender_restrictions = check_sender_access inline:{{<> = REJECT}}", ["null-sender"],
    ),
    "a-milter-out-of-reach": (
        "chroot", "smtpd_milters = unix:/run/dkim.sock\nmilter_default_action = accept", ["maps-and-sockets"],
    ),
    "a-password-service-out-of-reach": ("chroot", "smtpd_sasl_path = /run/auth", ["port-587"]),
}  # fmt: skip
"""A pack, lines that make the seed's main.cf wrong, and the tests or rows that have to find it."""
Ends = dict[str, tuple[Status, str]]


@pytest.mark.parametrize("name", ENDS)
def test_sane_configurations(lab: Scene, name: str) -> None:
    """None is red, and what is told is what this configuration makes of it."""
    ends = _hold(lab, PACKS, CONFIGURATIONS / name, set(ENDS[name]) if name == "strict" else None)
    assert {test for test, (status, _) in ends.items() if status is not Status.PASS} == set()
    assert {test: ends[test][1] for test in ENDS[name]} == ENDS[name]


@pytest.mark.parametrize("name", sorted({path.name for path in FOREIGN.iterdir()} - SLOW))
def test_configurations_of_others(lab: Scene, name: str) -> None:
    """Nor is one that was written for somebody else's host."""
    ends = _hold(lab, PACKS, FOREIGN / name)
    assert len(ends) > 60
    assert {test for test, (status, _) in ends.items() if status is not Status.PASS} == set()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_configurations(lab: Scene, tmp_path: Path, name: str) -> None:
    """A mistake turns the tests red that are about it, and no others."""
    pack, lines, found = WRONG[name]
    assert _red(_hold(lab, (pack,), _seed_with(tmp_path, "main.cf", lines))) == found


def test_neutral_is_refused(lab: Scene, tmp_path: Path) -> None:
    """RFC 7208 section 8.2 forbids it."""
    folder = _seed_with(tmp_path, "policyd-spf.conf", "Mail_From_reject = SPF_Not_Pass")
    assert _red(_hold(lab, ("spf",), folder)) == ["neutral"]


def test_nobody_is_looked_up(lab: Scene, tmp_path: Path) -> None:
    """Where smtpd asks for no client's name, that is told, and nothing is missed."""
    ends = _hold(lab, ("rdns",), _seed_with(tmp_path, "main.cf", "smtpd_peername_lookup = no"))
    assert {test for test, (status, _) in ends.items() if status is Status.PASS} == set(ends)
    told = "defer: RCPT refused with 450 4.7.1"
    assert {test: said for test, (_, said) in ends.items()} == {
        f"rdns::nobody-is-looked-up[{family}-12]": told for family in ("v4", "v6")
    }


def test_an_empty_chroot_is_red(inner: Inner) -> None:
    """The seed article's failure, as the command shows it: the client has no name, and nobody was asked."""
    files = [str(pack_file(name)) for name in ("chroot", "spf")]
    done = inner.run("", *files, "--lab-chroot=empty", "--lab-lines", "-k", "names or dns or fail")
    lines = re.findall(r"^(?:pass|fail|unknown) .* packs/.*$", done.output, re.MULTILINE)
    assert [line.split("::")[1].split("  ")[0] for line in lines if line.startswith("fail")] == ["names [v4]", "names [v6]"]
    assert "  got      connect from unknown[203.0.113.10]" in done.output
    assert "got never asked; no DNS question" in done.output
    assert "spf::forbids [fail] -> defer: RCPT refused with 450 4.7.1; SPF not checked" in done.output


def test_a_configuration_that_nobody_runs(lab: Scene, inner: Inner) -> None:
    """Packs go without the canary; a mistake is told with its line before they are run, and once."""
    folder = FOREIGN.parent / "foreign_broken" / "unknown-word"
    with pytest.raises(InputError, match=r"/main\.cf:5: ") as first:
        lab.start(12, Setup(folder, canary=False))
    with pytest.raises(InputError) as second:
        lab.start(12, Setup(folder, canary=False))
    assert first.value is second.value
    done = inner.run("", str(pack_file("helo")), f"--lab-config={folder}", "--lab-lines")
    assert done.code == 2
    assert done.output.count("main.cf:5: Postfix does not run with it: unknown smtpd restriction") == 1
    assert "Traceback" not in done.output


def _hold(lab: Scene, packs: tuple[str, ...], config: Path, chosen: set[str] | None = None) -> Ends:
    """What became of each test, by its name, with what the line of it tells."""
    ends: Ends = {}
    for pack in packs:
        for play in plays(pack_file(pack), Wanted((12,), config=config, stand_ins="all")):
            name, (planned,) = f"{pack}::{play.id}", play.rounds
            if chosen is None or name in chosen:
                host = lab.start(12, play.setup)
                seen = lab.executor.run(host, Scenario(name, planned.sessions, planned.world), planned.limit)
                verdict = judge(seen, planned.checks, planned.without)
                said = [outcome_sentence(seen.sessions[0]), *([spf_sentence(seen)] if planned.tell_spf else [])]
                ends[name] = verdict.status, "; ".join(said)
    return ends


def _red(ends: Ends) -> list[str]:
    """The rows, or tests without rows, that are red."""
    red = [test.partition("::")[2] for test, (status, _) in ends.items() if status is Status.FAIL]
    return [re.sub(r"^.*\[(.+)-12\]$|\[12\]$", r"\1", test) for test in red]


def _seed_with(folder: Path, file: str, lines: str) -> Path:
    wrong = shutil.copytree(CONFIGURATIONS / "seed", folder / "wrong")
    with (wrong / file).open("a") as settings:
        settings.write(f"{lines}\n")
    return wrong
