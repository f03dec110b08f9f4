"""The result of postscreen(8)'s tests for a client, from its log lines; a client that it refuses reaches no smtpd.

It logs failed tests (`PREGREET`, `DNSBL rank 2`, `BARE NEWLINE`, ...) and its replies to RCPT, but no passed test. The
test's action decides what follows (postscreen_early.c, postscreen_smtpd.c): `ignore` continues, `enforce` refuses each
RCPT with the text of the last failed test, and `drop` closes the connection at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import DEFAULT, Place
from postfix_lab.postfix.log.events import Postscreen, Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.restrictions.evaluation import EvaluatedCommand, Evaluation, Result, Step
from postfix_lab.postfix.restrictions.restriction import Restriction, postscreen_service, words_in_effect
from postfix_lab.postfix.restrictions.stages import place_of
from postfix_lab.smtp.transcript import Transcript

POSTSCREEN = "postscreen"
"""The name of the list of its tests in an explanation."""
_DENYLIST = ("postscreen_denylist_action", "postscreen_blacklist_action")
_ACTIONS = {
    "DENYLISTED": _DENYLIST,
    "BLACKLISTED": _DENYLIST,
    "DNSBL": ("postscreen_dnsbl_action",),
    "PREGREET": ("postscreen_greet_action",),
    "COMMAND PIPELINING": ("postscreen_pipelining_action",),
    "NON-SMTP COMMAND": ("postscreen_non_smtp_command_action",),
    "BARE NEWLINE": ("postscreen_bare_newline_action",),
}
"""Log text of a failed test -> the parameter with its action, under its names in all releases."""
_ALLOWED = {
    "ALLOWLISTED": "postscreen_access_list",
    "WHITELISTED": "postscreen_access_list",
    "PASS NEW": "PASS NEW",
    "PASS OLD": "PASS OLD",
}
_LIMITS = {
    "too many connections": "postscreen_client_connection_count_limit",
    "all server ports busy": "postscreen_post_queue_limit",
}
_BESIDE = {
    "DENYLISTED": ("postscreen_access_list",),
    "BLACKLISTED": ("postscreen_access_list",),
    "DNSBL": ("postscreen_dnsbl_threshold",),
    "PREGREET": ("postscreen_greet_wait",),
}
"""Further parameters that a result depends on."""
_VETO = ("ALLOWLIST VETO", "WHITELIST VETO")
_DEEP = ("postscreen_pipelining_enable", "postscreen_non_smtp_command_enable", "postscreen_bare_newline_enable")
SITES = "postscreen_dnsbl_sites"
_ONCE_MORE = "a test after the greeting: who passes it has to come once more"
_TEMPORARY, _REFUSED = 4, 400


@dataclass(frozen=True)
class _Screen:
    """The configuration of a postscreen service."""

    configured: Configured
    service: str

    def restriction(self, *names: str) -> Restriction:
        """A parameter with its value and place, under the name that the admin or the release uses."""
        known = [name for name in names if self.value(name)] or list(names)
        places = {name: place_of(self.configured, self.service, name) for name in known}
        name = next((name for name in known if places[name] != DEFAULT), known[0])
        return Restriction(name, self.value(name), places[name], POSTSCREEN, 0)

    def value(self, name: str) -> str:
        """The value of a parameter for this service."""
        return self.configured.value(name, self.service)

    def setting_text(self, name: str) -> str:
        """A parameter with value and place: `postscreen_greet_wait = 2s (main.cf:15)`."""
        place = place_of(self.configured, self.service, name)
        return f"{name} = {' '.join(self.value(name).split())} ({place})"


def describe_tests(lines: Iterable[LogLine], transcript: Transcript) -> Iterator[str]:
    """Describe the results of the tests, each with the parameter of its action; no configuration is needed."""
    for line in postscreen_lines(lines, transcript):
        event = line.event
        if isinstance(event, Postscreen) and event.action in (*_ACTIONS, *_VETO, "HANGUP"):
            names = _ACTIONS.get(event.action, ())
            what = f"postscreen: {event.action} {event.detail}".rstrip()
            yield f"{what} ({' or '.join(names)})" if names else what
        elif isinstance(event, Reject) and (event.code, event.enhanced) == (450, "4.3.2"):
            yield f"postscreen: {_ONCE_MORE}"


def postscreen_lines(lines: Iterable[LogLine], transcript: Transcript) -> tuple[LogLine, ...]:
    """The lines of postscreen about that session."""
    found = []
    for line in lines:
        event = line.event
        if line.service == POSTSCREEN and isinstance(event, Postscreen | Reject) and event.client is not None:
            port = event.client.port
            if event.client.address == transcript.client and port in (None, transcript.port):
                found.append(line)
    return tuple(found)


def evaluate_postscreen(
    lines: Iterable[LogLine], configured: Configured, transcript: Transcript
) -> tuple[EvaluatedCommand, ...]:
    """The commands that postscreen refused, or one that says that the client passed; empty without postscreen.

    The reply to a client that is dropped is in no log, so it is the transcript's.
    """
    own = postscreen_lines(lines, transcript)
    if not own:
        return ()
    screen = _Screen(configured, postscreen_service(configured, transcript.server_port, transcript.server))
    refused = tuple(_refusals(screen, own, transcript))
    return refused or (_pass_command(screen, own),)


def _refusals(screen: _Screen, own: tuple[LogLine, ...], transcript: Transcript) -> Iterator[EvaluatedCommand]:
    """A command for each refused RCPT, and one if postscreen closed the connection."""
    for number, line in enumerate(own):
        event, before = line.event, own[: number + 1]
        if isinstance(event, Reject) and event.code:
            command = EvaluatedCommand("RCPT", f"RCPT TO:<{event.recipient or ''}>", line.at, reply=_reply_text(event))
            yield _with_decision(screen, command, before)
        elif isinstance(event, Reject) and event.text in _LIMITS:
            command = EvaluatedCommand("CONNECT", "", line.at, reply=_last_refusal(transcript))
            yield _with_decision(screen, command, before)
        elif isinstance(event, Postscreen) and _action(screen, event) == "drop":
            verb = "CONNECT" if event.action in _BESIDE else "OTHER"
            yield _with_decision(screen, EvaluatedCommand(verb, "", line.at, reply=_last_refusal(transcript)), before)


def _with_decision(screen: _Screen, command: EvaluatedCommand, before: tuple[LogLine, ...]) -> EvaluatedCommand:
    """The command with all test results up to then, the deciding one marked."""
    line, reply = before[-1], command.reply
    result: Result = "defer" if reply[:1] == str(_TEMPORARY) else "reject"
    steps = list(_steps(screen, before))
    deciding = _deciding_step(screen, steps, line, reply)
    if deciding is None:
        steps.append(Step(Restriction("unknown", "", Place("unknown"), POSTSCREEN, len(steps)), "unknown"))
    else:
        event = line.event
        rejects = (event,) if isinstance(event, Reject) and event.code else ()
        steps[deciding] = replace(steps[deciding], result=result, rejects=rejects)
    return replace(command, lists=(Evaluation(POSTSCREEN, "list", _number_steps(steps)),))


def _deciding_step(screen: _Screen, steps: list[Step], line: LogLine, reply: str) -> int | None:
    """The index of the deciding step: the last with that action, or an after-220 test, which always ends with 450."""
    wanted = ("drop",) if isinstance(line.event, Postscreen) else ("enforce",)
    if isinstance(line.event, Reject) and line.event.text in _LIMITS:
        return len(steps) - 1
    places = [n for n, step in enumerate(steps) if step.restriction.argument in wanted and step.answers]
    if places:
        return places[-1]
    vetoed = [n for n, step in enumerate(steps) if step.restriction.name == "postscreen_allowlist_interfaces"]
    if vetoed:
        return vetoed[-1]
    if reply[:1] == str(_TEMPORARY):
        deep = [name for name in _DEEP if screen.value(name) == "yes"]
        steps += [Step(screen.restriction(name), "dunno", answers=(_ONCE_MORE,)) for name in deep]
        return len(steps) - len(deep) if deep else None
    return None


def _pass_command(screen: _Screen, own: tuple[LogLine, ...]) -> EvaluatedCommand:
    tests = Evaluation(POSTSCREEN, "list", _number_steps([*_steps(screen, own)]))
    return EvaluatedCommand("CONNECT", "", own[0].at, (tests,))


def _steps(screen: _Screen, own: Iterable[LogLine]) -> Iterator[Step]:
    """A step for each line with the result of a test."""
    for line in own:
        event = line.event
        if isinstance(event, Reject):
            if event.text in _LIMITS:
                yield Step(screen.restriction(_LIMITS[event.text]), "dunno", answers=(event.text,), began=line.at)
        elif isinstance(event, Postscreen):
            yield from _step(screen, event, line)


def _step(screen: _Screen, event: Postscreen, line: LogLine) -> Iterator[Step]:
    if event.action in _ACTIONS:
        what = f"{event.action} {event.detail}".rstrip()
        beside = (screen.setting_text(name) for name in _BESIDE.get(event.action, ()))
        inner = _sites(screen) if event.action == "DNSBL" else ()
        yield Step(
            screen.restriction(*_ACTIONS[event.action]), "dunno", answers=(what, *beside), inner=inner,
            began=line.at, ended=line.at,
        )  # fmt: skip
    elif event.action in _ALLOWED:
        name = _ALLOWED[event.action]
        known = name if name.startswith(POSTSCREEN) else ""
        restriction = screen.restriction(known) if known else Restriction(name, "", Place(POSTSCREEN), POSTSCREEN, 0)
        yield Step(replace(restriction, argument=""), "permit", answers=(event.action,) if known else ())
    elif event.action in _VETO:
        names = ("postscreen_allowlist_interfaces", "postscreen_whitelist_interfaces")
        yield Step(screen.restriction(*names), "dunno", answers=(event.action,))
    elif event.action not in ("CONNECT", "DISCONNECT"):
        found = Restriction(event.action, "", Place(POSTSCREEN), POSTSCREEN, 0)
        yield Step(found, "dunno", answers=(event.detail,) if event.detail else ())


def _sites(screen: _Screen) -> tuple[Evaluation, ...]:
    """The DNS lists that were asked, each with weight and place; the caller adds the DNS questions."""
    sites = tuple(
        Step(Restriction(word.text, "", word.place, SITES, number), "dunno")
        for number, word in enumerate(words_in_effect(screen.configured, SITES, screen.service))
    )
    return (Evaluation(SITES, "list", sites),)


def _number_steps(steps: list[Step]) -> tuple[Step, ...]:
    return tuple(
        replace(step, restriction=replace(step.restriction, index=number)) for number, step in enumerate(steps)
    )


def _action(screen: _Screen, event: Postscreen) -> str:
    names = _ACTIONS.get(event.action, ())
    return screen.restriction(*names).argument if names else ""


def _reply_text(event: Reject) -> str:
    return " ".join(filter(None, (str(event.code or ""), event.enhanced or "", event.text)))


def _last_refusal(transcript: Transcript) -> str:
    """The last line of the last refusal that the client got."""
    refused = [e.reply for e in transcript.exchanges if e.reply is not None and e.reply.code >= _REFUSED]
    if not refused:
        return ""
    reply = refused[-1]
    return " ".join(filter(None, (str(reply.code), reply.enhanced, reply.lines[-1] if reply.lines else "")))
