"""Many sessions at once: each log line belongs to the session that it is about, and to no other."""

from __future__ import annotations

import itertools
import re

import pytest

from postfix_lab import MailHost, MakeRemote, Ptr, Scene, Transcript, accepted, delivered, refused
from postfix_lab.inside.internet.protocol import SessionOrder, Sighting
from postfix_lab.postfix.log import Connect, Disconnect, LogLine

pytestmark = pytest.mark.mail_host(debian=12)
CLIENTS = 20
V4, V6 = "203.0.113.200", "2001:db8:113::200"
"""Of each of them two sessions: one that is accepted, and one that is refused."""


@pytest.fixture
def crowd(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> Sighting:
    """Twenty clients and twice two sessions of one address, all at once, each with a sender of its own."""
    clients = [remote(f"203.0.113.{10 + n}", name=f"m{n}.crowd.example") for n in range(CLIENTS)]
    twice = [remote(address, name=f"shared{len(address)}.crowd.example") for address in (V4, V6) for _ in range(2)]
    to = ["bob@lab.test"] * CLIENTS + ["bob@lab.test", "victim@far.example"] * 2
    said = [
        host.session(sender=f"s{n}@crowd.example", helo=f"h{n}.crowd.example", to=to[n])
        for n, host in enumerate([*clients, *twice])
    ]
    taken = [accepted(session=n) for n in (*range(CLIENTS + 1), CLIENTS + 2)]
    denied = [refused("RCPT", 554, "5.7.1", "Relay access denied", session=CLIENTS + n) for n in (1, 3)]
    lab.check(lab.run(mail_host, *said), *taken, *denied, delivered(times=CLIENTS + 2))
    # The same once more without a word in between, this time with the log of each session apart.
    orders = [SessionOrder(s.address, mail_host.addresses[":" in s.address], s.dialogue) for s in said]
    return lab.internet.run([orders])


def test_the_sessions_were_held_at_the_same_time(crowd: Sighting) -> None:
    """All of them were open at one moment, so their lines are mixed in the log."""
    assert max(t.started for t in crowd.transcripts) < min(t.finished for t in crowd.transcripts)
    pids = [line.pid for line in sorted(sum(crowd.logs, ()), key=lambda line: line.at) if "smtpd" in line.program]
    assert pids != sorted(pids, key=pids.index)


def test_each_line_belongs_to_its_own_session(crowd: Sighting) -> None:
    """Client, sender, HELO and queue id of each line are those of its session."""
    for number, (transcript, log) in enumerate(zip(crowd.transcripts, crowd.logs, strict=True)):
        assert [line.text for line in log if not _is_about(line, number, transcript)] == []


def test_no_line_is_missing(crowd: Sighting) -> None:
    """Each session has every kind of line exactly once, policyd-spf's and the delivery's too."""
    for transcript, log in zip(crowd.transcripts, crowd.logs, strict=True):
        kinds = ["connect from", "disconnect from"]
        taken = ["Received-SPF: None", ": client=", "message-id=", "queue active", "status=sent", ": removed"]
        kinds += ["Relay access denied"] if transcript.replies("RCPT")[0].code == 554 else taken
        texts = [line.text for line in log]
        assert {kind: sum(bool(re.search(rf"(?<!dis){kind}", t)) for t in texts) for kind in kinds} == dict.fromkeys(
            kinds, 1
        )
        assert len(texts) == len(kinds)


def test_no_line_is_in_two_sessions_or_in_none(crowd: Sighting) -> None:
    """What is left over is about no session at all."""
    lines = [(line.at, line.pid, line.text) for log in crowd.logs for line in log]
    assert len(lines) == len(set(lines))
    assert [line.text for line in crowd.other_log] == []


def _is_about(line: LogLine, number: int, transcript: Transcript) -> bool:
    """Whether everything that the line names is this session's."""
    queued = [reply.text.rpartition(" ")[2] for reply in transcript.replies("MESSAGE")]
    client = f"[{transcript.client}]"
    wanted = {
        r"connect from \S+(\[\S+)|client=\S+?(\[\S+)|RCPT from \S+(\[\S+):": client,
        r"(?:from=<|envelope-from=)([^>; ]+)": f"s{number}@crowd.example",
        r"helo=<?([^>;]+)": f"h{number}.crowd.example",
        r"client-ip=([^;]+)": transcript.client,
        r"^([0-9A-F]{6,}):": queued[0] if queued else "",
    }
    named = {pattern: next(filter(None, m.groups())) for pattern in wanted if (m := re.search(pattern, line.text))}
    return bool(named) and all(said == wanted[pattern] for pattern, said in named.items())


def test_sessions_in_turn(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """One session begins when the one before it is over and logged, and each has its own lines."""
    client = remote("203.0.113.9", ptr=Ptr.missing())
    seen = lab.run(mail_host, *(client.session(until="RCPT") for _ in range(3)), in_turn=True)
    lab.check(seen, *(refused("RCPT", 450, "4.7.1", session=number) for number in range(3)))
    assert all(before.finished <= after.started for before, after in itertools.pairwise(seen.sessions))
    ends = [line.at for line in seen.log if isinstance(line.event, Disconnect)]
    starts = [line.at for line in seen.log if isinstance(line.event, Connect)]
    assert len(starts) == len(ends) == 3
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))
