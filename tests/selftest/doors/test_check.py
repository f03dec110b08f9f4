"""`postfix-lab check` as a person types it: each kind of finding is provoked, and what is clean is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from postfix_lab.paths import CONFIGURATIONS
from tests.selftest.command import Command
from tests.selftest.doors.test_foreign import BROKEN, HERE, RUNS

MAIN = """compatibility_level = 3.6
myhostname = mx.shop.example
mydestination = $myhostname, shop.example, localhost
mynetworks = 127.0.0.0/8 [::1]/128
alias_maps = hash:/etc/aliases
local_recipient_maps =
"""
"""Six lines; what a case adds begins at line 7."""
MASTER = (CONFIGURATIONS / "behind-nat" / "master.cf").read_text()
NEXT = MASTER.count("\n") + 1
"""The line of master.cf at which a case begins."""


@dataclass(frozen=True)
class Case:
    """What is broken, and what has to be found: kind, place and words of each."""

    found: tuple[tuple[str, str, str], ...]
    main: str = ""
    master: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


CASES = {
    "sockets": Case(
        main="smtpd_milters = unix:/run/rspamd/milter.sock\nmilter_default_action = accept\n"
        "smtpd_recipient_restrictions = check_policy_service unix:/run/greylist.sock\n"
        "mailbox_transport = lmtp:unix:/run/dovecot/lmtp\n"
        "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = /var/spool/postfix/private/auth\n",
        master="submission inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n",
        found=(
            ("socket", "main.cf:7", "cannot reach the milter unix:/run/rspamd/milter.sock"),
            ("socket", "main.cf:9", "cannot reach the policy service unix:/run/greylist.sock"),
            ("socket", "main.cf:10", "cannot reach the LMTP socket unix:/run/dovecot/lmtp"),
            ("socket", "main.cf:12", "cannot reach the SASL socket"),
        ),
    ),
    "lists": Case(
        main="virtual_alias_domains = shop.example\nvirtual_alias_maps = hash:/etc/postfix/virtual\n"
        "smtpd_recipient_restrictions =\n  permit,\n  reject_rbl_client bl.example\n"
        "smtpd_restriction_classes = lost\nlost = reject\nsmtpd_relay_restriction = reject_unauth_destination\n"
        "virtual_transport = dovecot\n",
        files={"virtual": "sales@shop.example ann\n"},
        found=(
            ("dead-restriction", "main.cf:11", "permit in front of it (main.cf:10) always decides"),
            ("dead-restriction", "main.cf:13", "the restriction class lost"),
            ("domain-overlap", "main.cf:3", "in virtual_alias_domains (main.cf:7)"),
            ("unused-parameter", "main.cf:14", "smtpd_relay_restriction"),
            ("transport", "main.cf:15", "master.cf has no transport dovecot"),
        ),
    ),
    "tables": Case(
        main="virtual_alias_maps = hash:/etc/postfix/virtual\n"
        "header_checks = regexp:/etc/postfix/header_checks\n"
        "transport_maps = mysql:/etc/postfix/routes.cf\n",
        files={"header_checks": "/^Subject: buy/ REJECT\n/^Subject: (sell/ REJECT\n",
               "routes.cf": "hosts = localhost\ndbname = mail\n"},
        found=(
            ("table", "main.cf:7", "hash:/etc/postfix/virtual is not in the folder"),
            ("table", "main.cf:8", "line 2"),
            ("socket", "main.cf:9", "a UNIX socket outside of the chroot"),
        ),
    ),
    "what the configuration lacks": Case(
        main="local_recipient_maps = unix:passwd.byname\n"
        "smtpd_recipient_restrictions = check_policy_service unix:private/spf-check\n"
        "virtual_alias_maps = hash:/etc/postfix/virtual\n"
        "canonical_maps = hash:/etc/postfix/canonical\n",
        files={"virtual": "", "canonical": "", "canonical.db": "no index at all"},
        found=(
            ("table", "main.cf:7", "unix:passwd.byname is looked up by smtpd(8), which is chrooted (master.cf:2)"),
            ("socket", "main.cf:8", "nothing in master.cf makes private/spf-check"),
            ("table", "main.cf:9", "hash:/etc/postfix/virtual has no /etc/postfix/virtual.db"),
            ("table", "main.cf:10", "cannot be read here, so it is compiled anew"),
        ),
    ),
    "a table that lets senders relay": Case(
        main="smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks,\n"
        "  check_sender_access hash:/etc/postfix/friends, reject_unauth_destination\n",
        files={"friends": "shop.example OK\n"},
        found=(("open-relay", "main.cf:9", "who calls himself postmaster@shop.example"),),
    ),
    "mynetworks of everybody": Case(
        main="smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\nmynetworks = 0.0.0.0/0 [::]/0\n",
        found=(("open-relay", "main.cf:8", "let pass by permit_mynetworks"),),
    ),
    "a router": Case(
        main="smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
        "mynetworks = 127.0.0.0/8 10.9.0.0/16\n",
        found=(("gateway-relay", "main.cf:8", "a gateway's address (10.9.0.1)"),),
    ),
    "a daemon that dies": Case(
        main="smtpd_timeout = soon\n",
        found=(("fatal", "main.cf:7", "smtpd_timeout"),),
    ),
    "an unknown restriction": Case(
        main="smtpd_recipient_restrictions = reject_unauth_destinations\n",
        found=(
            ("warning", "main.cf:7", 'unknown smtpd restriction: "reject_unauth_destinations"'),
            ("canary", "main.cf:7", "451 4.3.5"),
        ),
    ),
    "a listener without a certificate": Case(
        master="smtps inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n",
        found=(("listener", f"master.cf:{NEXT}", "nobody greets at the listener smtps"),),
    ),
    "one port twice": Case(
        master="25 inet n - y - - smtpd\n",
        found=(("warning", f"master.cf:{NEXT}", "duplicate master.cf entry"),),
    ),
    "a port that nobody knows": Case(
        master="nosuchport inet n - y - - smtpd\n",
        found=(("fatal", f"master.cf:{NEXT}", "Postfix does not start"),),
    ),
    "a stale chroot": Case(
        options=("--chroot", "stale"),
        found=(("chroot", "master.cf:2", "/var/spool/postfix/etc/resolv.conf is stale"),),
    ),
    "no line": Case(main="smtpd_helo_required yes\n", found=(("refused", "main.cf:7", "no = behind"),)),
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A lab that stands."""
    command = Command(tmp_path_factory.mktemp("check"))
    done = command("up", "--debian", "12")
    assert done.returncode == 0, done.stderr
    yield command
    assert command("down").returncode == 0


def checked(command: Command, folder: Path, case: Case) -> dict[str, Any]:
    """What `check --json` says of that configuration."""
    folder.mkdir()
    (folder / "main.cf").write_text(MAIN + case.main)
    (folder / "master.cf").write_text(MASTER + case.master)
    for name, text in case.files.items():
        (folder / name).write_text(text)
    told: dict[str, Any] = command.json("check", str(folder), *case.options)
    return told


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found(standing: Command, tmp_path: Path, name: str) -> None:
    """Each finding has its kind, its file and line, and a remedy; the exit code is 1."""
    case = CASES[name]
    told = checked(standing, tmp_path / "shop", case)
    assert told["exit_code"] == 1
    for kind, place, words in case.found:
        mine = [f for f in told["findings"] if f["kind"] == kind and words in f["what"]]
        places = [f"{Path(f['file']).name}:{f['line']}" if f["line"] else Path(f["file"]).name for f in mine]
        assert place in places, told["findings"]
        assert all(f["remedy"] and f["matters"] for f in mine)


def test_a_death_is_seen_in_the_log(standing: Command, tmp_path: Path) -> None:
    """Whoever waits for a daemon that died does not wait for the limit of a reply, 30 s."""
    began = monotonic()
    told = checked(standing, tmp_path / "shop", Case((), "smtpd_client_connection_count_limit = many\n"))
    assert told["exit_code"] == 1
    assert monotonic() - began < 20


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGURATIONS.iterdir()))
def test_configurations_that_ship(standing: Command, name: str) -> None:
    """They are clean; behind-nat is there to show that its router may relay."""
    told = standing.json("check", str(CONFIGURATIONS / name))
    matter = {finding["kind"] for finding in told["findings"] if finding["matters"]}
    assert matter == ({"gateway-relay"} if name == "behind-nat" else set()), told["findings"]
    assert told["exit_code"] == bool(matter)
    assert told["mail_host"]["deltas"]


@pytest.mark.parametrize("name", sorted(RUNS))
def test_foreign_configurations_run(standing: Command, name: str) -> None:
    """Each is tried to its end, with places that its own files have; nothing is a traceback, and nobody relays."""
    folder = HERE / "foreign" / name
    done = standing("check", str(folder), "--stand-ins", "all", "--json")
    told = json.loads(done.stdout)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    assert (told["trouble"], [f for f in told["findings"] if f["kind"] in ("open-relay", "listener", "refused")]) == ([], [])
    assert all(Path(f["file"]).is_file() for f in told["findings"]), told["findings"]
    assert RUNS[name] in json.dumps(told["mail_host"]["deltas"])


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_configurations_are_found(standing: Command, name: str) -> None:
    """Whatever no Postfix runs with is a finding with the very place, before or after the start."""
    told = standing.json("check", str(HERE / "foreign_broken" / name))
    places = [f"{f['file']}:{f['line']}" if f["line"] else f["file"] for f in told["findings"]]
    assert told["exit_code"] == 1
    assert str(HERE / "foreign_broken" / name / BROKEN[name][0]) in places


def test_what_is_told(standing: Command, tmp_path: Path) -> None:
    """Place, severity, kind and remedy; what was replaced; no escape sequence of the admin's gets to the terminal."""
    (tmp_path / "main.cf").write_text(MAIN + "smtpd_relay_restrictions = permit, \x1b[2Jreject\n")
    done = standing("check", str(tmp_path), "--ignore", "open-relay", "--ignore", "canary")
    assert done.returncode == 1
    assert f"{tmp_path}/main.cf:7: warning: smtpd_relay_restrictions: \\x1b[2Jreject can never fire" in done.stdout
    assert "    move it in front of permit, or take it out\n" in done.stdout
    assert "local mail is handed to the sink" in done.stdout
    assert "[open-relay]" not in done.stdout
    assert "\x1b" not in done.stdout


def test_without_a_lab_that_stands(tmp_path: Path) -> None:
    """One is started and removed; the seed configuration is checked, and is clean."""
    done = Command(tmp_path)("check")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].endswith("seed: clean, 1 note")
    assert "No lab stands here" in done.stderr
    assert not (tmp_path / ".lab" / "standing.json").exists()


def test_what_is_no_configuration(tmp_path: Path) -> None:
    """A folder without a main.cf is a mistake in the call, with exit code 2."""
    done = Command(tmp_path)("check", str(tmp_path))
    assert done.returncode == 2
    assert "a configuration needs a main.cf" in done.stderr
