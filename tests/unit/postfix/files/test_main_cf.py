"""main.cf and master.cf are changed in place."""

from __future__ import annotations

from postfix_lab.postfix.files import main_cf

MAIN = """\
# a comment
myhostname = mx.lab.test
smtpd_relay_restrictions =
    permit_mynetworks,
# a comment inside
    reject_unauth_destination

mynetworks = 127.0.0.0/8
mynetworks = 10.0.0.0/8
"""
MASTER = """\
smtp      inet  n       -       y       -       -       smtpd
  -o syslog_name=postfix/here
#smtps    inet  n       -       y       -       -       smtpd
smtp      unix  -       -       y       -       -       smtp
"""


def test_logical_lines_are_joined_over_comments() -> None:
    """A value goes on in indented lines, and a comment in between does not end it."""
    found = main_cf.parameters(MAIN)[1]
    assert (found.name, found.value) == ("smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination")
    assert (found.first, found.last) == (3, 6)


def test_the_later_setting_wins() -> None:
    """As postconf(5) has it, the last setting of a parameter counts."""
    assert main_cf.value(MAIN, "mynetworks") == "10.0.0.0/8"
    assert main_cf.value(MAIN, "relayhost") is None


def test_setting_a_parameter_leaves_one_setting_and_all_comments() -> None:
    """A parameter that is set twice would make postconf(1) warn; comments are the admin's."""
    changed = main_cf.with_parameter(MAIN, "smtpd_relay_restrictions", "reject")
    assert [p.value for p in main_cf.parameters(changed) if p.name == "smtpd_relay_restrictions"] == ["reject"]
    assert "# a comment inside" in changed
    twice = main_cf.with_parameter(MAIN, "mynetworks", "")
    assert [p.value for p in main_cf.parameters(twice) if p.name == "mynetworks"] == [""]


def test_chroot_column_changes_for_the_command_alone() -> None:
    """Only services that run smtpd are changed; their options and comments stay."""
    changed = main_cf.with_chroot(MASTER, "smtpd", "n").splitlines()
    assert changed[0].split() == ["smtp", "inet", "n", "-", "n", "-", "-", "smtpd"]
    assert changed[1:] == MASTER.splitlines()[1:]
