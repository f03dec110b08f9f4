"""The dialogue of a client from the keys of a session: an ordinary delivery with changes, or the steps under `say`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Literal, cast, get_args

from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import (
    DEFAULT_SENDER,
    Auth,
    Burst,
    Command,
    Dialogue,
    Drop,
    HalfClose,
    Meet,
    Message,
    Part,
    Raw,
    Stage,
    StartTls,
    Step,
    mail,
)
from postfix_lab.yaml.bind.misbehaving import misbehaviour
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ListNode, ScalarNode, YamlNode, at_node
from postfix_lab.yaml.read.value_kind import is_yes

_VERBS = {"EHLO": "HELO", "LHLO": "HELO", "NOOP": "OTHER", "VRFY": "OTHER", "EXPN": "OTHER"}
_BODIES = ("command", "message", "raw", "burst", "starttls", "auth", "meet", "half-close", "drop")
_GO_WITH = {
    "pace": ("message", "raw"),
    "verbatim": ("message",),
    "octets": ("message",),
    "sure": ("burst",),
    "behind": ("starttls",),
}
"""Keys that only some kinds of steps take."""


def session(section: Section, host: Host, via: Host | None) -> Session:
    """Return the session that the keys describe; `via` is the MTA to connect to instead of the mail host."""
    port = int(section.text("port") or 25)
    node = section.node("source")
    source = section.text("source")
    if node is not None and source not in host.addresses:
        raise node.place.error(f"the client has no address {source}; it has {', '.join(host.addresses)}")
    spoken, place = _dialogue(section, host), node or section.node("host")
    with at_node(place) if place is not None else nullcontext():
        return Session(host, spoken, port, source, via.addresses[0] if via else None)


def _dialogue(section: Section, host: Host) -> Dialogue:
    steps = _own_steps(section) if section.node("say") else _delivery(section, host)
    on_connect = section.text("tls") == "on-connect"
    dialogue = Dialogue(steps, persist=section.flag("persist"), tls_on_connect=on_connect, early=_early(section))
    for key in ("quit-after", "drop-after"):
        node = section.node(key)
        if node is not None:
            with at_node(node):
                dialogue = dialogue.until(cast("Stage", section.fill(node)), drop=key == "drop-after")
    node = section.node("misbehaves")
    if node is None:
        return dialogue
    with at_node(node):
        return misbehaviour(node, section)(dialogue)


def _early(section: Section) -> tuple[Part, ...]:
    """Return what the client sends before the banner: octets, or a list of parts."""
    node = section.node("early")
    if isinstance(node, ListNode):
        return _parts(section, "early")
    octets = _checked_octets(node, section.text("early") or "")
    return (Raw(octets, replies=0),) if octets else ()


def _parts(section: Section, key: str) -> tuple[Part, ...]:
    """Return the parts that are sent in one write; the declaration of the keys allows parts only."""
    return tuple(cast("Part", _step(node, section)) for node in section.nodes(key))


def _delivery(section: Section, host: Host) -> tuple[Step, ...]:
    """Return EHLO, STARTTLS and AUTH where they are asked for, and the messages in order."""
    messages = [section.overlay(section.of(node).keys) for node in section.nodes("messages")] or [section]
    first, *others = [_mail(message, host) for message in messages]
    return (*first, *(step for steps in others for step in steps if getattr(step, "stage", "") in _ENVELOPE))


_ENVELOPE = ("MAIL", "RCPT", "DATA", "MESSAGE")


def _mail(section: Section, host: Host) -> tuple[Step, ...]:
    ehlo, tls = section.node("ehlo"), section.node("tls")
    sender, data = section.text("mailfrom"), section.text("data")
    auth = section.node("auth")
    return mail(
        helo=host.greeting if section.text("helo") is None else section.text("helo") or "",
        sender=DEFAULT_SENDER if sender is None else sender,
        to=section.texts("to") or (f"bob@{section.words['mydomain']}",),
        data=None if data is None else _octets(data),
        ehlo=not isinstance(ehlo, ScalarNode) or is_yes(ehlo),
        tls=isinstance(tls, ScalarNode) and is_yes(tls),
        auth=_auth(auth, section) if auth is not None else None,
        mail_parameters=section.text("mail-parameters") or "",
    ).steps


def _auth(node: YamlNode, section: Section) -> Auth:
    about = section.of(node)
    mechanism = cast("Literal['PLAIN', 'LOGIN']", about.text("mechanism") or "PLAIN")
    return Auth(about.text("user") or "", about.text("password") or "", mechanism)


def _own_steps(section: Section) -> tuple[Step, ...]:
    return tuple(_step(node, section) for node in section.nodes("say"))


def _step(node: YamlNode, section: Section) -> Step:
    if isinstance(node, ScalarNode):
        return command_step(section.fill(node))
    about = section.of(node)
    bodies = [key for key in about.keys if key in _BODIES]
    if len(bodies) != 1:
        raise node.place.error(f"a step is one of {', '.join(_BODIES)}; this is {' and '.join(bodies) or 'none'}")
    for key, with_bodies in _GO_WITH.items():
        if key in about.keys and bodies[0] not in with_bodies:
            raise node.place.error(f"`{key}` goes with {' or '.join(with_bodies)}, not with {bodies[0]}")
    step = _body_step(bodies[0], about, node)
    stage = about.text("stage")
    return replace(step, stage=cast("Stage", stage)) if stage else step


def _body_step(body: str, about: Section, node: YamlNode) -> Step:
    text, sure = about.text(body) or "", about.text("sure")
    replies, pace = int(about.text("replies") or 1), float(about.text("pace") or 0)
    made: dict[str, Callable[[], Step]] = {
        "command": lambda: command_step(text),
        "message": lambda: Message(_content(node, about, text), "MESSAGE", about.flag("verbatim"), replies, pace),
        "raw": lambda: Raw(_checked_octets(node, text), replies, pace=pace),
        "burst": lambda: Burst(_parts(about, "burst"), None if sure is None else int(sure)),
        "starttls": lambda: StartTls(behind=_parts(about, "behind")),
        "auth": lambda: _auth(about.keys["auth"], about),
        "meet": Meet,
        "half-close": HalfClose,
        "drop": lambda: Drop(reset=text == "reset"),
    }
    return made[body]()


def _content(node: YamlNode, about: Section, text: str) -> str:
    """Return a message with one character for each octet; the file has it in UTF-8, or in that form already."""
    return _checked_octets(node, text) if about.flag("octets") else _octets(text)


def _checked_octets(node: YamlNode | None, text: str) -> str:
    if node is not None and any(ord(character) > 255 for character in text):  # noqa: PLR2004 - one character an octet
        raise node.place.error(r"raw octets go up to \xff, one character an octet")
    return text


def command_step(line: str) -> Command:
    """Return the step for a command line, with the stage that its verb belongs to."""
    verb = line.partition(" ")[0].upper()
    stage = _VERBS.get(verb, verb)
    return Command(line, cast("Stage", stage if stage in get_args(Stage) else "OTHER"))


def _octets(text: str) -> str:
    """Return a text in UTF-8, with one character for each octet."""
    return text.encode().decode("latin-1")
