"""The canary: one mail that must be refused and one that must be accepted, before anything is judged.

It detects a `mynetworks` that covers the client, and a mail host that refuses everybody. In a setup without a
canary both mails may get any answer, except one that shows a mistake in the configuration: each session
of a scenario would show it again, after a long wait where smtpd dies.
"""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.errors import InputError
from postfix_lab.fit.canary_choice import Canary
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.source import Source
from postfix_lab.inside.internet.protocol import Sighting
from postfix_lab.postfix.log.daemon_death import is_death
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Auth, Dialogue, mail
from postfix_lab.smtp.transcript import Transcript
from postfix_lab.text import printable

_CLIENT = Host(("198.51.100.125", "2001:db8:100::125"), name="canary.example")
_STRANGER = Host(("198.51.100.126", "2001:db8:100::126"), name="stranger.canary.example")
"""Tries to relay: an address of its own, so that limits for each client (anvil(8)) do not hit the good client."""
_RELAYED = "x@relay.example"
_LAST = ("fatal", "panic")
_DEFERRED, _GREYLISTED = 450, "greylist"
_BLIND = (Chroot.EMPTY, Chroot.STALE)
"""Chroot states in which smtpd cannot look up client names, so that a good client may be refused."""


def scenario(setup: Setup, chosen: Canary) -> Scenario:
    """Return a stranger's relay attempt and, where smtpd can look up names, a good client's mail to the recipient."""
    sessions = [Session(_STRANGER, _dialogue(_STRANGER, _RELAYED, tls=chosen.tls))]
    if chosen.recipient and (setup.chroot not in _BLIND or not setup.canary):
        sessions.append(_good_session(chosen))
    return Scenario("canary", tuple(sessions))


def next_visit(first: Scenario, chosen: Canary) -> Scenario | None:
    """Return the good client's second visit; None where it needs none, or made no first one."""
    comes_again = chosen.visits > 1 and len(first.sessions) > 1
    return Scenario("canary", (_good_session(chosen),)) if comes_again else None


def add_visit(first: Sighting, second: Sighting) -> Sighting:
    """Return what was seen, with the good client's second visit in place of its first one.

    Among the other lines of the second sighting are all those of the first one.
    """
    others, *_ = first.logs
    return replace(
        second,
        transcripts=(*first.transcripts[:-1], *second.transcripts),
        logs=(*first.logs[:-1], *second.logs),
        other_log=tuple(line for line in second.other_log if line not in others),
        trouble=(*first.trouble, *second.trouble),
    )


def failure(setup: Setup, seen: Sighting, *, greylisted: bool = False) -> str | None:
    """Return why the canary failed, with the dialogue and the log; None if it passed.

    `greylisted`: a greylisting program defers the good client's mail, and that is how it is meant.
    """
    if not setup.canary:
        return _details("a client got no answer", seen) if any(map(_lacks_reply, seen.transcripts)) else None
    stranger, *good = seen.transcripts
    relayed = _is_accepted(stranger)
    if not relayed and all(_is_accepted(session) or (greylisted and _is_greylisted(session)) for session in good):
        return None
    what = "a stranger's relay attempt was not refused" if relayed else "a good client's mail was not accepted"
    return _details(what, seen)


def fatal_line(seen: Sighting) -> str:
    """Return the first line in which a daemon of Postfix says why it dies; an empty text if there is none."""
    lines = sorted((*sum(seen.logs, ()), *seen.other_log), key=lambda line: line.at)
    return next((f"{line.program}: {line.text}" for line in lines if is_death(line) and line.level in _LAST), "")


def fatal_error(fatal: str, source: Source) -> InputError:
    """Return the error for a configuration with which a daemon dies, if no parameter of main.cf alone is to blame."""
    return InputError(f"Postfix does not run with this configuration: {printable(fatal)}", source.path(source.main))


def _is_accepted(session: Transcript) -> bool:
    said = session.replies("RCPT")
    return bool(said) and said[-1].positive


def _is_greylisted(session: Transcript) -> bool:
    said = session.replies("RCPT")
    return bool(said) and said[-1].code == _DEFERRED and _GREYLISTED in said[-1].text.lower()


def _lacks_reply(session: Transcript) -> bool:
    """Whether smtpd did not reply, or replied only with a failure of its own."""
    silent = session.ended != "refused" and not session.replies("CONNECT")
    return silent or any(map(is_infrastructure, session.exchanges))


def _details(what: str, seen: Sighting) -> str:
    told = (f"  {exchange.said} -> {exchange.reply}" for t in seen.transcripts for exchange in t.exchanges)
    log = (f"  {line.program}: {line.text}" for line in (*sum(seen.logs, ()), *seen.other_log))
    return "\n".join((f"{what}.", *told, *log))


def _good_session(chosen: Canary) -> Session:
    return Session(_CLIENT, _dialogue(_CLIENT, chosen.recipient, tls=chosen.tls, login=chosen.login))


def _dialogue(client: Host, recipient: str, *, tls: bool, login: tuple[str, str] | None = None) -> Dialogue:
    """Return a mail up to RCPT; a user's own address is the sender, if it is one (reject_sender_login_mismatch)."""
    user = login[0] if login else ""
    sender = user if "@" in user else "canary@canary.example"
    auth = Auth(*login) if login else None
    return mail(helo=client.greeting, sender=sender, to=recipient, tls=tls, auth=auth).until("RCPT")
