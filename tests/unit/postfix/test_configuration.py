"""What postconf(1) says of a mail host, asked by way of a shell."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.postfix.configuration import LISTS, ROUTES, SCREEN, Configured, query_postconf
from postfix_lab.postfix.replies.own_rules import PARAMETERS

MASTER = "submission/inet/smtpd_relay_restrictions = permit_sasl_authenticated,reject\nsubmission/inet/x =\n"
ANSWERS = {
    "postconf -x greedy a-b": "greedy = permit\na-b = reject\n",
    "postconf -Px": MASTER,
}


class Shell:
    """Answers as a mail host whose restriction classes are these."""

    def __init__(self, classes: str) -> None:
        self.classes = classes
        self.commands: list[str] = []

    def __call__(self, command: str) -> str:
        assert command.endswith(" 2>/dev/null")
        self.commands.append(command.removesuffix(" 2>/dev/null"))
        first = f"smtpd_restriction_classes = {self.classes}\nsmtpd_delay_reject = yes\nno value\n"
        return ANSWERS.get(self.commands[-1], first)


def test_what_is_asked() -> None:
    """Lists, what postscreen decides by, the classes and each class; then what services have of their own."""
    shell = Shell("greedy, a-b, $(reboot)")
    found = query_postconf(shell, "main", "master", ("x",))
    first, *others = shell.commands
    assert others == ["postconf -x greedy a-b", "postconf -Px"]
    assert first.split() == [
        "postconf", "-x", *LISTS, *PARAMETERS, *ROUTES, *SCREEN, "smtpd_restriction_classes", "cleanup_service_name",
        "compatibility_level", "smtpd_peername_lookup", "smtpd_delay_reject",
        "smtpd_relay_before_recipient_restrictions", "smtpd_reject_unlisted_recipient", "smtpd_reject_unlisted_sender",
    ]  # fmt: skip
    assert (found.main_cf, found.master_cf, found.overrides) == ("main", "master", ("x",))
    assert found.services == {
        "submission/inet": {"smtpd_relay_restrictions": "permit_sasl_authenticated,reject", "x": ""}
    }


def test_without_classes_none_is_asked_for() -> None:
    """Then there are two commands."""
    shell = Shell("")
    assert query_postconf(shell, "", "master", ()).classes == ()
    assert len(shell.commands) == 2


def test_a_folder_without_master_cf() -> None:
    """The mail host's own is used, and a note says so, as of a main.cf without compatibility_level."""
    shell = Shell("")
    found = query_postconf(shell, "myhostname = x\n", "", (), {"/etc/postfix/x": "a b\n"})
    assert (shell.commands[-1], found.own_master, found.tables) == ("cat /etc/postfix/master.cf", False, {"/etc/postfix/x": "a b\n"})
    assert [note.split(",")[0] for note in found.notes] == ["the folder has no master.cf"]
    old = replace(found, own_master=True, values={"compatibility_level": "0"})
    assert [note.split(",")[0] for note in old.notes] == ["main.cf has no compatibility_level"]
    assert replace(old, main_cf="compatibility_level = 0\n").notes == ()
    assert replace(old, overrides=("compatibility_level",)).notes == ()


def test_values() -> None:
    """A service's own wins; what nobody knows is empty."""
    found = query_postconf(Shell("greedy, a-b"), "", "", ())
    assert found.classes == ("greedy", "a-b")
    assert found.value("greedy") == "permit"
    assert found.value("smtpd_delay_reject", "submission/inet") == "yes"
    assert found.value("smtpd_relay_restrictions", "submission/inet") == "permit_sasl_authenticated,reject"
    assert [found.value("smtpd_relay_restrictions"), Configured("", "").value("x", "y")] == ["", ""]


def test_the_names_are_those_of_a_release() -> None:
    """But for what only one of them has."""
    from tests.unit.postfix.test_parameters import DEFAULTS

    renamed = {"postscreen_blacklist_action", "postscreen_denylist_action"}
    assert set(LISTS) - DEFAULTS.keys() == set()
    assert set(SCREEN) - DEFAULTS.keys() <= renamed
