"""Holds an explanation against what else is known of the same session: the reply that the client got, and the log.

The explanation is read from smtpd's verbose lines. The reply comes from the client's side of the connection, the
`reject:` line from the ordinary log, and which restriction can have said it from the sources (`replies.py`); none of
the three is used by the explanation of a plain refusal, so they can contradict it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab import Evidence, Explanation, Reply
from postfix_lab.postfix.configuration import LISTS, Configured
from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.replies.wordings import can_say, wording
from postfix_lab.postfix.restrictions import Step
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN, postscreen_lines
from postfix_lab.postfix.restrictions.restriction import in_effect
from postfix_lab.postfix.restrictions.trace import session_lines
from postfix_lab.verdict.explanation import Decision, ExplainedSession

BY_RESTRICTION = ("restriction", "deferred")
PROTOCOL = r"5(50|21) 5\.5\.1 Protocol error"
OUTSIDE = {
    r"smtpd_milters|milter_.*": r"4\d\d .*|5\d\d .*",
    r"(mime_|nested_|milter_)?header_checks|body_checks": r"4\d\d .*|5\d\d .*",
    r"strict_.*bit.*|strict_mime_.*|mime_nesting_limit|header_size_limit": r"5\d\d 5\.6\.0 .*",
    r"message_reject_characters": r"5\d\d 5\.7\.1 disallowed character",
    r"queue_directory": r"451 4\.3\.0 Error: queue file write error",
    r"smtpd_proxy_filter": r"4\d\d .*|5\d\d .*",
    r"queue_minfree": r"452 4\.3\.1 Insufficient system storage",
    r"message_size_limit": r"452 4\.3\.1 Insufficient system storage|552 5\.3\.4 .*",
    r"hopcount_limit": r"554 5\.4\.0 Error: too many hops",
    r"virtual_alias_.*|.*canonical_maps|.*bcc_maps": r"451 4\.(6\.0 Alias expansion error|3\.0 .*)",
    r"smtpd_client_.*_limit": r"4(21|50) 4\.7\.\d .*(too m|Error: )\w.*",
    r"smtpd_tls_security_level|smtpd_enforce_tls": r"530 5\.7\.0 Must issue a STARTTLS command first",
    r"smtpd_tls_auth_only": r"538 .*",
    r"smtpd_tls_(chain|cert)_files?": r"454 4\.7\.0 TLS not available due to local problem",
    r"smtpd_sasl_.*": r"503 5\.5\.1 Error: authentication not enabled|535 5\.7\.8 .*|454 4\.7\.0 .*",
    r"smtpd_helo_required": r"503 5\.5\.1 Error: send HELO/EHLO first",
    r"smtpd_recipient_limit": r"452 4\.5\.3 Error: too many recipients",
    r"smtpd_hard_error_limit": r"421 4\.7\.0 \S+ Error: too many errors",
    r"smtpd_timeout": r"421 4\.4\.2 \S+ Error: timeout exceeded",
    r"disable_vrfy_command": r"502 5\.5\.1 VRFY command is disabled",
    r"smtputf8_enable": r"555 5\.5\.4 Unsupported option: SMTPUTF8",
    r"strict_rfc821_envelopes": r"501 5\.1\.\d Bad (sender|recipient) address syntax",
    r"smtpd_forbidden_commands": r"221 2\.7\.0 Error: I can break rules, too\. Goodbye\.",
    r"smtpd_forbid_unauth_pipelining": r"5\d\d 5\.5\.\d .*SMTP protocol synchronization",
    r"smtpd_forbid_bare_newline": r"5\d\d 5\.5\.2 \S+ Error: bare <LF> received",
}
"""Which parameter can give which reply outside of the restriction lists (smtpd.c, cleanup_strerror.c)."""
MALFORMED = r"50[0-4] 5\..*|501 .*|554 5\.5\.1 Error: no valid recipients|555 5\.5\.4 .*|5\d\d 5\.5\.\d .*|553 5\.6\.7 .*"
"""What smtpd says to a command that is malformed, unknown or out of order."""
SCREEN = {
    "postscreen_(deny|black)list_action": r"5(50|21) 5\.3\.2 Service currently unavailable",
    "postscreen_dnsbl_action": r"5(50|21) 5\.7\.1 Service unavailable; client \[.*\] blocked using .*",
    "postscreen_(greet|pipelining|bare_newline)_action": PROTOCOL,
    "postscreen_non_smtp_command_action": rf"{PROTOCOL}|521 5\.7\.0 Error: I can break rules, too\. Goodbye\.",
    "postscreen_(allow|white)list_interfaces|postscreen_.*_enable": r"450 4\.3\.2 Service currently unavailable",
}
"""Which parameter can give postscreen which answer (postscreen.c, postscreen_early.c, postscreen_smtpd.c)."""


def contradictions(evidence: Evidence, explanation: Explanation) -> list[str]:
    """All in which the explanation differs from the replies and the log, session by session; nothing if it fits."""
    return [
        f"{transcript.client}:{transcript.port}: {what}"
        for number, (transcript, session) in enumerate(zip(evidence.sessions, explanation.sessions, strict=True))
        if transcript.server in evidence.mail_host.addresses
        for what in _session(evidence, number, session, explanation.configured)
    ]


def _session(
    evidence: Evidence, number: int, session: ExplainedSession, configured: Configured
) -> Iterator[str]:
    transcript, own = evidence.sessions[number], evidence.log_of(number)
    lines = (*postscreen_lines(own, transcript), *session_lines(own))
    if not lines and not session.commands:
        return  # rsyslogd was gone: the guard `log-complete` is about that.
    log = [line.event for line in lines]
    # Without a code it is no restriction's line, but smtpd's own: `bare <LF> received`.
    logged = [event for event in log if isinstance(event, Reject) and event.action == "reject" and event.code]
    replies = [e.reply for e in transcript.exchanges if e.reply is not None and not e.reply.positive]
    refusals = [d for d in session.decisions if d.command.code >= 400]
    if [_spelled(reply) for reply in replies] != [d.command.reply for d in refusals]:
        yield f"the client got {[_spelled(r) for r in replies]}, explained are {[d.command.reply for d in refusals]}"
    steps = [step for command in session.commands for step in command.walk()]
    if unsure := [step.restriction.text for step in steps if step.result == "unknown"]:
        yield f"unknown what became of {unsure}"
    for refusal in refusals:
        line = next((event for event in logged if _said(event) == refusal.command.reply), None)
        yield from _refusal(refusal, line, session.service, configured)
    told = {refusal.command.reply for refusal in refusals}
    yield from (f"logged and not explained: {_said(event)}" for event in logged if _said(event) not in told)
    for decision in session.decisions:
        refusing = [step.restriction.text for step in decision.command.walk() if step.result in ("reject", "defer")]
        if decision.command.reply and decision.command.code < 400 and refusing:
            yield f"{decision.command.said} was accepted with {decision.command.reply}, but {refusing} refused it"


def _refusal(refusal: Decision, line: Reject | None, service: str, configured: Configured) -> Iterator[str]:
    reply, step = refusal.command.reply, refusal.step
    if step is not None and step.restriction.list == POSTSCREEN:
        yield from _screened(reply, step, line)
        return
    if refusal.why in ("outside", "protocol"):
        yield from _outside_of_lists(refusal)
        return
    if (line is not None) != (refusal.why in BY_RESTRICTION):
        yield f"{reply} is explained as `{refusal.why}`, the log has {'its' if line else 'no'} reject line"
    if line is None:
        return
    if line.stage != _stage(refusal.command.verb):
        yield f"{reply} was logged at {line.stage}, explained at {refusal.command.verb}"
    if step is None:
        yield f"{reply} has a reject line, but no restriction is named"
        return
    source = wording(line.text)
    if refusal.worded is not None:
        step = refusal.worded  # which had doubts; the log does not tell the text that the refusing one would have had
    if not can_say(step.restriction.name, line.text):
        yield f"{reply} cannot come from {step.restriction.text} (smtpd_check.c: {source.source})"
    lists = [in_effect(configured, name, service) for name in (*LISTS, *configured.classes)]
    able = [restriction for known in lists for restriction in known if can_say(restriction.name, line.text)]
    in_no_list = ":" in step.restriction.place.file or step.restriction.list not in (*LISTS, *configured.classes)
    if len(able) == 1 and able[0] != step.restriction and not in_no_list:
        yield f"{reply} can only come from {able[0].text} ({able[0].place}), explained is {step.restriction.text}"


def _outside_of_lists(refusal: Decision) -> Iterator[str]:
    """Somebody is named who can give that reply, or the command itself was wrong."""
    reply, step = refusal.command.reply, refusal.step
    if step is None:
        if refusal.why == "outside" or not re.fullmatch(MALFORMED, reply):
            yield f"nobody is named for {reply}, said to {refusal.command.said}"
        return
    name = step.restriction.name
    if not any(re.fullmatch(names, name) and re.fullmatch(said, reply) for names, said in OUTSIDE.items()):
        yield f"{name} is no parameter that makes smtpd say {reply}"


def _screened(reply: str, step: Step, line: Reject | None) -> Iterator[str]:
    """What postscreen says at RCPT is in its log, what it says when it hangs up is not."""
    parameter, action = step.restriction.name, step.restriction.argument
    if not any(re.fullmatch(names, parameter) and re.fullmatch(said, reply) for names, said in SCREEN.items()):
        yield f"postscreen does not say {reply} because of {parameter}"
    if (line is None) != (action == "drop") or (action == "drop") != reply.startswith("521"):
        yield f"{reply} is laid at {step.restriction.text}, the log has {'its' if line else 'no'} reject line"


def _spelled(reply: Reply) -> str:
    """The last line of the reply, as smtpd logs it."""
    return " ".join(filter(None, (str(reply.code), reply.enhanced, reply.lines[-1] if reply.lines else "")))


def _said(event: Reject) -> str:
    return " ".join(filter(None, (str(event.code or ""), event.enhanced or "", event.text)))


def _stage(verb: str) -> str:
    return {"MESSAGE": "END-OF-MESSAGE"}.get(verb, verb)
