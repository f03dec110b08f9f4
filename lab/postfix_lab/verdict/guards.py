"""Guards: checks that apply to every scenario, so that no verdict has the wrong reason.

Each can be switched off by name. The result of a guard depends on whether the mail host misbehaved or the lab
could not see:

- *unknown* (the lab or its set-up is at fault, so the checks prove nothing): `client-address`, the log
  names another client than the actual one; `fault-hit`, no question hit a declared fault;
  `answer-given`, an MTA never gave a declared answer; `own-resolver`, a question went to
  an address that no resolv.conf names; `infrastructure`, a 451 that speaks of the mail host's own maps and
  services (*fail* where the configuration lacks them); `log-complete`, a session without its first or last line.
- *fail* (the mail host did something nobody wanted): `quiet-log`, a warning or worse that no check expects;
  `accepted-arrives`, a message that was accepted and went nowhere (*unknown* if the log does not know it);
  `mailbox-exists`, a message that the sink took for a recipient whom no table of mailboxes has.
- *error* (the scenario is at fault): `assertion`, no check at all. See `postfix_lab.verdict`.

A host's reverse lookup may imply several faults (IPv4 and IPv6, A and AAAA) of which a session hits
only some, so one hit is enough for each host; an explicit fault has to be hit itself.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from itertools import accumulate, pairwise, starmap
from typing import TYPE_CHECKING

from postfix_lab.addresses import SINK
from postfix_lab.dns.query import query_line
from postfix_lab.evidence.address import address_of
from postfix_lab.fit.delta import MISSING
from postfix_lab.postfix.log.events import Connect, Disconnect, Postscreen
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.transcript_lines import exchange_text
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Finding, Status
from postfix_lab.verdict.checks.mail import missing_answer
from postfix_lab.verdict.losses import Losses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.smtp.transcript import Transcript

    Guard = Callable[[Evidence, Sequence[Check]], "Finding"]

# A fresh cleanup(8) compares the queue file's time with what the clock said just before, in whole seconds
# (mail_stream.c): one second apart is a message that was written while the second changed, seen within 5 ms of it.
_SECOND_CHANGED = re.compile(
    r"warning: (file system clock is 1 seconds ahead of local clock"
    r"|resetting file time stamps - this hurts performance)$"
)

_BEHIND = re.compile(r"warning: file system clock is (\d+) seconds behind local clock$")
_SECONDS = 10
"""By how much that may differ from what the clock was put forward: a busy disk takes its time."""


def client_address(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for the client's address in the `connect from` line of each session, and for its port if that is logged."""
    want = "the log names the client that spoke"
    for number, session in _connected_sessions(evidence):
        log = evidence.log_of(number)
        connects = [line for line in log if isinstance(line.event, Connect) or _is_screening(line, "CONNECT")]
        if not any(_is_client(line, session) for line in connects):
            named = printable(connects[0].text) if connects else "no `connect from` line"
            got = f"{session.client} port {session.port} spoke, the log has: {named}"
            where = address_of(evidence, connects[0]) if connects else None
            return Finding("client-address", Status.UNKNOWN, want, got, where)
    return Finding("client-address", Status.PASS, want, "it does")


def log_complete(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for the first and the last line of each session."""
    want = "each session's log from `connect from` to `disconnect from`"
    for number, session in _connected_sessions(evidence):
        mine = [line for line in evidence.log_of(number) if _is_client(line, session)]
        for kind, word in ((Connect, "connect from"), (Disconnect, "disconnect from")):
            action = word.split()[0].upper()
            if not any(isinstance(line.event, kind) or _is_screening(line, action) for line in mine):
                got = f"no `{word}` line of {session.client} port {session.port}"
                return Finding("log-complete", Status.UNKNOWN, want, got)
    return Finding("log-complete", Status.PASS, want, "it is there")


def fault_hit(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for a question hit by each declared fault."""
    want = "every declared DNS fault is met by a question"
    faults = evidence.world.dns_faults()
    hit = {query.fault_number for query in evidence.queries if query.fault}
    written = len(evidence.world.faults)
    ends = list(accumulate((len(host.dns_faults()) for host in evidence.world.hosts), initial=written))
    alternatives = [*(range(number, number + 1) for number in range(written)), *starmap(range, pairwise(ends))]
    for either in filter(None, alternatives):
        if not hit.intersection(either):
            got = f"nobody asked for {' or '.join(printable(str(faults[number])) for number in either)}"
            return Finding("fault-hit", Status.UNKNOWN, want, got)
    return Finding("fault-hit", Status.PASS, want, "all were met")


def answer_given(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for each declared answer of the remote MTAs among those that they gave."""
    want = "every declared answer of an MTA is given"
    sink = Host((SINK,), name="sink.lab.test", mta=evidence.world.sink)
    missing = missing_answer(evidence, (*evidence.world.hosts, sink))
    return Finding("answer-given", Status.UNKNOWN if missing else Status.PASS, want, missing or "all were")


def own_resolver(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for questions to an address that is no resolver of the mail host."""
    want = "questions go to the lab's resolvers alone"
    stray = next((query for query in evidence.queries if query.stray), None)
    if stray is None:
        return Finding("own-resolver", Status.PASS, want, "they do")
    got = f"{stray.server} was asked {query_line(stray)}"
    return Finding("own-resolver", Status.UNKNOWN, want, got, address_of(evidence, stray))


def infrastructure(evidence: Evidence, checks: Sequence[Check]) -> Finding:
    """Look for a 451 about the mail host's own infrastructure, unless a check names its code and text.

    It is the configuration's fault if that lacks something, and else the lab's, which may not be what it should be.
    """
    lacks = any(delta.value == MISSING for delta in evidence.mail_host.deltas)
    status = Status.FAIL if lacks else Status.UNKNOWN
    want = "replies that are about the mail"
    for _, session in _connected_sessions(evidence):
        for exchange in session.exchanges:
            if is_infrastructure(exchange) and not any(check.expects_reply(exchange) for check in checks):
                text = printable(exchange.reply.text) if exchange.reply else ""
                got = f'{exchange_text(exchange)} "{text}": the mail host lacks a map, a policy service or a milter'
                return Finding("infrastructure", status, want, got, address_of(evidence, exchange))
    return Finding("infrastructure", Status.PASS, want, "they are")


def quiet_log(evidence: Evidence, checks: Sequence[Check]) -> Finding:
    """Look for warnings and worse that no check expects, in the sessions' log and outside it."""
    want = "no warning, error, fatal or panic line that no check expects"
    loud = [li for li in evidence.lines if li.level and not any(check.expects(li) for check in checks)]
    ahead = evidence.mail_host.ahead
    loud = [line for line in loud if not (is_by_chance(line) or _is_clock_advance(line.text, ahead))]
    if not loud:
        return Finding("quiet-log", Status.PASS, want, "none")
    more = f" (and {len(loud) - 1} more)" if len(loud) > 1 else ""
    where = address_of(evidence, loud[0])
    return Finding("quiet-log", Status.FAIL, want, f"{printable(loud[0].text)}{more}", where)


def accepted_arrives(evidence: Evidence, checks: Sequence[Check]) -> Finding:
    """Follow each accepted message by its queue ids to the sink, to a peer, or to a mailbox.

    A delivery that failed counts as its end when a check expects that line (`bounced()`).
    """
    want = "an accepted message arrives"
    accepted = [
        exchange
        for _, session in _connected_sessions(evidence)
        for exchange in session.exchanges
        if exchange.stage == "MESSAGE" and exchange.reply and exchange.reply.code == 250  # noqa: PLR2004
    ]
    taken = [call for call in evidence.submitted if not call.status]
    losses = Losses(evidence, checks) if accepted or taken else None
    if losses and (loss := next(filter(None, (*map(losses.of, accepted), *map(losses.of_call, taken))), None)):
        status, got, where = loss
        return Finding("accepted-arrives", status, want, got, address_of(evidence, where))
    return Finding("accepted-arrives", Status.PASS, want, "all did")


def mailbox_exists(evidence: Evidence, _: Sequence[Check]) -> Finding:
    """Look for recipients at the sink whom no table has: on the host that mail is returned as *user unknown*."""
    want = "each recipient at the sink is in a table of mailboxes"
    if not evidence.unlisted:
        return Finding("mailbox-exists", Status.PASS, want, "each is")
    return Finding("mailbox-exists", Status.FAIL, want, f"no table has {printable(', '.join(evidence.unlisted))}")


GUARDS: dict[str, Guard] = {
    "log-complete": log_complete,
    "client-address": client_address,
    "own-resolver": own_resolver,
    "fault-hit": fault_hit,
    "answer-given": answer_given,
    "infrastructure": infrastructure,
    "accepted-arrives": accepted_arrives,
    "mailbox-exists": mailbox_exists,
    "quiet-log": quiet_log,
}
"""By name, what the lab could not see first."""
ASSERTION = "assertion"


def _connected_sessions(evidence: Evidence) -> Iterator[tuple[int, Transcript]]:
    """Yield the sessions that have a log, each with its number: those with the mail host that got a connection."""
    ours, numbered = evidence.mail_host.addresses, enumerate(evidence.sessions)
    return ((number, it) for number, it in numbered if it.server in ours and it.ended != "refused")


def _is_client(line: LogLine, session: Transcript) -> bool:
    if not isinstance(line.event, Connect | Disconnect | Postscreen):
        return False
    client, spoke = line.event.client, ((session.client, session.port), session.announced)
    return any(who and _same_address(client.address, who[0]) and client.port in (None, who[1]) for who in spoke)


def _is_screening(line: LogLine, action: str) -> bool:
    """Whether it is that action of postscreen; a client that it rejects never reaches smtpd."""
    return isinstance(line.event, Postscreen) and line.event.action == action


def is_by_chance(line: LogLine) -> bool:
    """Whether it is a warning that only the moment brings about: a message was written while the second changed."""
    return bool(_SECOND_CHANGED.match(line.text))


def _is_clock_advance(text: str, ahead: float) -> bool:
    """Whether it is cleanup(8)'s warning about a clock that the lab advanced by that much."""
    found = _BEHIND.match(text)
    return found is not None and ahead > 0 and abs(int(found[1]) - ahead) <= _SECONDS


def _same_address(address: str, other: str) -> bool:
    try:
        return ip_address(address) == ip_address(other)
    except ValueError:  # Postfix logs `unknown[unknown]` if the client has already gone
        return False
