"""A repository's folder at each door: a template, mounted elsewhere on its host, with the entries of a database beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selftest.command import Command

MAIN = """compatibility_level = 3.6
myhostname = ${SHOP_HOST}
mydestination =
alias_maps =
virtual_mailbox_domains = {{ domain }}
virtual_mailbox_maps = mysql:/data/mail/users.cf
virtual_transport = lmtp:unix:private/dovecot-lmtp
smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access hash:/data/mail/access
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/data/mail/passwords
"""
FILLED = ("--define", "SHOP_HOST=mx.shop.test", "--define", "domain=shop.test", "--at", "/data/mail")
YAML = """schema: postfix-lab/v1
tests:
  known: {to: bob@shop.test, expect: {verdict: accept, delivered: yes}}
  unknown: {to: eve@shop.test, expect: {verdict: reject, code: 550, enhanced: 5.1.1}}
  refused: {to: info@shop.test, expect: {verdict: reject, text: nobody reads this}}
"""
PYTHON = """
import pytest
from postfix_lab import accepted, refused

@pytest.mark.mail_host(config="shop", define={"SHOP_HOST": "mx.shop.test", "domain": "shop.test"}, at="/data/mail")
@pytest.mark.parametrize("to, wanted", [("bob@shop.test", accepted()), ("eve@shop.test", refused("RCPT", 550, "5.1.1"))])
def test_shop(lab, remote, to, wanted):
    lab.check(remote("203.0.113.10", name="mail.good.example").send(to=to), wanted)
"""


@pytest.fixture
def typed(tmp_path: Path) -> Command:
    """The folder, what lies beside it, and a scenario of each language."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.cf").write_text(MAIN)
    (folder / "access").write_text("info@shop.test REJECT nobody reads this\n")
    (folder / "users.cf").write_text("hosts = 127.0.0.1\ndbname = mail\nquery = SELECT 1\n")
    (tmp_path / "shop.tables.yaml").write_text("users.cf: {bob@shop.test: shop/bob/, info@shop.test: shop/info/}\n")
    (tmp_path / "shop.yaml").write_text(YAML)
    (tmp_path / "test_shop.py").write_text(PYTHON)
    return Command(tmp_path)


def test_run(typed: Command) -> None:
    """`run` fills in, and finds the entries; a Python test says it by the marker."""
    done = typed("run", "shop.yaml", "--config", "shop", *FILLED, "--debian", "12")
    assert (done.returncode, done.stdout.count("pass  ")) == (0, 3), done.stdout
    done = typed("run", "test_shop.py", "--debian", "12")
    assert (done.returncode, done.stdout.count("pass  ")) == (0, 2), done.stdout


@pytest.mark.parametrize(
    "command, to, code, told",
    [("send", "bob@shop.test", 0, "accepted"), ("send", "eve@shop.test", 24, "5.1.1"), ("explain", "info@shop.test", 24, "nobody reads this")],
)
def test_send_and_explain(typed: Command, command: str, to: str, code: int, told: str) -> None:
    """They take the same options."""
    done = typed(command, "--config", "shop", *FILLED, "--to", to)
    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout


def test_entries_by_option(typed: Command) -> None:
    """`--tables` names other entries, which win."""
    folder = typed.folder / "csv"
    folder.mkdir()
    (folder / "users.csv").write_text("eve@shop.test,shop/eve/\n")
    done = typed("send", "--config", "shop", *FILLED, "--tables", "csv", "--to", "eve@shop.test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert typed("send", "--config", "shop", *FILLED, "--tables", "csv", "--to", "bob@shop.test").returncode == 24


def test_check(typed: Command) -> None:
    """Nothing is missing, and the passwords that were left out are a note."""
    found = typed.json("check", "shop", *FILLED)
    tables = {finding["severity"] for finding in found["findings"] if finding["kind"] == "table"}
    assert tables <= {"note"}, found
    assert any("passwords are often left out on purpose" in finding["what"] for finding in found["findings"]), found


def test_not_filled_in(typed: Command) -> None:
    """Each door names what wants a value, with its line; a name that nothing wants is a mistake."""
    told = "these want a value: SHOP_HOST (main.cf:2), domain (main.cf:5); give each with --define SHOP_HOST=VALUE"
    checked = typed("check", "shop")
    assert (checked.returncode, told in " ".join(checked.stdout.split())) == (1, True), checked.stdout + checked.stderr
    for words in (("send", "--config", "shop"), ("run", "shop.yaml", "--config", "shop", "--debian", "12")):
        done = typed(*words)
        assert (done.returncode, told in done.stdout + done.stderr) == (2, True), done.stdout + done.stderr
    done = typed("send", "--config", "shop", *FILLED, "--define", "SHOP=x")
    assert (done.returncode, "nothing in the configuration wants a value for 'SHOP'" in done.stderr) == (2, True), done.stderr


def test_standing(typed: Command) -> None:
    """What `up` was given holds for each command after it, until a configuration is named."""
    try:
        up = typed("up", "--config", "shop", *FILLED, "--debian", "12")
        assert up.returncode == 0, up.stdout + up.stderr
        for words in (("send", "--to", "bob@shop.test"), ("explain", "--to", "bob@shop.test")):
            done = typed(*words)
            assert (done.returncode, "accepted" in done.stdout) == (0, True), done.stdout + done.stderr
        assert typed("send", "--to", "eve@shop.test").returncode == 24
        assert {one["kind"] for one in typed.json("check")["findings"] if one["severity"] == "error"} == set()
        assert typed("send", "--config", "shop").returncode == 2
    finally:
        typed("down")
