"""A next hop that fails at each stage of the session, and what Postfix makes of it, the same on every release."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from postfix_lab import Answer, Behaviour, Check, Evidence, Scene, accepted, bounced

pytestmark = pytest.mark.mail_host(config="gateway")
HandOn = Callable[[Mapping[str, Behaviour]], Evidence]
Fate = Callable[..., Check]
DOING = {
    "CONNECT": "receiving the initial server greeting",
    "HELO": "performing the EHLO handshake",
    "MAIL": "sending MAIL FROM",
    "RCPT": "sending RCPT TO",
    "DATA": "sending DATA command",
    "MESSAGE": "sending end of data -- message may be sent more than once",
}
IN_REPLY_TO = {
    "MAIL": "said: {} (in reply to MAIL FROM command)",
    "RCPT": "said: {} (in reply to RCPT TO command)",
    "DATA": "said: {} (in reply to DATA command)",
    "MESSAGE": "said: {} (in reply to end of DATA command)",
}


def at_each(says: str) -> dict[str, Behaviour]:
    """A hop for each stage, at which it says that; the one for QUIT has taken the mail before."""
    stages = (*DOING, "QUIT")
    return {stage.lower(): Behaviour(answers=Answer(stage, says)) for stage in stages}


def test_refuses(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """5xx bounces the mail, but for the greeting, where the next MX or the next day may be better; QUIT is too late."""
    reply = "550 5.7.1 Not you"
    seen = hand_on(at_each(reply))
    lab.check(
        seen,
        fate("connect", "deferred", dsn="4.7.1", reason=f"refused to talk to me: {reply}"),
        fate("helo", "bounced", dsn="5.7.1", reason=f"refused to talk to me: {reply}"),
        *(fate(stage.lower(), "bounced", dsn="5.7.1", reason=how.format(reply)) for stage, how in IN_REPLY_TO.items()),
        fate("quit", "sent"),
        bounced(),
    )


@pytest.mark.parametrize("reply", ["450 4.7.1 Later", "421 4.7.1 Closing"], ids=["tempfails", "closes"])
def test_tempfails(lab: Scene, hand_on: HandOn, fate: Fate, reply: str) -> None:
    """4xx defers the mail at each stage, and so does 421, after which the hop hangs up."""
    seen = hand_on(at_each(reply))
    lab.check(
        seen,
        *(fate(stage, "deferred", dsn="4.7.1", reason=f"refused to talk to me: {reply}") for stage in ("connect", "helo")),
        *(fate(stage.lower(), "deferred", dsn="4.7.1", reason=how.format(reply)) for stage, how in IN_REPLY_TO.items()),
        fate("quit", "sent"),
    )


@pytest.mark.parametrize("oddity", ["HANG", "GARBAGE"])
def test_says_nothing_that_is_a_reply(lab: Scene, hand_on: HandOn, fate: Fate, oddity: str) -> None:
    """Silence and garbage are the same to smtp(8): it reads on until smtp_*_timeout, and the mail waits (4.4.2)."""
    seen = hand_on(at_each(oddity))
    told = ((stage.lower(), f"timed out while {doing}") for stage, doing in DOING.items())
    lab.check(
        seen,
        accepted(),
        *(fate(stage, "deferred", dsn="4.4.2", reason=why) for stage, why in told),
        fate("quit", "sent"),
    )


@pytest.mark.parametrize("oddity", ["DROP", "RESET", "CUT"])
def test_hangs_up(lab: Scene, hand_on: HandOn, fate: Fate, oddity: str) -> None:
    """A line that is closed, broken off, or closed within a reply defers the mail: 4.4.2 lost connection.

    Where the reset overtakes the greeting, smtp(8) may not even have seen the connection: 4.4.1.
    """
    seen = hand_on(at_each(oddity))
    told = {stage: f"lost connection with mx.{stage.lower()}.far.example.* while {DOING[stage]}" for stage in DOING}
    if oddity == "RESET":
        told["CONNECT"] = f"{told['CONNECT']}|Connection reset by peer"
    lab.check(
        seen,
        accepted(),
        *(fate(stage.lower(), "deferred", reason=why) for stage, why in told.items()),
        fate("quit", "sent"),
    )
