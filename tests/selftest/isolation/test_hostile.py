"""Somebody hostile within the lab: in a mail host, in another lab, at the other end of a session."""

from __future__ import annotations

import re
import secrets
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import pytest

from postfix_lab import (
    ACCEPT,
    Command,
    Dialogue,
    Evidence,
    LabError,
    MailHost,
    MakeRemote,
    Message,
    Scene,
    accepted,
    load,
    refused,
)
from postfix_lab.addresses import LOGHOST, RESOLVER, RESOLVER6, SINK
from postfix_lab.engine.client import Engine
from postfix_lab.engine.container import execute
from postfix_lab.inside.internet.protocol import AGENT_SOCKET, SessionOrder
from postfix_lab.runtime.lab import Lab, open_lab
from postfix_lab.smtp.dialogue import Raw
from tests.selftest.inner import Inner

pytestmark = pytest.mark.mail_host(debian=12)
Told = Callable[..., str]
FORGED = "<22>1 2026-01-01T00:00:00.000001+00:00 mx postfix/smtpd 1 - - "
SAY = "bash -c 'printf \"%s\\n\" \"{line}\" > /dev/tcp/{address}/514'"


@pytest.fixture
def other(engine: Engine) -> Iterator[Lab]:
    """A second lab on the same engine."""
    with open_lab(engine.name) as lab:
        yield lab


def test_the_agent_listens_to_the_world_alone(engine: Engine, lab: Scene, mail_host: MailHost) -> None:
    """DNS, loghost and sink are all that listens in the Internet: there is no port for orders."""
    script = "cat /proc/net/tcp /proc/net/tcp6 | awk '$4 == \"0A\" {print $2}'; cat /proc/net/udp /proc/net/udp6 | awk 'NR > 1 {print $2}'"
    lab.executor.lab.observer.show(lab.world, (RESOLVER,))
    status, output = execute(engine, lab.internet.container.id, ["/bin/sh", "-c", script])
    ports = {int(row.rpartition(":")[2], 16) for row in output.split() if re.fullmatch(r"[0-9A-F]+:[0-9A-F]{4}", row)}
    assert status == 0
    assert ports == {53, 514, 24}


def test_the_agents_socket_is_roots_and_in_no_other_container(engine: Engine, lab: Scene, mail_host: MailHost) -> None:
    """A mail host has neither that socket nor the engine's, and no process of the Internet's in sight."""
    container = lab.internet.container.id
    assert execute(engine, container, ["stat", "-c", "%a %U", AGENT_SOCKET]) == (0, "600 root\n")
    found = mail_host.shell(f"ls {AGENT_SOCKET} /run/docker.sock /var/run/docker.sock /run/podman 2>&1 || true")
    assert found.count("No such file") == 4
    assert mail_host.shell("cat /proc/net/unix | grep -c postfix-lab.sock || true").strip() == "0"
    assert "postfix_lab.inside.internet.agent" not in mail_host.shell("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")


def test_only_mail_hosts_write_the_log(lab: Scene, mail_host: MailHost) -> None:
    """A stranger's line on the log's port is not taken, and makes the verdict unknown."""
    forged = Raw(f"{FORGED}connect from unknown[203.0.113.66]:1\n", replies=0)
    seen = lab.internet.run([[SessionOrder("203.0.113.66", LOGHOST, Dialogue((forged,)), 514)]], 5.0)
    assert not any("203.0.113.66" in line.text for log in (*seen.logs, seen.other_log) for line in log)
    assert "somebody at 203.0.113.66, which is no mail host, wanted to write the log" in seen.trouble


def test_a_mail_host_writes_its_own_log_alone(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """What it says in the name of another host, or from an address that is not its own, is its own or is not taken."""
    lab.internet.clear()
    mail_host.shell(SAY.format(line=f"{FORGED.replace('mx', 'elsewhere')}as somebody else", address=LOGHOST))
    bound = f"import socket; s = socket.socket(); s.setsockopt(0, 15, 1); s.bind(('203.0.113.66', 0)); s.connect(('{LOGHOST}', 514))"
    assert "unreachable" in mail_host.shell(f'python3 -c "{bound}" 2>&1 || true')
    assert lab.internet.barrier("as somebody else", 1)
    seen = lab.internet.sighting()
    assert {line.peer for line in seen.other_log} == {mail_host.addresses[0]}
    assert seen.trouble == ()


def test_answers_that_a_mail_host_forges(lab: Scene, mail_host: MailHost) -> None:
    """Whoever is root in it can write to the control stream: a line that is no answer is told, one for nobody is not taken."""
    with pytest.raises(LabError, match="sent what is no answer: b'forged'"):
        mail_host.shell("echo forged > /proc/1/fd/1; echo fine")
    assert mail_host.shell("""echo '{"id": 999999, "value": "x"}' > /proc/1/fd/1; echo fine""").strip() == "fine"


GARBAGE = """
import random, socket
chance = random.Random(7208)
def garbage(most):
    return chance.randbytes(chance.randrange(most))
for family, address in ((socket.AF_INET, "192.0.2.53"), (socket.AF_INET6, "2001:db8:2::53")):
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        for _ in range(500):
            label = chance.randbytes(chance.randrange(1, 70))
            question = bytes((7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(label))) + label + bytes(1)
            sock.sendto(chance.choice((b"", question)) + garbage(80), (address, 53))
for address, port, first in (("192.0.2.53", 53, b""), ("192.0.2.2", 514, b"9"), ("192.0.2.24", 24, b"LHLO "), ("203.0.113.60", 25, b"EHLO ")):
    for _ in range(25):
        with socket.create_connection((address, port), 5) as sock:
            sock.sendall(chance.choice((b"", first)) + garbage(4000) + chance.choice((b"", b"\\r\\n", b"\\0")))
print("sent")
"""


def test_garbage_at_every_port(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """DNS, loghost, sink and an MTA take any octets over UDP and TCP, and the next session is as if nothing had been."""
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    lab.executor.lab.observer.show(lab.world, (RESOLVER, RESOLVER6))
    assert mail_host.shell(f"python3 - <<'EOF'\n{GARBAGE}EOF").strip() == "sent"
    told = lab.internet.sighting()
    assert len(told.queries) > 100
    assert {text.split(" ")[0] for text in told.trouble} <= {"syslog"}
    lab.check(remote("203.0.113.10", name="mail.good.example").send(), accepted())


def test_two_labs_do_not_hear_each_other(lab: Scene, remote: MakeRemote, mail_host: MailHost, other: Lab) -> None:
    """Loghost, DNS and sink have the same addresses in both: what the other's mail host says to loghost, DNS and sink reaches its own Internet."""
    assert mail_host.setup is not None
    stranger, word = other.mail_host(12, mail_host.setup), f"leak-{secrets.token_hex(6)}"
    lab.internet.clear()
    stranger.shell(SAY.format(line=FORGED + word, address=LOGHOST))
    stranger.shell(f"getent hosts {word}.example; bash -c 'echo LHLO {word} > /dev/tcp/{SINK}/24'; logger -t postfix/smtpd {word}")
    assert other.internet.barrier(word, 2)
    assert word in str(other.internet.sighting().queries)
    assert mail_host.mark()
    assert word not in str(lab.internet.sighting())


HOSTILE = (
    Command("EHLO \x1b[2J<script>alert(1)</script>", "HELO"),
    Command('MAIL FROM:<"]]>\x1b]0;x\x07<b>&amp;"@good.example>', "MAIL"),
    Command('RCPT TO:<"\x9b31m<!-- -->"@far.example>', "RCPT"),
    Command("RCPT TO:<bob@lab.test>", "RCPT"),
    Command("DATA", "DATA"),
    Message("Subject: \x1b[31m<img src=x>\nX: ]]>\n\n\x1b[2J"),
)


@pytest.fixture
def hostile(lab: Scene, remote: MakeRemote) -> Evidence:
    """A session whose every word wants to move a terminal, or to be HTML."""
    return remote("203.0.113.10", name="mail.good.example").send(dialogue=Dialogue(HOSTILE, persist=True))


def test_a_hostile_session_is_only_text(lab: Scene, hostile: Evidence, red: Told) -> None:
    """In the story and in every file but the message itself and JSON, which escapes, nothing is left that moves a terminal."""
    story = red(hostile, refused("CONNECT", 554))
    folder = lab._folder / hostile.scenario
    texts = [story, *(path.read_text() for path in folder.iterdir() if path.suffix != ".eml")]
    assert len(texts) == 10
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    assert r"\x1b[2J<script>" in story
    assert load(folder) == hostile


MODULE = """
    from postfix_lab import Command, Dialogue, refused

    def test_hostile(lab, remote):
        said = Dialogue((Command("EHLO \\x1b[2J<b>]]>&amp;", "HELO"), Command("MAIL FROM:<\\x9b1m\\x07@x>", "MAIL")), persist=True)
        lab.check(remote("203.0.113.10").send(dialogue=said), refused("CONNECT", 554, "<script>\\x1b[31m"))
"""


def test_the_reports_of_a_hostile_session(inner: Inner) -> None:
    """Terminal and JUnit XML of a failed run: no escape, no mark-up; the XML is XML and has the words as text."""
    done = inner.run(MODULE, "--junitxml=report.xml", "--lab-lines", "-ra")
    assert done.code == 1
    assert all(line.isprintable() for line in done.output.replace("\t", " ").split("\n"))
    report = ET.parse(inner.folder / "report.xml").getroot()  # noqa: S314 - pytest wrote it
    assert {element.tag for element in report.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "properties", "property"}
    (failure,) = report.iter("failure")
    assert r"EHLO \x1b[2J<b>]]>&amp;" in (failure.text or "")
