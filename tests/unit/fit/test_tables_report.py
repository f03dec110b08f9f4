"""What the report says of each table, and what its file and parameter become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.fitted import Fitted, fit
from postfix_lab.postfix.files import main_cf
from postfix_lab.runtime.admin_folder import read_source
from tests.unit.fit.conftest import MASTER, OWN

HOST = "myhostname = mx.lab.test\n"
NO_ACCOUNTS = f"{HOST}local_recipient_maps =\nalias_maps = hash:/etc/aliases\nmydestination = localhost\n"
LOST = "the folder does not hold it; Postfix would answer each lookup with 451 4.3.0"
ACCOUNTS = ("local_recipient_maps", "alias_maps")
Folder = Callable[..., Fitted]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Fit a main.cf that is given as a whole, with more files beside it."""

    def make(main: str, files: Mapping[str, str] | None = None, **choices: Any) -> Fitted:
        for name, text in {"main.cf": main, "master.cf": MASTER, **(files or {})}.items():
            (tmp_path / name).write_text(text)
        return fit(read_source(tmp_path), Choices(**choices), OWN, 12)

    return make


def said(made: Fitted) -> list[tuple[str, str, str, int]]:
    """Each line of the report about a table."""
    own = ("virtual_transport", "canary", "Debian packages")
    told = (delta for delta in made.deltas if delta.what not in own and delta.value != "compiled")
    return [(delta.what, delta.value, delta.reason, delta.line) for delta in told]


def values(made: Fitted, *names: str) -> list[str | None]:
    text = made.files["/etc/postfix/main.cf"].text
    return [main_cf.value(text, name) for name in names]


def added(made: Fitted) -> dict[str, str]:
    """The files but for Postfix's own two."""
    return {path: content.text for path, content in made.files.items() if path not in ("/etc/postfix/main.cf", "/etc/postfix/master.cf")}


IMPLIED = ("unix:passwd.byname (local_recipient_maps)", "every recipient exists", "the host's accounts are not in the lab; an empty table would refuse everybody", 0)
NIS = ("alias_maps", "hash:/etc/aliases", "its default also asks NIS, which is not in the lab", 0)


@pytest.mark.parametrize(
    "main, accounts, lines",
    [
        ("", ["static:exists $alias_maps", "hash:/etc/aliases"], [NIS, IMPLIED]),
        ("mydestination = lab.test\n", ["static:exists $alias_maps", "hash:/etc/aliases"], [NIS, IMPLIED]),
        ("mydestination = mx.lab.test\nalias_maps = hash:/etc/aliases\n", ["static:exists $alias_maps", "hash:/etc/aliases"], [IMPLIED]),
        ("mydestination =\n", [None, None], []),
        ("mydestination = other.example\n", [None, None], []),
        ("local_recipient_maps =\n", ["", None], []),
    ],
)  # fmt: skip
def test_the_hosts_accounts(folder: Folder, main: str, accounts: list[str | None], lines: list[tuple[str, str, str, int]]) -> None:
    """They are all that local_recipient_maps has by default, where the host takes mail for its own name or domain."""
    made = folder(HOST + main)
    assert (values(made, *ACCOUNTS), said(made)) == (accounts, lines)


@pytest.mark.parametrize("given", ["alias_maps = hash:/etc/aliases\nlocal_recipient_maps = proxy:unix:passwd.byname\n"])
def test_accounts_that_are_named(folder: Folder, given: str) -> None:
    """A list of accounts in another role has another description, and the same reason."""
    made = folder(f"{HOST}{given}relocated_maps = unix:group.byname\n")
    why = "the host's accounts are not in the lab; an empty table would refuse everybody"
    assert said(made) == [
        ("unix:passwd.byname (local_recipient_maps)", "every recipient exists", why, 3),
        ("unix:group.byname (relocated_maps)", "every account exists", why, 4),
    ]


@pytest.mark.parametrize("table", ["mysql:/r.cf", "hash:/etc/postfix/r"])
@pytest.mark.parametrize(
    "mailboxes, files, own",
    [
        ("hash:/etc/postfix/v", {"v": "a.example x\n"}, True),
        ("hash:/etc/postfix/v", {"v": "lab.test x\n"}, False),
        ("hash:/etc/postfix/v", {}, False),
        ("pgsql:/v.cf", {}, False),
    ],
)
def test_who_gets_the_own_domain(folder: Folder, table: str, mailboxes: str, files: dict[str, str], own: bool) -> None:
    """The first list of domains that nobody answers; none where the own domain is in a list already."""
    made = folder(f"{NO_ACCOUNTS}relay_domains = {table}\nvirtual_mailbox_domains = {mailboxes}\n", files, stand_ins="all")
    what = f"{table} (relay_domains)" if table.startswith("mysql") else table
    reason = "no mysql server is in the lab; " + ("an empty table would make the own domain a stranger's" if own else "nothing is found in it")
    expected = (what, "lab.test" if own else "empty", reason if table.startswith("mysql") else LOST, 5)
    assert said(made)[0] == expected
    place = "/etc/postfix-lab/tables/mysql-r.cf" if table.startswith("mysql") else "/etc/postfix/r"
    assert added(made)[place] == ("lab.test own\n" if own else "")


def test_one_server_for_two_settings(folder: Folder) -> None:
    """The stand-in is made once and named in both."""
    made = folder(f"{NO_ACCOUNTS}virtual_alias_maps = mysql:/u.cf\ncanonical_maps = proxy:mysql:/u.cf\n")
    place = "texthash:/etc/postfix-lab/tables/mysql-u.cf"
    assert values(made, "virtual_alias_maps", "canonical_maps") == [place, place]
    assert said(made) == [("mysql:/u.cf (virtual_alias_maps)", "empty", "no mysql server is in the lab; nothing is found in it", 5)]


def test_one_file_for_two_settings(folder: Folder) -> None:
    """Nothing is changed where the table stays what it is, whatever made it."""
    tables = "canonical_maps = hash:/etc/postfix/there\nrelocated_maps = hash:/etc/postfix/there\nsender_canonical_maps = hash:/etc/postfix/gone\ngeneric_maps = hash:/etc/postfix/gone\nvirtual_alias_maps = hash:/etc/postfix/old\ntransport_maps = hash:/etc/postfix/old\n"
    made = folder(NO_ACCOUNTS + tables, {"there": "a b\n", "old.db": ""})
    text = made.files["/etc/postfix/main.cf"].text
    assert [text.count(name) for name in ("/there", "/gone", "/old")] == [2, 2, 2]


def test_one_server_in_two_roles(folder: Folder) -> None:
    """Each has a file of its own, called by the setting if the name is taken; odd characters are replaced."""
    made = folder(f"{NO_ACCOUNTS}transport_maps = mysql:/u-/q_x.cf\nvirtual_mailbox_domains = mysql:/u-/q_x.cf\n")
    place = "/etc/postfix-lab/tables/mysql-u-q-x.cf"
    assert added(made) == {place: "", f"{place}-virtual_mailbox_domains": "lab.test own\n"}


@pytest.mark.parametrize(
    "name, table, becomes, files, value",
    [
        ("relay_recipient_maps", "hash:/etc/postfix/t", "static:exists", {"/etc/postfix/t": ""}, "every recipient exists"),
        ("relay_recipient_maps", "cidr:/etc/postfix/t", "static:exists", {"/etc/postfix/t": ""}, "every recipient exists"),
        ("relay_recipient_maps", "texthash:/etc/postfix/t", "static:exists", {"/etc/postfix/t": ""}, "every recipient exists"),
        ("relay_recipient_maps", "pcre:/etc/postfix/t", "pcre:/etc/postfix/t", {"/etc/postfix/t": "/^/ exists\n"}, "every recipient exists"),
        ("smtpd_sender_login_maps", "pcre:/etc/postfix/t", "pcre:/etc/postfix/t", {"/etc/postfix/t": "/^(.+@lab\\.test)$/ $1\n"}, "an own address belongs to the user of its name"),
        ("smtpd_sender_login_maps", "regexp:/etc/postfix/t", "regexp:/etc/postfix/t", {"/etc/postfix/t": "/^(.+@lab\\.test)$/ $1\n"}, "an own address belongs to the user of its name"),
        ("smtpd_sender_login_maps", "cidr:/etc/postfix/t", "regexp:/etc/postfix-lab/tables/cidr-etc-postfix-t", {"/etc/postfix-lab/tables/cidr-etc-postfix-t": "/^(.+@lab\\.test)$/ $1\n", "/etc/postfix/t": ""}, "an own address belongs to the user of its name"),
        ("transport_maps", "hash:/etc/postfix/t", "hash:/etc/postfix/t", {"/etc/postfix/t": ""}, "empty"),
    ],
)  # fmt: skip
def test_a_lost_file(folder: Folder, name: str, table: str, becomes: str, files: dict[str, str], value: str) -> None:
    """Its stand-in follows from its role and from what its type can hold."""
    made = folder(f"{NO_ACCOUNTS}{name} = {table}\n", stand_ins="all")
    assert (values(made, name), added(made)) == ([becomes], files)
    assert said(made) == [(table, value, LOST, 5)]
    assert made.commands == ((("postmap 'hash:/etc/postfix/t'", "t"),) if table.startswith("hash") else ())


def test_a_file_outside_of_the_folder(folder: Folder) -> None:
    """The report says that it was not to be found there."""
    made = folder(f"{NO_ACCOUNTS}transport_maps = hash:/srv/t\n")
    assert said(made) == [("hash:/srv/t", "empty", "it lies outside of the folder; Postfix would answer each lookup with 451 4.3.0", 5)]
    assert made.commands == (("postmap 'hash:/srv/t'", "/srv/t"),)


def test_compiled_tables(folder: Folder) -> None:
    """Their sources are missing, so Postfix only proves that it can read them."""
    text = f"{NO_ACCOUNTS}transport_maps = hash:/etc/postfix/t, hash:/etc/postfix/t\nsender_canonical_maps = lmdb:/etc/postfix/q\n"
    made = folder(text, {"t.db": "", "q.lmdb": ""})
    why = "its source is not in the folder; the compiled table is used"
    assert said(made) == [("hash:/etc/postfix/t", "as compiled", why, 5), ("lmdb:/etc/postfix/q", "as compiled", why, 6)]
    assert made.commands == (("postmap -s 'hash:/etc/postfix/t' >/dev/null", "t.db"), ("postmap -s 'lmdb:/etc/postfix/q' >/dev/null", "q.lmdb"))


def test_tables_of_types_that_are_not_compiled(folder: Folder) -> None:
    """One line says it of all of them; a key file is compiled with the contents of the files that it names."""
    text = f"{NO_ACCOUNTS}transport_maps = cdb:/etc/postfix/t\nrelocated_maps = dbm:/etc/postfix/u\ntls_server_sni_maps = cdb:/etc/postfix/s\n"
    made = folder(text, {"t": "a b\n", "s": "a b\n"}, stand_ins="all")
    all_three = "cdb:/etc/postfix/t, dbm:/etc/postfix/u, cdb:/etc/postfix/s"
    assert said(made) == [
        ("hash:/etc/postfix/u", "empty", LOST, 6),
        (all_three, "as hash:", "this Postfix does not compile cdb/dbm; the entries are the same", 5),
    ]
    assert made.commands == (("postmap 'hash:/etc/postfix/t'", "t"), ("postmap 'hash:/etc/postfix/u'", "u"), ("postmap -F 'hash:/etc/postfix/s'", "s"))


def test_entries(folder: Folder) -> None:
    """A value may be empty or have several words; the table is written, and the report counts them."""
    made = folder(f"{NO_ACCOUNTS}transport_maps = hash:/etc/postfix/t\n", tables={"hash:/etc/postfix/t": {"a": "", "b": " c \t d "}})
    assert added(made) == {"/etc/postfix/t": "a x\nb c d\n"}
    assert said(made) == [("hash:/etc/postfix/t", "2 entries", "the scenario's own entries", 5)]
    server = folder(f"{NO_ACCOUNTS}transport_maps = ldap:/etc/postfix/t\n", tables={"ldap:/etc/postfix/t": {"a": "b"}})
    assert said(server) == [("ldap:/etc/postfix/t (transport_maps)", "1 entries", "no ldap server is in the lab; the scenario's own entries", 5)]


@pytest.mark.parametrize("key", ["", "a b", "#a", " "])
def test_a_key_that_is_no_word(folder: Folder, key: str) -> None:
    """No line of a table can begin like that."""
    with pytest.raises(InputError, match=r"^hash:/etc/postfix/t: an entry's key has to be one word: "):
        folder(f"{NO_ACCOUNTS}transport_maps = hash:/etc/postfix/t\n", tables={"hash:/etc/postfix/t": {key: "b"}})


@pytest.mark.parametrize("kind", ["regexp", "pcre", "cidr"])
def test_entries_for_patterns(folder: Folder, kind: str) -> None:
    """A scenario's entries are no patterns."""
    with pytest.raises(InputError, match="^" + kind + ":/etc/postfix/t: entries are for tables of fixed keys, not for patterns; write the file$"):
        folder(f"{NO_ACCOUNTS}transport_maps = {kind}:/etc/postfix/t\n", tables={f"{kind}:/etc/postfix/t": {"a": "b"}})


def test_a_table_without_a_path(folder: Folder) -> None:
    """Where it lies would depend on the daemon's folder."""
    for table in ("hash:t", "pcre:t"):
        with pytest.raises(InputError, match=f"main.cf:5: transport_maps: the table {table} needs an absolute path"):
            folder(f"{NO_ACCOUNTS}transport_maps = {table}\n", {"t.db": ""})


def test_the_type_in_a_restriction(folder: Folder) -> None:
    """It is looked at as well; a word without a type is left to Postfix."""
    folder(f"{NO_ACCOUNTS}smtpd_sender_restrictions = check_sender_access x\n")
    with pytest.raises(InputError, match=r"main.cf:5: smtpd_sender_restrictions: Postfix has no table type 'pcer'; did you mean pcre\?"):
        folder(f"{NO_ACCOUNTS}smtpd_sender_restrictions = permit_mynetworks, check_sender_access pcer:/x\n")
