"""A configuration while it is fitted: what it reads, and what each change makes of the files."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.draft import Content, Draft, Setting, Stub, begin_draft
from postfix_lab.fit.source import Source

MAIN = "a = 1\nb = $a,\n  2\nc = $mydomain\n"
MASTER = "smtp inet n - y - - smtpd\n  -o a=3\n  -o d=4\nlmtp unix - - y - - lmtp\n"


def draft(main: str = MAIN, master: str = MASTER, own: dict[str, str] | None = None, choices: Choices | None = None) -> Draft:
    source = Source("/shop", {"main.cf": main, "master.cf": master}, main="main.cf", master="master.cf")
    return begin_draft(source, choices or Choices(), own or {}, "")


def test_every_setting() -> None:
    """Parameters with their first lines, then the options of each service."""
    work = draft(own={"x": "lab"})
    smtp = work.services[0]
    assert list(work.settings()) == [
        Setting("a", "1", "main.cf", 1),
        Setting("b", "$a,  2", "main.cf", 2),
        Setting("c", "$mydomain", "main.cf", 4),
        Setting("x", "lab", "", 0),
        Setting("a", "3", "master.cf", 2, smtp),
        Setting("d", "4", "master.cf", 3, smtp),
    ]
    assert [(one.name, one.line) for one in work.of_kind(frozenset({"a", "d"}))] == [("a", 1), ("a", 2), ("d", 3)]
    assert [one.what for one in work.of_kind({"a": ""})] == ["a", "a of smtp"]


def test_whose_value_counts() -> None:
    """The scenario's, then the lab's, then the admin's; what nobody sets is Postfix's, but for the host's names."""
    work = draft(own={"a": "lab", "b": "lab"}, choices=Choices(main={"a": "mine"}))
    assert [work.lookup(name) for name in ("a", "b", "c", "queue_directory")] == ["mine", "lab", "$mydomain", "/var/spool/postfix"]
    assert [work.lookup(name) for name in ("nobody", "myhostname", "mydomain")] == [None, None, None]
    assert [work.value(name) for name in ("a", "c", "nobody", "data_directory")] == ["mine", "$mydomain", "", "/var/lib/postfix"]
    assert work.expand("$a/${b} x") == "mine/lab x"


def test_a_setting_of_main_cf() -> None:
    """A changed one keeps its line, a new one has none; both are noted."""
    work = draft()
    work.set(Setting("a", "1", "main.cf", 1), "9")
    work.set(Setting("new", ""), "8")
    work.drop("b")
    work.drop("none")
    assert work.changed == {"a": "9", "new": "8", "b": None, "none": None}
    assert [(one.name, one.value, one.file, one.line) for one in work.settings() if one.service is None] == [
        ("a", "9", "main.cf", 1), ("c", "$mydomain", "main.cf", 4), ("new", "8", "", 0),
    ]  # fmt: skip
    assert work.master_text == MASTER


def test_an_option_of_master_cf() -> None:
    """It is changed in its line, and main.cf stays."""
    work = draft()
    work.set(next(one for one in work.settings() if one.what == "a of smtp"), "9")
    assert work.master_text == MASTER.replace("a=3", "a=9")
    assert work.changed == {}


def test_a_word_is_replaced() -> None:
    """In the value as it is now; a word that comes from another parameter in the expanded one."""
    work = draft("a = x, y\nb = $a z\n")
    first, second = list(work.settings())[:2]
    work.substitute(first, "y", "Y")
    work.substitute(first, "x", "X")
    work.substitute(second, "Y", "new")
    work.substitute(Setting("gone", "p $a", "main.cf", 9), "p", "q")
    assert work.changed == {"a": "X, Y", "b": "X, new z", "gone": "q $a"}


def test_files_of_the_mail_host() -> None:
    """A relative path is below the queue directory; what the image has is there."""
    work = draft()
    work.place("etc/x", "one", 0o600, "root:mail")
    work.place("/etc/y", "two")
    assert work.files == {"/var/spool/postfix/etc/x": Content("one", 0o600, "root:mail"), "/etc/y": Content("two", 0o644, "")}
    assert [work.has(path) for path in ("etc/x", "/var/spool/postfix/etc/x", "/etc/../etc/y", "/etc/aliases", "/etc/z")] == [True, True, True, True, False]


def test_the_files_of_the_folder() -> None:
    """They lie in /etc/postfix, but for the two of Postfix, those of collaborators, and tables of the scenario."""
    texts = {name: name for name in ("main.cf", "master.cf", "virtual", "sasl.passwd", "policyd-spf.conf", "tables/x.csv", "sub/tables")}
    texts["main.cf"], texts["master.cf"] = MAIN, MASTER
    source = Source("/shop", texts, main="main.cf", master="master.cf", modes={"virtual": 0o600}, neighbours={"/etc/aliases": "root: ann\n"})
    work = begin_draft(source, Choices(), {}, "")
    assert work.files == {
        "/etc/postfix/virtual": Content("virtual", 0o600),
        "/etc/postfix/sub/tables": Content("sub/tables"),
        "/etc/aliases": Content("root: ann\n"),
    }


def test_lines_of_the_report() -> None:
    """With the place of a setting or of a service, or without one."""
    work = draft()
    setting, service = list(work.settings())[1], work.services[1]
    work.add_delta("w", "v", "r")
    work.add_delta("w", "v", "r", setting)
    work.add_delta("w", "v", "r", service)
    assert work.deltas == [Delta("w", "v", "r"), Delta("w", "v", "r", "main.cf", 2), Delta("w", "v", "r", "master.cf", 4)]


def test_entries_of_master_cf() -> None:
    """They are renamed, rewritten and commented out in place."""
    work = draft()
    smtp, lmtp = work.services
    work.rename(smtp, "25")
    work.switch_off(lmtp)
    assert work.master_text == MASTER.replace("smtp inet", "25 inet").replace("lmtp unix", "#lmtp unix")
    work.rewrite(smtp, "465 inet n - n - - smtpd")
    assert work.master_text.splitlines()[0] == "465 inet n - n - - smtpd"
    assert len(work.master_text.splitlines()) == 4


def test_one_stub_at_a_place() -> None:
    """The first one stays."""
    work = draft()
    first = Stub("milter", "unix:/x")
    work.add_stub(first)
    work.add_stub(Stub("policy", "unix:/x", "reject"))
    assert work.stubs == {"unix:/x": first}
    assert (first.mode, first.to) == ("accept", "")


def test_refusals() -> None:
    """With the place of a setting or of a service, else with the folder; control characters move no terminal."""
    work = draft()
    setting, service = list(work.settings())[1], work.services[1]
    assert str(work.refusal("no\x1b", setting)) == "/shop/main.cf:2: no\\x1b"
    assert str(work.refusal("no", service)) == "/shop/master.cf:4: no"
    assert str(work.refusal("no", Setting("x", ""))) == str(work.refusal("no")) == "/shop: no"


def test_without_a_master_cf() -> None:
    """The release's own text is used; without one there are no services."""
    source = Source("/shop", {"main.cf": MAIN}, main="main.cf", master="")
    assert begin_draft(source, Choices(), {}, "").services == ()
    own = begin_draft(source, Choices(), {}, MASTER)
    assert [service.name for service in own.services] == ["smtp", "lmtp"]
    assert own.master_file == "/shop/master.cf"


def test_a_parameter_that_names_itself() -> None:
    """It is refused with its line."""
    with pytest.raises(InputError, match=r"^/shop/main.cf:1"):
        draft("a = $a\n")
