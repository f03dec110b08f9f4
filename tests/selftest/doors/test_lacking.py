"""What a configuration itself lacks fails as in life; a word of the setup lends stand-ins for it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from postfix_lab import Chroot, Evidence, MailHost, MakeRemote, Scene, Setup, accepted, may_log, refused, warned
from postfix_lab.fit.chroot import preparation
from postfix_lab.postfix.parameters import QUEUE

pytestmark = pytest.mark.mail_host(debian=12)
MAIN = """compatibility_level = 3.6
myhostname = mx.shop.example
mydestination = $myhostname, shop.example
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
alias_maps = hash:/etc/aliases
local_recipient_maps =
"""
Try = Callable[..., Evidence]


@pytest.fixture
def tried(lab: Scene, remote: MakeRemote, tmp_path: Path) -> Try:
    """Sends a mail to a host with these lines and files, from that sender, and returns what was seen."""
    client = remote("203.0.113.10", name="mail.good.example")

    def send(
        main: str, sender: str = "ann@mail.good.example", *, stand_ins: str = "others", debian: int = 12, **files: bytes
    ) -> Evidence:
        (tmp_path / "main.cf").write_text(MAIN + main)
        for name, content in files.items():
            (tmp_path / name.replace("__", ".")).write_bytes(content)
        host = lab.start(debian, Setup(tmp_path, canary=None, stand_ins=stand_ins))
        return lab.run(host, client.session(sender=sender, to="bob@shop.example"))

    return send


def compiled(host: MailHost, text: str) -> bytes:
    """The text as postmap(1) compiles it."""
    told = host.shell(f"cd /tmp && printf '{text}' >t && postmap hash:t && base64 t.db && rm t t.db")
    return base64.b64decode(told)


def test_a_policy_service_that_master_cf_lacks(lab: Scene, tried: Try) -> None:
    """No socket, and so 451 4.3.5 for everybody; with stand-ins for all a stub answers."""
    asks = "smtpd_recipient_restrictions = check_policy_service unix:private/spf-check\n"
    broken = refused("RCPT", 451, "4.3.5", "Server configuration problem")
    lab.check(tried(asks), broken, warned("private/spf-check: No such file"), without=["quiet-log"])
    lab.check(tried(asks, stand_ins="all"), accepted())


def test_a_table_without_its_index(lab: Scene, tried: Try, mail_host: MailHost) -> None:
    """Beside another table's index its source is nothing; where no table has one, the lab compiles them."""
    asks = "smtpd_sender_restrictions = check_sender_access hash:/etc/postfix/one, check_sender_access hash:/etc/postfix/two\n"
    index = compiled(mail_host, "a@far.example OK\\n")
    bare = tried(asks, "a@far.example", one=b"a@far.example REJECT\n", two=b"")
    lab.check(bare, refused("RCPT", 554, "5.7.1"))
    copied = tried(asks, "a@far.example", two__db=index)
    lab.check(copied, refused("RCPT", 451, "4.3.5", "Server configuration error"), warned("one.db"), without=["quiet-log"])
    lab.check(tried(asks, "a@far.example", stand_ins="all"), refused("RCPT", 554, "5.7.1"))


def test_an_index_that_is_older_than_its_source(lab: Scene, tried: Try, mail_host: MailHost) -> None:
    """What was compiled counts, and Postfix warns; with stand-ins for all it is compiled anew."""
    asks = "smtpd_sender_restrictions = check_sender_access hash:/etc/postfix/one\n"
    files = {"one": b"new@far.example REJECT\n", "one__db": compiled(mail_host, "old@far.example REJECT\\n")}
    older = warned("is older than source file /etc/postfix/one")
    lab.check(tried(asks, "old@far.example", **files), refused("RCPT", 554, "5.7.1"), older)
    lab.check(tried(asks, "new@far.example"), accepted(), may_log("is older"))
    lab.check(tried(asks, "new@far.example", stand_ins="all"), refused("RCPT", 554, "5.7.1"))


def test_an_index_that_says_what_its_source_says(lab: Scene, tried: Try, mail_host: MailHost) -> None:
    """It is used without a warning, however old the files of the folder are."""
    asks = "smtpd_sender_restrictions = check_sender_access hash:/etc/postfix/one\n"
    index = compiled(mail_host, "b@far.example REJECT\\na@far.example OK\\n")
    seen = tried(asks, "b@far.example", one__db=index, one=b"# why\na@far.example OK\nb@far.example REJECT\n")
    lab.check(seen, refused("RCPT", 554, "5.7.1"))


@pytest.mark.mail_host(debian=(11, 12, 13))
@pytest.mark.parametrize("table, broken", [("unix:passwd.byname", True), ("proxy:unix:passwd.byname", False)])
def test_accounts_from_within_the_chroot(
    lab: Scene, tried: Try, mail_host: MailHost, table: str, broken: bool
) -> None:
    """A chrooted smtpd has no /etc/passwd, so each lookup fails; proxymap(8) has it."""
    seen = tried(f"local_recipient_maps = {table}\n", debian=mail_host.debian)
    expected = refused("RCPT", 451, "4.3.0", "Temporary lookup failure") if broken else accepted()
    lab.check(seen, expected, without=["quiet-log"] if broken else [])


@pytest.mark.mail_host(debian=(11, 12, 13))
def test_what_the_start_script_copies(lab: Scene, mail_host: MailHost, remote: MakeRemote, tmp_path: Path) -> None:
    """A real start up to bookworm copies the accounts, and a reload makes no copy: the state that the lab has always."""
    (tmp_path / "main.cf").write_text(MAIN)
    host = lab.start(mail_host.debian, Setup(tmp_path, canary=None))
    client = remote("203.0.113.10", name="mail.good.example")
    host.shell("postconf -e local_recipient_maps=unix:passwd.byname; postfix stop")
    host.require_restart()  # for the next test
    host.shell(preparation(Chroot.PACKAGED).removesuffix(f" && rm -f {QUEUE}/etc/passwd"))
    host.shell("postfix start")
    copied = mail_host.debian < 13
    there, lost = accepted(), refused("RCPT", 451, "4.3.0")
    for command, known in ((":", copied), ("postfix reload", copied), (f"rm -f {QUEUE}/etc/passwd; postfix reload", False)):
        host.shell(command)
        seen = lab.run(host, client.session(sender="ann@mail.good.example", to="games@shop.example"))
        lab.check(seen, there if known else lost, may_log("."), without=["infrastructure"])


def test_a_table_that_is_nowhere(lab: Scene, tried: Try) -> None:
    """A path that does not exist fails; the folder may hold the file at its whole path, or be mounted there."""
    asks = "smtpd_sender_restrictions = check_sender_access texthash:/opt/conf/senders\n"
    broken = refused("RCPT", 451, "4.3.5", "Server configuration error")
    lab.check(tried(asks, "a@far.example"), broken, warned("/opt/conf/senders"), without=["quiet-log"])
    lab.check(tried(asks, "a@far.example", senders=b"a@far.example REJECT\n"), refused("RCPT", 554, "5.7.1"))


def test_nothing_of_a_table_elsewhere_stays(lab: Scene, tmp_path: Path) -> None:
    """The next setup finds neither the file nor its index."""
    (tmp_path / "senders").write_text("a@far.example REJECT\n")
    found = []
    for main in ("smtpd_sender_restrictions = check_sender_access hash:/opt/conf/senders\n", ""):
        (tmp_path / "main.cf").write_text(MAIN + main)
        found.append(lab.start(12, Setup(tmp_path, canary=None)).shell("ls /opt/conf").split())
    assert found == [["senders", "senders.db"], []]


@pytest.mark.parametrize("alias, listed", [("bob", True), ("nobody", False)])
def test_a_mailbox_that_nobody_has(lab: Scene, remote: MakeRemote, tmp_path: Path, alias: str, listed: bool) -> None:
    """What an alias leads to is delivered here and returned on the host, so the verdict is red."""
    (tmp_path / "main.cf").write_text(
        MAIN + "virtual_mailbox_domains = box.example\nvirtual_mailbox_maps = texthash:/etc/postfix/boxes\n"
        "virtual_alias_maps = texthash:/etc/postfix/aliases.map\n"
    )
    (tmp_path / "boxes").write_text("bob@box.example bob/\n")
    (tmp_path / "aliases.map").write_text(f"sales@box.example {alias}@box.example\n")
    host = lab.start(12, Setup(tmp_path, canary=None))
    seen = lab.run(host, remote("203.0.113.10", name="mail.good.example").session(to="sales@box.example"))
    assert seen.unlisted == (() if listed else ("nobody@box.example (virtual_mailbox_maps)",))
    lab.check(seen, accepted(), without=[] if listed else ["mailbox-exists"])
