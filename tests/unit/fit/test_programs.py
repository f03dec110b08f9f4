"""Programs that master.cf starts."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.fitted import Fitted
from tests.unit.fit.conftest import Fit, told


def line(made: Fitted, number: int) -> str:
    return made.files["/etc/postfix/master.cf"].text.splitlines()[number - 1]


@pytest.mark.parametrize(
    "command, reason",
    [("/usr/lib/x/daemon", "/usr/lib/x/daemon is not in the lab"), ("smtpdd", "this Postfix has no daemon 'smtpdd'")],
)
def test_a_daemon_that_is_not_there(fitted: Fit, command: str, reason: str) -> None:
    """Its service is off."""
    entry = f"x unix - - y - - {command}"
    made = fitted(master=f"{entry}\n")
    assert line(made, 3) == f"#{entry}"
    delta = told(made, "master.cf x")
    assert (delta.value, delta.reason, delta.line) == ("off", reason, 3)


@pytest.mark.parametrize(
    "main, files",
    [
        ("virtual_transport = x\n", {}), ("mailbox_transport = x:y\n", {}), ("transport_maps = hash:/etc/postfix/t\n", {"t": "a.example x:\n"}),
        ("sender_dependent_default_transport_maps = inline:{a=x:}\n", {}),
    ],
)  # fmt: skip
def test_a_transport_that_is_used(fitted: Fit, main: str, files: dict[str, str]) -> None:
    """Its program hands mail to the sink instead, in the same chroot."""
    made = fitted(main, "x unix - n y - - pipe flags=R user=vmail argv=/usr/bin/maildrop\n", files=files, delivery="as-configured")
    assert line(made, 3) == (
        "x unix - n y - - pipe flags=Rq null_sender= user=nobody argv=/usr/bin/python3 -IS /opt/postfix-lab/stub.py deliver "
        "192.0.2.24:24 ${sender} ${recipient}"
    )
    assert (told(made, "master.cf x").value, told(made, "master.cf x").reason) == ("hands the mail to the sink", "maildrop is not in the lab")


def test_who_is_behind_a_program(fitted: Fit) -> None:
    """A program that nobody knows is called by its path."""
    made = fitted("virtual_transport = x\n", "x unix - n n - - pipe user=nobody argv=/opt/y\n", delivery="as-configured")
    assert told(made, "master.cf x").reason == "/opt/y is not in the lab"
    assert line(made, 3).startswith("x unix - n n - - pipe")


@pytest.mark.parametrize("files", [{}, {"t": "#a.example x:\nb.example xx:\nc.example y.x:\n"}])
def test_a_transport_that_nobody_uses(fitted: Fit, files: dict[str, str]) -> None:
    """It stays as it is; a comment and a longer name are no use."""
    entry = "x unix - n n - - pipe user=vmail argv=/usr/bin/maildrop"
    made = fitted("virtual_transport = xx\n", f"{entry}\n", files=files, delivery="as-configured")
    assert line(made, 3) == entry
    delta = told(made, "master.cf x")
    assert (delta.value, delta.reason) == ("as they are", "their programs are not in the lab, and no setting names them")


def test_a_filter_of_ones_own(fitted: Fit) -> None:
    """A content filter hands the mail back unchanged."""
    made = fitted("content_filter = x:dummy\n", "x unix - n n - - pipe user=filter argv=/opt/f\n")
    assert line(made, 3) == "x unix - n n - - pipe flags=Rq null_sender= user=nobody argv=/usr/sbin/sendmail -G -i -f ${sender} -- ${recipient}"
    assert told(made, "master.cf x").value == "hands the mail back unchanged"


@pytest.mark.parametrize(
    "user, commands, made_up",
    [
        ("nobody", [], []), ("mail", [], []),
        ("vmail", ["getent passwd vmail >/dev/null || useradd -r -M -U -s /usr/sbin/nologin vmail"], ["user vmail"]),
        (
            "nobody:grp",
            ["getent passwd nobody >/dev/null || useradd -r -M -U -s /usr/sbin/nologin nobody; getent group grp >/dev/null || groupadd -r grp"], [],
        ),
    ],
)  # fmt: skip
def test_the_user_of_a_program(fitted: Fit, user: str, commands: list[str], made_up: list[str]) -> None:
    """One that the image does not have is made."""
    made = fitted("virtual_transport = x\n", f"x unix - n n - - pipe user={user} argv=/bin/cat\n", delivery="as-configured")
    assert [command for command, _ in made.commands if "getent" in command] == commands
    assert [delta.what for delta in made.deltas if delta.what.startswith("user ")] == made_up
    assert line(made, 3) == f"x unix - n n - - pipe user={user} argv=/bin/cat"


def test_the_group_of_a_spawned_program(fitted: Fit) -> None:
    """It is made as well, though the image has the user: spawn(8) would end with `unknown group`."""
    made = fitted(master="x unix - n n - 0 spawn user=nobody:grp argv=/bin/cat\n")
    assert [command.rpartition("; ")[2] for command, _ in made.commands] == ["getent group grp >/dev/null || groupadd -r grp"]


@pytest.mark.parametrize("user", ["Vmail", "a;b", "a" * 33, "nobody:1x"])
def test_a_user_that_cannot_be(fitted: Fit, user: str) -> None:
    """It is refused with its line: the name goes into a shell command."""
    with pytest.raises(InputError, match="is no name that a user can have") as refused:
        fitted(master=f"x unix - n n - 0 spawn user={user} argv=/bin/cat\n")
    assert refused.value.line == 3
