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
    "a table that lets forgers relay": Case(
        main="smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks,\n"
        "  check_helo_access pcre:/etc/postfix/friends, reject_unauth_destination\n",
        files={"friends": "/^mail\\.friend\\.example$/ OK\n"},
        found=(("open-relay", "main.cf:9", "who claims to be mail.friend.example"),),
    ),
    "submission that nobody can use": Case(
        main="smtpd_delay_reject = no\nsmtpd_tls_auth_only = yes\n",
        master="submission inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_security_level=may\n"
        "  -o smtpd_tls_cert_file=/etc/ssl/certs/ssl-cert-snakeoil.pem\n"
        "  -o smtpd_tls_key_file=/etc/ssl/private/ssl-cert-snakeoil.key\n"
        "  -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n",
        found=(("submission", f"master.cf:{NEXT + 5}", "nobody can submit mail at submission (port 587), by reject"),),
    ),
    "mail that is held": Case(
        main="header_checks = regexp:/etc/postfix/held\n",
        files={"held": "/^From:/ HOLD\n"},
        found=(("not-delivered", "main.cf:7", "accepted and held"),),
    ),
    "mail that a table discards": Case(
        main="smtpd_relay_restrictions = check_sender_access static:DISCARD, reject_unauth_destination\n",
        found=(("not-delivered", "main.cf:7", "accepted and discarded"),),
    ),
    "recipients that nobody knows": Case(
        main="relay_domains = far.example\n",
        found=(("backscatter", "main.cf:7", "@far.example is accepted"),),
    ),
    "lists that refuse a public resolver": Case(
        main="smtpd_recipient_restrictions =\n  permit_dnswl_client list.dnswl.org,\n  reject_rbl_client zen.spamhaus.org,\n"
        "  reject_rhsbl_sender dbl.spamhaus.org,\n  reject_rbl_client bl.spamhaus.net=127.0.0.[2..11]\n",
        found=(
            ("dns-list-refusal", "main.cf:8", "lets every client pass"),
            ("dns-list-refusal", "main.cf:9", "zen.spamhaus.org: its answer"),
            ("dns-list-refusal", "main.cf:10", "dbl.spamhaus.org: its answer"),
        ),
    ),
    "delivery agents that die": Case(
        main="virtual_mailbox_domains = box.example\nmessage_size_limit = 60000000\nvirtual_mailbox_limit = 0\n",
        found=(("fatal", "", "postfix/virtual says: fatal: bad string length 0 < 1: virtual_mailbox_base"),
               ("size-limits", "main.cf:8", "above mailbox_size_limit")),
    ),
    "what no admin leaves so": Case(
        main="smtpd_sasl_auth_enable = yes\nmynetworks = 127.0.0.0/8 172.0.0.0/8\n  10.0.0.0/8 !10.0.0.1\n"
        "relay_domains = gmail.com\nsmtpd_sender_restrictions = permit_sasl_authenticated,\n  reject_sender_login_mismatch,\n"
        "  reject_unverified_sender, reject_rbl_client relays.ordb.org,\n  check_sender_access hash:/etc/postfix/senders\n",
        master="smtps inet n - y - - smtpd\n  -o smtpd_client_restrictions=$mua_client_restrictions\n",
        files={"senders": "@friend.example REJECT\n"},
        found=(
            ("auth-before-tls", "main.cf:7", "before TLS at smtp"),
            ("public-mynetworks", "main.cf:8", "172.0.0.0/8"),
            ("late-exception", "main.cf:9", "!10.0.0.1"),
            ("others-domain", "main.cf:10", "gmail.com"),
            ("disarmed-restriction", "main.cf:12", "reject_sender_login_mismatch"),
            ("callout", "main.cf:13", "reject_unverified_sender"),
            ("dns-list-gone", "main.cf:13", "relays.ordb.org"),
            ("table-key", "senders:1", "@friend.example"),
            ("wrappermode", f"master.cf:{NEXT}", "smtps"),
            ("undefined-parameter", f"master.cf:{NEXT + 1}", "$mua_client_restrictions is set nowhere, so the setting is empty"),
        ),
    ),
    "a dollar sign": Case(
        main="header_checks = regexp:{{/end$/ HOLD}}\n",
        found=(("refused", "main.cf:7", "write $$ for a dollar sign"),),
    ),
    "a path that is none": Case(
        main="readme_directory = /usr/share/doc\nhtml_directory = none\n",
        found=(("fatal", "main.cf:8", '"none" should be'),),
    ),
    "two files of lists": Case(
        main="relay_domains = /etc/postfix/relays\nvirtual_mailbox_domains = /etc/postfix/boxes\n",
        found=(("refused", "main.cf:7", "/etc/postfix/relays"), ("refused", "main.cf:8", "/etc/postfix/boxes")),
    ),
    "a template": Case(
        main="mynetworks = ${OUR_NETS}\n",
        found=(("refused", "main.cf:7", "OUR_NETS"),),
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
        places = [f"{Path(f['file']).name}:{f['line']}" for f in mine]
        assert place in places or (mine and not place), told["findings"]
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


QUIET = {
    "a trial before the real one": "smtpd_recipient_restrictions = permit_mynetworks, warn_if_reject reject_unknown_client_hostname,\n"
    "  reject_unknown_client_hostname\n",
    "a class that a policy service may name": "smtpd_restriction_classes = slow\nslow = reject_unknown_sender_domain\n"
    "smtpd_recipient_restrictions = check_policy_service inet:127.0.0.1:10040\n",
    "filtered lists": "smtpd_recipient_restrictions = permit_dnswl_client list.dnswl.org=127.0.[0..255].[1..3],\n"
    "  reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]\n",
    "plaintext refused": "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = /etc/ssl/x.pem\nsmtpd_tls_key_file = /etc/ssl/x.key\n"
    "smtpd_sender_restrictions = reject_plaintext_session\n",
    "a table that only trusts": "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination,\n"
    "  check_reverse_client_hostname_access inline:{mail.friend.example=OK}, check_sender_access inline:{friend.example=OK}\n",
    "a relay host": "relayhost = [smarthost.example]\nrelay_domains = far.example\nrelay_recipient_maps = inline:{ann@far.example=ok}\n",
}
"""Lines that are as they should be."""


@pytest.mark.parametrize("name", QUIET)
def test_no_false_alarm(standing: Command, tmp_path: Path, name: str) -> None:
    """What looks odd and is right is no finding, nor is anything that the lab does."""
    main = QUIET[name].replace("local_recipient_maps =\n", "") + "luser_relay = postmaster\n"
    told = checked(standing, tmp_path / "shop", Case((), main))
    assert [f for f in told["findings"] if f["matters"]] == []
    assert told["exit_code"] == 0


def test_few_processes(standing: Command, tmp_path: Path) -> None:
    """The lab holds no more sessions than the listeners have processes for, and meets no limit of its own making."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.cf").write_text(f"{MAIN}luser_relay = postmaster\n")
    (folder / "master.cf").write_text(MASTER.replace("smtp      inet  n       -       y       -       -", "smtp      inet  n       -       y       -       1"))
    told: dict[str, Any] = standing.json("check", str(folder))
    assert "       1       smtpd" in (folder / "master.cf").read_text()
    assert [f for f in told["findings"] if f["matters"]] == []


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
    places = [f"{f['file']}:{f['line']}" for f in told["findings"]]
    wanted = str(HERE / "foreign_broken" / name / BROKEN[name][0])
    assert told["exit_code"] == 1
    assert wanted in places or f"{wanted}:1" in places  # What is about a whole file has its first line.


def test_every_finding_has_a_line(standing: Command, tmp_path: Path) -> None:
    """Also where something is absent, and where Postfix says something that names no setting."""
    told = checked(standing, tmp_path / "shop", Case((), "smtpd_timeout = soon\nmessage_size_limit = 20\nmessage_size_limit = 30\n"))
    assert len(told["findings"]) >= 2
    assert all(f["line"] for f in told["findings"])


def test_what_is_told(standing: Command, tmp_path: Path) -> None:
    """Place, severity, kind and remedy; what was replaced; no escape sequence of the admin's gets to the terminal."""
    (tmp_path / "main.cf").write_text(MAIN + "smtpd_relay_restrictions = permit, \x1b[2Jreject\n")
    ignored = ("--ignore", "open-relay", "--ignore", "canary")
    done = standing("check", str(tmp_path), *ignored, COLUMNS="80")
    assert done.returncode == 1
    words = " ".join(done.stdout.split())
    finding = f"{tmp_path}/main.cf:7: warning: smtpd_relay_restrictions: \\x1b[2Jreject can never fire"
    assert finding in words
    assert finding in standing("check", str(tmp_path), *ignored).stdout
    assert "    move it in front of permit, or take it out\n" in done.stdout
    assert "replaced local_transport, virtual_transport" in words
    assert "local mail is handed to the sink" in standing("check", str(tmp_path), "--full").stdout
    assert max(map(len, done.stdout.splitlines())) <= max(80, len(str(tmp_path)) + 20)
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
