"""Lookup tables: compiled, replaced, fed by the scenario, and what empty means."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices, CsvTables
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.draft import begin_draft
from postfix_lab.fit.named_tables import TableReference
from postfix_lab.fit.table_backends import Backend, choose
from postfix_lab.postfix.files import main_cf
from postfix_lab.runtime.admin_folder import read_source
from tests.unit.fit.conftest import Fit, told

USERS = "mysql:/etc/postfix/users.cf"


def main(fitted: object) -> str:
    return str(fitted.files["/etc/postfix/main.cf"].text)  # type: ignore[attr-defined]


def test_a_source_is_compiled(fitted: Fit) -> None:
    """It is postmap for tables, postalias for aliases, each once."""
    made = fitted(
        "virtual_alias_maps = hash:/etc/postfix/virtual\ncanonical_maps = hash:/etc/postfix/virtual\n",
        files={"virtual": "a b\n", "aliases": "root: ann\n"},
    )
    assert made.commands == (("postalias 'hash:/etc/aliases'", "/etc/aliases"), ("postmap 'hash:/etc/postfix/virtual'", "virtual"))


def test_a_missing_file_is_missing(fitted: Fit) -> None:
    """Postfix answers 451 as in life, and the report has the line; by a word, a stand-in finds nothing."""
    made = fitted("header_checks = pcre:/etc/postfix/headers\n")
    assert "/etc/postfix/headers" not in made.files
    delta = told(made, "pcre:")
    assert (delta.file, delta.line, delta.value) == ("main.cf", 5, "missing, as in life")
    lent = fitted("header_checks = pcre:/etc/postfix/headers\n", stand_ins="all")
    assert lent.files["/etc/postfix/headers"].text == ""
    assert told(lent, "pcre:").value == "empty"


def test_a_source_without_its_index(fitted: Fit) -> None:
    """By a word it is compiled, and where no table has an index; where another has one, it is missing."""
    text = "canonical_maps = hash:/etc/postfix/a\nrelocated_maps = hash:/etc/postfix/b\n"
    sources = {"a": "x y\n", "b": "x y\n"}
    compiled = [("postmap 'hash:/etc/postfix/a'", "a"), ("postmap 'hash:/etc/postfix/b'", "b")]
    bare = fitted(text, files=sources)
    assert list(bare.commands) == compiled
    assert told(bare, "hash:/etc/postfix/a, hash:/etc/postfix/b").value == "compiled"
    copy = fitted(text, files={**sources, "b.db": "?"})
    assert told(copy, "hash:/etc/postfix/a").value == "missing, as in life"
    assert [file for _, file in copy.commands] == ["b"]
    assert list(fitted(text, files={**sources, "b.db": "?"}, stand_ins="all").commands) == compiled


def test_an_index_of_no_table(fitted: Fit) -> None:
    """A cache or what else ends in .db says nothing about the tables."""
    assert len(fitted("canonical_maps = hash:/etc/postfix/a\n", files={"a": "", "cache.db": ""}).commands) == 1


def test_an_index_beside_its_source(fitted: Fit) -> None:
    """It is used as it is, and the report says so."""
    made = fitted("canonical_maps = hash:/etc/postfix/a\n", files={"a": "x y\n", "a.db": "?"})
    assert made.files["/etc/postfix/a.db"].text == "?"
    assert told(made, "hash:/etc/postfix/a").value == "as compiled"


def test_accounts_in_the_chroot(fitted: Fit) -> None:
    """A chrooted smtpd(8) cannot read them; one without a chroot has the stand-in, as proxymap(8) has."""
    master = "587 inet n - n - - smtpd\n"
    made = fitted("local_recipient_maps = unix:passwd.byname\n", master=master)
    assert main_cf.value(main(made), "local_recipient_maps") == "unix:passwd.byname"
    assert "-o local_recipient_maps=static:exists" in made.files["/etc/postfix/master.cf"].text
    assert told(made, "unix:passwd.byname (local_recipient_maps)").value == "missing, as in life"
    proxied = fitted("local_recipient_maps = proxy:unix:passwd.byname\n", master=master)
    by_a_word = fitted("local_recipient_maps = unix:passwd.byname\n", master=master, stand_ins="all")
    unchrooted = fitted("local_recipient_maps = unix:passwd.byname\n", master=master, chroot=Chroot.OFF)
    for made in (proxied, by_a_word, unchrooted):
        assert main_cf.value(main(made), "local_recipient_maps") == "static:exists"


def test_a_query_that_is_missing(fitted: Fit) -> None:
    """The file of a database's table is missing where those of others are there; where none is, they were left out."""
    text = f"virtual_alias_maps = {USERS}, mysql:/etc/postfix/other.cf\n"
    assert told(fitted(text), USERS).value == "empty"
    made = fitted(text, files={"other.cf": "query = x\n"})
    assert told(made, USERS).value == "missing, as in life"
    assert str(main_cf.value(main(made), "virtual_alias_maps")).startswith("texthash:/etc/postfix/users.cf, ")
    assert told(fitted(text, tables={USERS: {}}), USERS).value == "0 entries"


@pytest.mark.parametrize("written", [USERS, f"proxy:{USERS}", "mysql:$config_directory/users.cf"])
def test_entries_of_the_scenario(fitted: Fit, written: str) -> None:
    """A foreign table gets them under the name that the configuration has for it, proxied or not."""
    made = fitted(f"virtual_alias_maps = {written}\n", tables={USERS: {"a@lab.test": "b@lab.test"}})
    place = "/etc/postfix-lab/tables/mysql-etc-postfix-users.cf"
    assert main_cf.value(main(made), "virtual_alias_maps") == f"texthash:{place}"
    assert made.files[place].text == "a@lab.test b@lab.test\n"


def test_a_table_in_two_roles(fitted: Fit) -> None:
    """Mailboxes that are also looked up as aliases: everybody exists, and nobody is an alias, let alone a domain."""
    made = fitted(f"virtual_mailbox_maps = {USERS}\nvirtual_alias_maps = {USERS}\nsmtpd_sender_login_maps = {USERS}\n")
    assert main_cf.value(main(made), "virtual_mailbox_maps") == "static:exists"
    aliases, owners = (str(main_cf.value(main(made), name)) for name in ("virtual_alias_maps", "smtpd_sender_login_maps"))
    assert made.files[aliases.partition(":")[2]].text == ""
    assert made.files[owners.partition(":")[2]].text == "/^(.+@lab\\.test)$/ $1\n"


def test_entries_of_a_csv_file(fitted: Fit) -> None:
    """A folder of CSV files feeds the tables of their names."""
    made = fitted(f"virtual_alias_maps = {USERS}\n", csv=CsvTables("/people", {"users.cf": {"a@lab.test": "b@lab.test"}}))
    assert "a@lab.test b@lab.test\n" in [content.text for content in made.files.values()]


def test_entries_for_nothing_are_a_mistake(fitted: Fit) -> None:
    """Whoever feeds a table that the configuration does not name hears of the nearest."""
    with pytest.raises(InputError, match=r"did you mean mysql:/etc/postfix/users.cf\?"):
        fitted(f"virtual_alias_maps = {USERS}\n", tables={"mysql:/etc/postfix/user.cf": {}})


def test_every_recipient_exists(fitted: Fit) -> None:
    """An empty table of mailboxes would refuse everybody."""
    made = fitted(f"virtual_mailbox_maps = {USERS}\n")
    assert main_cf.value(main(made), "virtual_mailbox_maps") == "static:exists"
    assert told(made, USERS).value == "every recipient exists"


def test_the_own_domain_stays_the_own(fitted: Fit) -> None:
    """Of several lists of domains that nobody answers, the one of mailboxes gets it."""
    made = fitted(
        "mydestination = localhost\nrelay_domains = mysql:/r.cf\nvirtual_mailbox_domains = mysql:/d.cf\n"
    )
    assert made.files["/etc/postfix-lab/tables/mysql-d.cf"].text == "lab.test own\n"
    assert made.files["/etc/postfix-lab/tables/mysql-r.cf"].text == ""
    assert made.domain == "lab.test"


def test_own_senders_belong_to_themselves(fitted: Fit) -> None:
    """An empty table of owners would refuse every user, and one that owns a stranger's address every stranger."""
    made = fitted(f"smtpd_sender_login_maps = {USERS}\n")
    assert str(main_cf.value(main(made), "smtpd_sender_login_maps")).startswith("regexp:/etc/postfix-lab/")
    owners = made.files["/etc/postfix-lab/tables/mysql-etc-postfix-users.cf"].text.splitlines()
    assert owners == [r"/^(.+@lab\.test)$/ $1"]


def test_a_host_right_below_a_tld(fitted: Fit) -> None:
    """Its parent is nobody's domain, so the domain that no file names is the host's own name."""
    made = fitted(f"myhostname = office.example\nmydestination =\nvirtual_mailbox_domains = {USERS}\n")
    assert made.domain == "office.example"


def test_another_way_of_compiling(fitted: Fit) -> None:
    """What this Postfix cannot compile is compiled as hash, from the same source."""
    made = fitted("transport_maps = cdb:/etc/postfix/transport\n", files={"transport": "a smtp:b\n"})
    assert main_cf.value(main(made), "transport_maps") == "hash:/etc/postfix/transport"
    assert ("postmap 'hash:/etc/postfix/transport'", "transport") in made.commands


def test_the_content_of_an_inline_table_is_no_table(fitted: Fit) -> None:
    """`user:secret` in it is a password; what a table of tables is made of is looked at."""
    fitted("smtp_sasl_password_maps = inline:{ {[smtp.provider.example] = user:secret} }\n")
    with pytest.raises(InputError, match=r"no table type 'pcer'"):
        fitted("transport_maps = unionmap:{static:a, pcer:/x}\n")


def test_an_unknown_type_is_refused(fitted: Fit, tmp_path: Path) -> None:
    """With file, line and the near miss, in main.cf and in an option of master.cf."""
    with pytest.raises(InputError, match=rf"{tmp_path}/main.cf:5: .*did you mean hash\?"):
        fitted("transport_maps = hsah:/etc/postfix/transport\n")
    with pytest.raises(InputError, match=rf"{tmp_path}/master.cf:4: .*no table type 'pcer'"):
        fitted(master="587 inet n - y - - smtpd\n  -o header_checks=static:x\n  -o virtual_alias_maps=pcer:/x\n".replace("  -o header_checks=static:x\n", ""))


def test_what_needs_no_server_stays(fitted: Fit) -> None:
    """Tables within Postfix, caches and transports are left alone."""
    text = (
        "virtual_uid_maps = static:5000\nsmtp_tls_session_cache_database = btree:${data_directory}/scache\n"
        "relayhost = [smtp.example]:587\nx = inline:{a=b}\n"
    )
    made = fitted(text)
    assert [delta.what for delta in made.deltas] == ["virtual_transport"]
    assert text in main(made)


def test_a_table_is_one_word_for_the_shell(fitted: Fit) -> None:
    """A file may be called anything; the command that builds it runs nothing else."""
    for odd in ("a'&reboot&'", "`reboot`|x"):
        made = fitted(f"virtual_alias_maps = hash:/etc/postfix/{odd}\n", files={odd: "x y\n"})
        built = [shlex.split(command) for command, _ in made.commands if "reboot" in command]
        assert built == [["postmap", f"hash:/etc/postfix/{odd}"]]


@pytest.mark.parametrize(
    "kind, there, given, backend",
    [
        ("hash", "t", False, Backend.BUILT),
        ("hash", "t.db", False, Backend.COMPILED),
        ("hash", "t.db", True, Backend.BUILT),
        ("lmdb", "t.db", False, Backend.MISSING),
        ("regexp", "t", False, Backend.BUILT),
        ("regexp", "t.db", False, Backend.MISSING),
        ("cdb", "t", False, Backend.AS_HASH),
        ("mysql", "t", True, Backend.STAND_IN),
        ("unix", "", False, Backend.STAND_IN),
    ],
)
def test_one_choice_of_a_backend(tmp_path: Path, kind: str, there: str, given: bool, backend: Backend) -> None:
    """What answers follows from the type, from what the folder holds, and from whether the scenario has entries."""
    (tmp_path / "main.cf").write_text("myhostname = mx.lab.test\n")
    (tmp_path / (there or "nothing")).write_text("")
    draft = begin_draft(read_source(tmp_path), Choices(), {}, "")
    assert choose(draft, TableReference("", kind, "/etc/postfix/t"), given=given) is backend


def test_a_table_of_another_type_that_is_missing(fitted: Fit) -> None:
    """The type that is compiled here takes its place, and what stands for a missing file takes the place of that."""
    made = fitted("relay_domains = far.example\nrelay_recipient_maps = cdb:/etc/postfix/there\n", stand_ins="all")
    assert main_cf.value(main(made), "relay_recipient_maps") == "static:exists"
    assert told(made, "hash:/etc/postfix/there").value == "every recipient exists"


def test_an_index_outside_of_the_folder(fitted: Fit) -> None:
    """It is one of the setup's files, so that it goes with the setup."""
    made = fitted(files={"aliases": "root: ann\n"}, main="alias_maps = hash:/etc/aliases\n")
    assert made.files["/etc/aliases.db"].text == "compiled\n"
    assert ("postalias 'hash:/etc/aliases'", "/etc/aliases") in made.commands
