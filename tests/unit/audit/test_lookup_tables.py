"""Tables that are missing, that cannot be read, and that a chrooted daemon cannot ask."""

from __future__ import annotations

import pytest

from postfix_lab.audit import lookup_tables
from postfix_lab.audit.examined import CommandOutput
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.audit.conftest import Write


def test_a_table_that_is_missing(write: Write) -> None:
    """In the folder it is an error; what lies elsewhere was not brought, which is a note."""
    written = write("virtual_alias_maps =\n  hash:/etc/postfix/a\n  hash:/srv/b\n")
    here, there = lookup_tables.judge(written, (), (), ())
    assert (str(here.place), here.severity) == ("main.cf:6", Severity.ERROR)
    assert (str(there.place), there.severity) == ("main.cf:7", Severity.NOTE)


def test_what_a_lookup_complains_of(write: Write) -> None:
    """The finding stands where the table is named, and the remedy at its own line."""
    written = write("header_checks = regexp:/etc/postfix/checks\n", files={"checks": "/(/ REJECT\n"})
    said = "postmap: warning: regexp map /etc/postfix/checks, line 1: unmatched (\n"
    planned = lookup_tables.tables(written)
    answers = [said if one.named.kind == "regexp" else "" for one in planned]
    (finding,) = lookup_tables.judge(written, planned, answers, (CommandOutput("postfix check", "warning: no"),))
    assert str(finding.place) == "main.cf:5"
    assert finding.what.startswith("warning: regexp map /etc/postfix/checks, line 1")
    assert "mend line 1 of checks" in finding.remedy


@pytest.mark.parametrize(
    "hosts, prefix, wrong",
    [("localhost", "", True), ("unix:/run/db.sock", "", True), ("127.0.0.1", "", False), ("localhost", "proxy:", False)],
)
def test_a_database_outside_of_the_chroot(write: Write, hosts: str, prefix: str, wrong: bool) -> None:
    """The client's library takes localhost for a socket; proxymap(8) is not chrooted."""
    written = write(f"virtual_alias_maps = {prefix}mysql:/etc/postfix/q.cf\n", files={"q.cf": f"hosts = {hosts}\n"})
    assert bool(list(lookup_tables.judge(written, (), (), ()))) is wrong



def test_what_is_said_of_a_missing_table(write: Write) -> None:
    """In words, with the remedy; each path once."""
    written = write("virtual_alias_maps = hash:/etc/postfix/a\nvirtual_mailbox_maps = hash:/etc/postfix/a, regexp:/srv/b\n")
    here, there = lookup_tables.judge(written, (), (), ())
    assert here == AuditFinding(
        FindingKind.TABLE, Severity.ERROR, FilePlace("main.cf", 5),
        "virtual_alias_maps: the table hash:/etc/postfix/a is not in the folder; without it Postfix answers 451 4.3.0",
        "copy /etc/postfix/a into the folder, or take it out of virtual_alias_maps",
    )  # fmt: skip
    assert there == AuditFinding(
        FindingKind.TABLE, Severity.NOTE, FilePlace("main.cf", 6),
        "virtual_mailbox_maps: the table regexp:/srv/b lies outside of the folder; without it Postfix answers 451 4.3.0",
        "see to it on the host itself; here it has a stand-in",
    )  # fmt: skip


@pytest.mark.parametrize(
    "value, files",
    [
        ("hash:/etc/postfix/a", {"a": ""}), ("hash:/etc/postfix/a", {"a.db": ""}), ("lmdb:/etc/postfix/a", {"a.lmdb": ""}),
        ("mysql:/etc/postfix/a", {}), ("static:x", {}), ("regexp:/etc/postfix/a", {"a": ""}),
    ],
)  # fmt: skip
def test_what_is_there(write: Write, value: str, files: dict[str, str]) -> None:
    """A source or its index will do; what no file has is nobody's business here."""
    found = lookup_tables.judge(write(f"virtual_alias_maps = {value}\n", files=files), (), (), ())
    assert [one for one in found if one.matters] == []


@pytest.mark.parametrize("value, files", [("lmdb:/etc/postfix/a", {"a.db": ""}), ("regexp:/etc/postfix/a", {"a.db": ""}), ("cdb:/etc/postfix/a", {"a.db": ""})])
def test_an_index_of_another_kind(write: Write, value: str, files: dict[str, str]) -> None:
    """It is none."""
    (finding,) = lookup_tables.judge(write(f"virtual_alias_maps = {value}\n", files=files), (), (), ())
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("name", ["smtpd_tls_session_cache_database", "address_verify_map"])
def test_what_postfix_fills_itself(write: Write, name: str) -> None:
    """A cache needs no file."""
    assert list(lookup_tables.judge(write(f"{name} = btree:/srv/cache\n"), (), (), ())) == []


@pytest.mark.parametrize(
    "line, severity, remedy",
    [
        ("postmap: fatal: /etc/postfix/a.db, line 3: no", Severity.ERROR, "mend line 3 of a"),
        ("postalias: warning: x /etc/postfix/a: lines 2 to 3", Severity.WARNING, "mend /etc/postfix/a"),
        ("error: /srv/b, line 3: no", Severity.ERROR, "mend /etc/postfix/a"),
        ("panic: no", Severity.ERROR, "mend /etc/postfix/a"),
        ("table /etc/postfix/a lines 2-3: no", Severity.WARNING, "mend line 2 of a"),
    ],
)
def test_a_complaint(write: Write, line: str, severity: Severity, remedy: str) -> None:
    """Its severity is its own word, its line that of a file of the folder; told once, where the table is named."""
    written = write("virtual_alias_maps =\n  hash:/etc/postfix/a\n", files={"a": "x y\n"})
    planned = [one for one in lookup_tables.tables(written) if one.named.path == "/etc/postfix/a"]
    compiled = (CommandOutput("/etc/postfix/a", f"{line}\n\n"), CommandOutput("/etc/postfix/a", "postmap: warning: /etc/postfix/main.cf, line 1: x"))
    finding, note = lookup_tables.judge(written, planned, [f"{line}\npostmap: /etc/postfix/master.cf: x"], compiled)
    assert not note.matters
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.TABLE, severity, "main.cf:6")
    assert finding.what == line.removeprefix("postmap: ").removeprefix("postalias: ")
    assert finding.remedy == f"{remedy}; `postmap -q KEY TYPE:/etc/postfix/a` says whether Postfix can read it"


def test_a_complaint_of_a_table_that_nobody_planned(write: Write) -> None:
    """It stands at main.cf; a long one is cut short."""
    (finding,) = lookup_tables.judge(write(), (), (), (CommandOutput("/srv/b", "x" * 400),))
    assert (str(finding.place), len(finding.what)) == ("main.cf", 300)


def test_which_tables_are_looked_up(write: Write) -> None:
    """Those of a file that is there, each once."""
    written = write("virtual_alias_maps = hash:/etc/postfix/a\nrelay_recipient_maps = hash:/etc/postfix/a, mysql:/etc/postfix/q, hash:/etc/postfix/b\n", files={"a": "", "q": ""})
    assert [one.named.key for one in lookup_tables.tables(written)] == ["hash:/etc/aliases", "hash:/etc/postfix/a"]


@pytest.mark.parametrize("hosts", ["/run/db", "a /run/db", "localhost"])
@pytest.mark.parametrize("kind", ["mysql", "pgsql"])
def test_what_is_said_of_a_database(write: Write, kind: str, hosts: str) -> None:
    """Its server, the daemon that cannot reach it, and two remedies; named twice it is told once."""
    key = f"{kind}:/etc/postfix/q"
    written = write(f"virtual_alias_maps = {key}\nvirtual_mailbox_maps = {key}\n", files={"q": f"user = x\nhosts = {hosts}\n"})
    (finding,) = lookup_tables.judge(written, (), (), ())
    server = hosts.removeprefix("a ")
    assert finding == AuditFinding(
        FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf", 5),
        f"virtual_alias_maps: {key} asks the server at {server}, which is a UNIX socket outside of the chroot of smtpd(8) (master.cf:1)",
        f"write proxy:{key}, or hosts = 127.0.0.1 in /etc/postfix/q",
    )  # fmt: skip


def test_no_chroot_no_wall(write: Write) -> None:
    """Where no daemon that looks up tables is chrooted, each socket is reached."""
    written = write("virtual_alias_maps = mysql:/etc/postfix/q\n", files={"q": "hosts = localhost\n"})
    free = type(written)(written.source, "smtp inet n - n - - smtpd\nlmtp unix - - y - - lmtp\n")
    assert list(lookup_tables.judge(free, (), (), ())) == []
    cleanup = type(written)(written.source, "cleanup unix n - y - 0 cleanup\n")
    assert [one.kind for one in lookup_tables.judge(cleanup, (), (), ())] == [FindingKind.SOCKET]
    rewrite = type(written)(written.source, "rewrite unix - - y - - trivial-rewrite\n")
    assert [one.kind for one in lookup_tables.judge(rewrite, (), (), ())] == [FindingKind.SOCKET]


def test_sources_alone(write: Write) -> None:
    """A folder without any index is compiled here, and the note says that the host has to do it too."""
    written = write("virtual_alias_maps = hash:/etc/postfix/a\n", files={"a": "x y\n"})
    (note,) = lookup_tables.judge(written, (), (), ())
    assert (str(note.place), note.matters) == ("main.cf:5", False)
    assert "without an index" in note.what


def test_a_source_without_its_index(write: Write) -> None:
    """Where the folder has the index of another table, this one is missing in life; it is not looked up here."""
    written = write("virtual_alias_maps = hash:/etc/postfix/a, hash:/etc/postfix/b\n", files={"a": "", "b": "", "b.db": ""})
    (finding,) = lookup_tables.judge(written, (), (), ())
    assert (str(finding.place), finding.severity) == ("main.cf:5", Severity.ERROR)
    assert finding.what.endswith("hash:/etc/postfix/a has no /etc/postfix/a.db, and the folder holds those of other tables: 451 4.3.5")
    assert finding.remedy == "run `postmap hash:/etc/postfix/a` on the host"
    assert "hash:/etc/postfix/a" not in [one.named.key for one in lookup_tables.tables(written)]


def test_a_table_elsewhere(write: Write) -> None:
    """The folder holds it under a shorter path, or the remedy says where it would be found."""
    assert list(lookup_tables.judge(write("x_maps = regexp:/opt/conf/a\n", files={"a": ""}), (), (), ())) == []
    (finding,) = lookup_tables.judge(write("x_maps = regexp:/opt/conf/a\n"), (), (), ())
    assert (finding.severity, "/shop/opt/conf/a" in finding.remedy) == (Severity.ERROR, True)


def test_an_index_that_is_older(write: Write) -> None:
    """The remedy is to compile it."""
    said = "postmap: warning: database /etc/postfix/a.db is older than source file /etc/postfix/a"
    (finding,) = lookup_tables.judge(write(), (), (), (CommandOutput("/etc/postfix/a", said),))
    assert finding.remedy.startswith("run `postmap` on /etc/postfix/a")


@pytest.mark.parametrize("value, wrong", [("unix:passwd.byname", True), ("proxy:unix:passwd.byname", False)])
def test_accounts_in_the_chroot(write: Write, value: str, wrong: bool) -> None:
    """A chrooted smtpd(8) has no /etc/passwd; proxymap(8) has."""
    written = write(f"smtpd_sender_login_maps = {value}\n", "proxymap unix - - n - - proxymap\n")
    found = list(lookup_tables.judge(written, (), (), ()))
    assert [(str(one.place), "proxy:unix:passwd.byname" in one.remedy) for one in found] == [("main.cf:5", True)] * wrong
    free = type(written)(written.source, "smtp inet n - n - - smtpd\n")
    assert list(lookup_tables.judge(free, (), (), ())) == []


def test_a_service_that_is_not_chrooted(write: Write) -> None:
    """The option of a service without a chroot reaches the database's socket, whatever other services do."""
    query = {"q": "hosts = localhost\n"}
    option = "  -o { smtpd_sender_restrictions = check_sender_access mysql:/etc/postfix/q }\n"
    free = write(master=f"587 inet n - n - - smtpd\n{option}", files=query)
    assert list(lookup_tables.judge(free, (), (), ())) == []
    inside = write(master=f"587 inet n - y - - smtpd\n{option}", files=query)
    assert [str(one.place) for one in lookup_tables.judge(inside, (), (), ())] == ["master.cf:5"]
