"""Warnings of postconf(1): each once for each line of the admin's, in main.cf and in master.cf."""

from __future__ import annotations

import pytest

from postfix_lab.fit.delta import Delta
from postfix_lab.fit.postconf_warnings import postconf_warnings
from postfix_lab.fit.source import Source

MAIN = """\
myhostname = mx.lab.test
mydestination = $lost,
  # $lost
  lab.test, ${lost}
one_own = 1
smtpd_banner = $one_own $(lost) $$lost $lostness
typo = x
smtp_typo = $typo
"""
MASTER = """\
smtp inet n - y - - smtpd
  -o smtpd_typo=a
  -o smtpd_banner=$lost
submission inet n - y - - smtpd
  -o smtpd_typo=a
  -o { smtpd_typo = b  c }
  -o own=1 -o smtpd_helo_required=$own
smtps inet n - y - - smtpd
  -o own=1
"""
SOURCE = Source("/x", {"postconf-n.txt": MAIN, "master.cf": MASTER}, main="postconf-n.txt", master="master.cf")


def warn(*texts: str, source: Source = SOURCE) -> list[tuple[str, int]]:
    """The file and line of each delta."""
    said = "myhostname = mx.lab.test\n" + "".join(f"/usr/sbin/postconf: warning: /etc/postfix/{text}\n" for text in texts)
    return [(delta.file, delta.line) for delta in postconf_warnings(said, source)]


@pytest.mark.parametrize(
    "text, places",
    [
        ("main.cf: unused parameter: smtp_typo=$typo", [("postconf-n.txt", 8)]),
        ("main.cf: unused parameter: of_the_scenario=1", [("postconf-n.txt", 0)]),
        ("main.cf: unused parameter: one_own=1", []),
        ("main.cf: unused parameter: own=1", []),
        ("master.cf: unused parameter: smtpd_typo=a", [("master.cf", 2), ("master.cf", 5)]),
        ("master.cf: unused parameter: smtpd_typo=b  c", [("master.cf", 6)]),
        ("master.cf: unused parameter: smtpd_typo=changed", [("master.cf", 2), ("master.cf", 5), ("master.cf", 6)]),
        ("master.cf: unused parameter: own=1", [("master.cf", 9)]),
        ("master.cf: unused parameter: typo=1", []),
        ("master.cf: unused parameter: not_his=1", [("master.cf", 0)]),
        ("main.cf: undefined parameter: lost", [("postconf-n.txt", 2), ("postconf-n.txt", 4), ("postconf-n.txt", 6)]),
        ("main.cf: undefined parameter: not_his", [("postconf-n.txt", 0)]),
        ("master.cf: undefined parameter: lost", [("master.cf", 3)]),
        ("master.cf: undefined parameter: not_his", [("master.cf", 0)]),
        ("main.cf, line 3: odd", [("postconf-n.txt", 3)]),
        ("main.cf, line 8: odd", [("postconf-n.txt", 8)]),
        ("main.cf, line 9: odd", [("postconf-n.txt", 0)]),
        ("master.cf: line 9: odd", [("master.cf", 9)]),
        ("master.cf: line 10: odd", [("master.cf", 0)]),
        ("x.pcre, line 3: odd", [("postconf-n.txt", 0)]),
    ],
)
def test_place(text: str, places: list[tuple[str, int]]) -> None:
    """The setting that nothing reads, the one that refers to what is not defined, or the line that is named."""
    assert warn(text) == places
    assert warn(text, text) == places


def test_words() -> None:
    """What nothing reads is named; another warning is as Postfix has it, made printable and cut short."""
    said = "postconf: warning: /etc/postfix/master.cf: unused parameter: smtpd_typo=b c\npostconf: warning: /x: \x1b" + "y" * 300
    unused, other = postconf_warnings(said, SOURCE)
    reason = "nothing reads it: unknown to this release, or misspelled"
    assert unused == Delta("smtpd_typo", "without effect", reason, "master.cf", 6)
    assert (other.what, other.value, other.line) == ("warning of postconf", "as it is", 0)
    assert (other.reason[:8], len(other.reason)) == ("/x: \\x1b", 200)


def test_parameter_that_is_set_several_times() -> None:
    """Each later setting once, whatever the fitted file's lines are, and not the first of them, which overrides nothing."""
    main = "a = 1\nb = 1\na = 2\n# a\na = 3\n"
    source = Source("/x", {"main.cf": main})
    said = [f"main.cf, line {line}: overriding earlier entry: a={value}" for line, value in ((2, 1), (3, 2), (1, 3), (2, 1))]
    text = "".join(f"postconf: warning: /etc/postfix/{line}\n" for line in said)
    assert [(delta.line, delta.reason) for delta in postconf_warnings(text, source)] == [
        (3, "/etc/postfix/main.cf, line 3: overriding earlier entry: a=1"),
        (5, "/etc/postfix/main.cf, line 5: overriding earlier entry: a=2"),
    ]
    assert warn("main.cf, line 2: overriding earlier entry: c=1", source=source) == [("main.cf", 2)]


def test_every_warning_is_there() -> None:
    """However many there are."""
    main = "".join(f"p{number} = 1\np{number} = 2\n" for number in range(20))
    said = [f"main.cf, line {2 * number + 2}: overriding earlier entry: p{number}=1" for number in range(20)]
    assert warn(*said, source=Source("/x", {"main.cf": main})) == [("main.cf", 2 * number + 2) for number in range(20)]


def test_name_that_another_setting_is_made_of() -> None:
    """A stand-in took the place of that setting."""
    source = Source("/etc", {"main.cf": "new_thing = yes\nfolder = /x\nalias_maps = hash:$folder/a\n"})
    assert warn("main.cf: unused parameter: new_thing=yes", "main.cf: unused parameter: folder=/x", source=source) == [("main.cf", 1)]


def test_folder_without_master_cf() -> None:
    """Debian's own has no line of the admin's."""
    source = Source("/x", {"main.cf": MAIN})
    assert warn("master.cf: unused parameter: x=1", source=source) == [("", 0)]
    assert postconf_warnings("all is well\nmyhostname = a: warning: b\n", source) == ()
