"""Dovecot's auth: where it listens, what it reads, and how it fails."""

from __future__ import annotations

import pytest

from postfix_lab.fit.collaborators.collaborator import Daemon
from postfix_lab.fit.draft import Stub
from tests.unit.fit.conftest import Fit, told

SASL = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"
PLACE = "unix:/var/spool/postfix/private/auth"
USERS = {"sasl.passwd": "ann@lab.test:{PLAIN}x\n"}
CONFIGURATION = "/etc/dovecot/dovecot.conf"


@pytest.mark.parametrize(
    "how, stubs",
    [
        ("absent", ()),
        ("hang", (Stub("policy", PLACE, "hang"),)),
        ("wrong-owner", (Stub("policy", PLACE, "wrong-owner"),)),
    ],
)
def test_failing(fitted: Fit, how: str, stubs: tuple[Stub, ...]) -> None:
    """Dovecot does not run, whatever users the folder has; at its place there is nothing, or somebody else."""
    made = fitted(SASL, files=USERS, sasl=how)
    assert made.stubs == stubs
    assert [(daemon.name, daemon.sockets) for daemon in made.daemons] == [("stubs", (PLACE,))] * len(stubs)
    assert told(made, PLACE).value == f"Dovecot's auth that says {how}"


@pytest.mark.parametrize("main", [SASL, ""], ids=["asked", "not asked"])
def test_users_of_the_folder(fitted: Fit, main: str) -> None:
    """With users it runs, whether the configuration asks or not, and only its own group may read the passwords."""
    [dovecot] = fitted(main, files=USERS).daemons
    users = dovecot.files["/etc/dovecot/users"]
    assert (users.text, users.mode, users.owner) == (USERS["sasl.passwd"], 0o640, "root:dovecot")
    assert (dovecot.sockets, dovecot.lazy, dovecot.line) == ((PLACE,), True, "")


@pytest.mark.parametrize("debian, listener", [(12, "inet_listener {\n    address = 127.0.0.1"), (13, "inet_listener lab-12345")])
def test_syntax_by_release(fitted: Fit, debian: int, listener: str) -> None:
    """Dovecot 2.4 has another one."""
    [dovecot] = fitted(SASL.replace("private/auth", "inet:127.0.0.1:12345"), debian=debian).daemons
    text = dovecot.files[CONFIGURATION].text
    assert listener in text
    assert text.startswith("dovecot_config_version") is (debian == 13)


def test_equal_daemons(fitted: Fit) -> None:
    """The same users at the same socket need no new start; other users do."""
    same: list[Daemon] = [fitted(SASL + more, files=USERS).daemons[0] for more in ("", "soft_bounce = yes\n")]
    assert same[0] == same[1]
    assert same[0] != fitted(SASL, files={"sasl.passwd": "bob@lab.test:{PLAIN}x\n"}).daemons[0]
