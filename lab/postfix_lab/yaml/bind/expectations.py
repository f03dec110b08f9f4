"""Bind the keys under `expect` and `result`: checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints

from postfix_lab.text import did_you_mean
from postfix_lab.verdict.checks import (
    Check,
    accepted,
    asked,
    asked_nothing,
    bounced,
    connected_as,
    decided,
    decided_by,
    delivered,
    ended,
    header,
    logged,
    may_log,
    no_received_spf,
    not_asked,
    not_delivered,
    not_logged,
    peer_received,
    received_spf,
    refused,
    replied,
    sent,
    spf_result,
    warned,
    within,
)
from postfix_lab.verdict.checks.check import Observation, require_known
from postfix_lab.verdict.checks.log_lines import event_types
from postfix_lab.verdict.checks.outcomes import same_outcome, unless_closed
from postfix_lab.verdict.checks.questions import OUTCOMES
from postfix_lab.yaml.bind.answer_rules import request_checks
from postfix_lab.yaml.bind.pattern import pattern
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node
from postfix_lab.yaml.read.value_kind import NO, YES, is_yes

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.scenario.world import Host

_DECIDED = ("recipient", "verdict", "stage", "code", "enhanced", "text")
_PROVE_NOTHING = ("log-may", "recipient")


def expectations(section: Section) -> Section:
    """Return the section under `expect`, with the words of the session."""
    node = section.node("expect")
    return section.of(node) if node is not None else Section({}, section.words)


def has_checks(expected: Section) -> bool:
    """Whether the section contains a check that can fail."""
    return any(key not in _PROVE_NOTHING for key in expected.keys)


_OF_ANY_END = ("decided", "fares_like")
"""Checks that also judge a closed port, and what postscreen did."""


def session_checks(expected: Section, number: int, names: Sequence[str] = ()) -> Iterator[Check]:
    """Yield the checks about one session; `names` has those of all sessions."""
    for check in (*_session_checks(expected, number), *_same_outcome_checks(expected, number, names)):
        lenient = allows_closed_port(expected) and check.name not in _OF_ANY_END
        yield unless_closed(check, session=number) if lenient else check


def seen_checks(expected: Section, hosts: Mapping[str, Host]) -> Iterator[Check]:
    """Yield the checks about the whole evidence; if the port may be closed, they need a connection."""
    for key, node in expected.keys.items():
        if key in SEEN_CHECKS:
            with at_node(node):
                for check in SEEN_CHECKS[key](node, expected, hosts):
                    yield unless_closed(check) if allows_closed_port(expected) else check


def result_checks(section: Section) -> Iterator[Check]:
    """Yield the check for `result`."""
    if results := section.texts("result"):
        yield spf_result(*results)


def allows_several_verdicts(expected: Section) -> bool:
    """Whether several verdicts are accepted, so that the report states which one occurred."""
    return len(expected.nodes("verdict")) > 1


def allows_closed_port(expected: Section) -> bool:
    """Whether a closed port is accepted; then the other checks do not apply."""
    return "closed" in expected.texts("verdict")


def _session_checks(expected: Section, number: int) -> Iterator[Check]:
    about = {key: expected.text(key) for key in ("stage", "code", "enhanced")}
    recipient = expected.text("recipient")
    text = expected.node("text")
    verdicts = expected.texts("verdict")
    if verdicts or text or any(about.values()):
        about |= {"recipient": recipient, "text": pattern(text, expected) if text else None}
        yield _with_place(decided(*verdicts, **cast("Any", about), session=number), expected, *_DECIDED)
    for node in expected.nodes("replies"):
        yield _reply(expected.of(node), number)
    for stage in expected.texts("accepted"):
        yield accepted(cast("Any", stage), session=number)
    for node in expected.nodes("refused"):
        yield _refused(expected.of(node), number)
    if how := expected.text("ended"):
        yield ended(cast("Any", how), session=number)
    for octets in expected.texts("sent"):
        yield sent(octets, session=number)
    if seconds := expected.text("within"):
        yield within(float(seconds), session=number)
    if name := expected.text("decided-by"):
        yield _with_place(decided_by(name, session=number, recipient=recipient), expected, "recipient", "decided-by")
    if name := expected.text("connected-as"):
        yield connected_as(name, session=number)


def _with_place(check: Check, expected: Section, *keys: str) -> Check:
    """Return the check; its InputErrors get the position of the first of these keys that is present."""
    node = next(node for key in keys if (node := expected.node(key)) is not None)

    def look(evidence: Evidence) -> Observation:
        with at_node(node):
            return check.look(evidence)

    return replace(check, look=look)


def _same_outcome_checks(expected: Section, number: int, names: Sequence[str]) -> Iterator[Check]:
    node = expected.node("like")
    if node is not None:
        name = expected.fill(node)
        if name not in filter(None, names):
            raise node.place.error(f"no session is called {name!r}; {did_you_mean(name, list(filter(None, names)))}")
        yield same_outcome(names.index(name), name, session=number)


def _reply(about: Section, number: int) -> Check:
    text, which = about.node("text"), about.node("said")
    return replied(
        cast("Any", about.text("stage")),
        about.text("code") or "",
        about.text("enhanced"),
        pattern(text, about) if text else None,
        said=pattern(which, about) if which else None,
        session=number,
    )


def _refused(about: Section, number: int) -> Check:
    text = about.node("text")
    code, wanted = about.text("code") or "", pattern(text, about) if text else None
    return refused(cast("Any", about.text("stage")), code, about.text("enhanced"), wanted, session=number)


def _headers(node: YamlNode, section: Section, _: Mapping[str, Host]) -> Iterator[Check]:
    for name, value in node if isinstance(node, TableNode) else ():
        yield header(section.fill(name), pattern(value, section))


def _received_spf(node: YamlNode, section: Section, _: Mapping[str, Host]) -> Iterator[Check]:
    if isinstance(node, ScalarNode):
        yield no_received_spf() if node.text == "absent" else received_spf(node.text)
        return
    about = section.of(node)
    fields = {
        key.replace("-", "_"): pattern(value, section) if key == "comment" else about.fill(value)
        for key, value in about.keys.items()
        if key != "result"
    }
    yield received_spf(about.text("result") or "", **fields)


def _delivered(node: YamlNode, section: Section, _: Mapping[str, Host]) -> Iterator[Check]:
    if isinstance(node, ScalarNode):
        yield delivered() if is_yes(node) else not_delivered()
        return
    about = section.of(node)
    times = about.text("times")
    yield delivered(int(times) if times else None, about.text("to"))


def _queued(node: YamlNode, _: Section, __: Mapping[str, Host]) -> Iterator[Check]:
    yield logged("Queued") if isinstance(node, ScalarNode) and is_yes(node) else not_logged("Queued")


def _bounced(node: YamlNode, section: Section, _: Mapping[str, Host]) -> Iterator[Check]:
    text = section.fill(node)
    yield not_logged("Delivery", status="bounced") if text in NO else bounced(None if text in YES else text)


def _peers(_: YamlNode, section: Section, hosts: Mapping[str, Host]) -> Iterator[Check]:
    for peer in section.nodes("peers"):
        about = section.of(peer)
        where, text, port = about.text("address") or "", about.node("text"), about.text("port")
        wanted = about.text("from"), about.text("to"), pattern(text, about) if text else None
        more = int(port) if port else None, about.text("login")
        yield peer_received(hosts[where].addresses[0] if where in hosts else where, *wanted, *more)


def _lines(key: str, check: Callable[..., Check]) -> Callable[[YamlNode, Section, Mapping[str, Host]], Iterator[Check]]:
    def checks(_: YamlNode, section: Section, __: Mapping[str, Host]) -> Iterator[Check]:
        for node in section.nodes(key):
            with at_node(node):
                yield _line(node, section, check)

    return checks


def _line(node: YamlNode, section: Section, check: Callable[..., Check]) -> Check:
    if isinstance(node, ScalarNode):
        return check(pattern(node, section))
    about = section.of(node)
    event = about.text("event")
    if event is None:
        raise ValueError("fields of a log line go with an `event`")
    hints = get_type_hints(event_types()[require_known(event, event_types(), "event of the log")])
    values = {key: pattern(value, about) for key, value in about.keys.items() if key != "event"}
    return check(event, **{key: convert(value, hints.get(key)) for key, value in values.items()})


def convert(text: str, hint: Any) -> Any:
    """Convert the text of a field to the type that the event has."""
    kinds = (hint, *get_args(hint))
    if bool in kinds and text in (*YES, *NO):
        return text in YES
    # What is not free text is compared as it is, so a plain str stands for it.
    return int(text) if int in kinds and text.isdecimal() else text


def _asked(_: YamlNode, section: Section, __: Mapping[str, Host]) -> Iterator[Check]:
    for node in section.nodes("asked"):
        with at_node(node):
            if isinstance(node, ScalarNode):
                yield _question(section.fill(node))
            else:
                about = section.of(node)
                name, rtype = about.text("name") or "", about.text("type") or ""
                yield asked(name, rtype, about.text("outcome"), about.texts("answers") or None)


def _question(text: str) -> Check:
    """Return the check for `NAME TYPE`, `NAME TYPE -> OUTCOME` or `NAME TYPE -> ANSWER`, the notation of reports."""
    question, arrow, result = (part.strip() for part in text.partition("->"))
    match question.split():
        case [name, rtype] if not arrow:
            return asked(name, rtype)
        case [name, rtype] if result in OUTCOMES:
            return asked(name, rtype, result)
        case [name, rtype] if result:
            return asked(name, rtype, answers=result)
        case _:
            raise ValueError(f"{text!r} is no DNS question; write it as in `203.0.113.9 PTR -> NXDOMAIN`")


def _not_asked(_: YamlNode, section: Section, __: Mapping[str, Host]) -> Iterator[Check]:
    for node in section.nodes("not-asked"):
        with at_node(node):
            name, *rest = section.fill(node).split() or [""]
            if not name or len(rest) > 1:
                raise ValueError("a question that is never asked is `NAME` or `NAME TYPE`")
            yield not_asked(name, *rest)


def _asked_nothing(_: YamlNode, __: Section, ___: Mapping[str, Host]) -> Iterator[Check]:
    yield asked_nothing()


SEEN_CHECKS: dict[str, Callable[[YamlNode, Section, Mapping[str, Host]], Iterator[Check]]] = {
    "headers": _headers,
    "received-spf": _received_spf,
    "delivered": _delivered,
    "queued": _queued,
    "bounced": _bounced,
    "peers": _peers,
    "milter-received": request_checks("milter-received"),
    "policy-received": request_checks("policy-received"),
    "table-asked": request_checks("table-asked"),
    "log": _lines("log", logged),
    "warned": _lines("warned", warned),
    "log-never": _lines("log-never", not_logged),
    "log-may": _lines("log-may", may_log),
    "asked": _asked,
    "not-asked": _not_asked,
    "asked-nothing": _asked_nothing,
}
"""How each key of `vocabulary.expect_keys.SEEN_EXPECT` is bound."""
