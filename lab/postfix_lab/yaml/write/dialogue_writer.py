"""Write a dialogue as YAML keys: as an ordinary delivery where it is one, else step by step under `say`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from postfix_lab.errors import InputError
from postfix_lab.smtp.dialogue import (
    DEFAULT_MESSAGE,
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
from postfix_lab.text import printable
from postfix_lab.yaml.bind.client_dialogue import command_step
from postfix_lab.yaml.write.world_writer import compact

_OCTET = 255
_MAIL = re.compile(r"MAIL FROM:<(.*?)>(?: (.+))?", re.DOTALL)
_RCPT = re.compile(r"RCPT TO:<(.*)>", re.DOTALL)
_USUAL: Mapping[type[Step], Stage] = {
    Message: Message("").stage,
    Raw: Raw("").stage,
    Auth: Auth("", "").stage,
    Burst: Burst(()).stage,
    **{kind: kind().stage for kind in (StartTls, Meet, HalfClose, Drop)},
}
"""The stage of a step that names none."""


def dialogue_keys(dialogue: Dialogue, greeting: str) -> dict[str, Any]:
    """Return the keys that make this dialogue; `greeting` is the default argument of the client's EHLO.

    Raises InputError if the dialogue cannot be expressed in YAML.
    """
    keys = None if dialogue.tls_on_connect else _delivery(dialogue.steps, greeting)
    if keys is None:
        keys = _say_steps(dialogue)
    return {**keys, **compact(early=_early(dialogue.early), persist=dialogue.persist)}


def _say_steps(dialogue: Dialogue) -> dict[str, Any]:
    """Return the steps under `say`; a dialogue without steps ends after the banner."""
    tls = compact(tls="on-connect" if dialogue.tls_on_connect else None)
    if not dialogue.steps:
        return {**tls, "quit-after": "CONNECT"}
    return {**tls, "say": [_step(step) for step in dialogue.steps]}


def _delivery(steps: tuple[Step, ...], greeting: str) -> dict[str, Any] | None:
    """Return the keys of an ordinary delivery, or None if the steps differ from it in any octet."""
    commands = [step.line for step in steps if isinstance(step, Command)]
    messages = [step.content for step in steps if isinstance(step, Message)]
    auth = next((step for step in steps if isinstance(step, Auth)), None)
    envelope = next(filter(None, map(_MAIL.fullmatch, commands)), None)
    to = tuple(found[1] for found in map(_RCPT.fullmatch, commands) if found)
    if not commands or len(messages) != 1 or envelope is None or not to:
        return None
    verb, _, helo = commands[0].partition(" ")
    about: dict[str, Any] = {
        "helo": helo, "sender": envelope[1], "to": to, "ehlo": verb == "EHLO", "auth": auth,
        "tls": any(isinstance(step, StartTls) for step in steps), "mail_parameters": envelope[2] or "",
    }  # fmt: skip
    data = _as_text(messages[0])
    if data is None or mail(**about, data=messages[0]).steps != steps:
        return None
    bare = _as_text(_remove_head(messages[0], about)) or ""
    keys = compact(
        helo=None if helo == greeting else helo,
        tls=about["tls"],
        auth=_auth(auth) if auth else None,
        to=to[0] if len(to) == 1 else list(to),
        mail_parameters=envelope[2],
        data=None if bare == DEFAULT_MESSAGE else bare,
    )
    return {
        **keys,
        **({} if about["ehlo"] else {"ehlo": False}),
        **({} if envelope[1] == DEFAULT_SENDER else {"mailfrom": envelope[1]}),
        **({"data": bare} if not bare else {}),
    }


def _remove_head(content: str, about: Mapping[str, Any]) -> str:
    """Return the message without the headers that `mail` adds, if it has them."""
    empty = mail(**about, data="").steps[-1]
    head = empty.content if isinstance(empty, Message) else ""
    rest = content.removeprefix(head)
    again = mail(**about, data=rest).steps[-1]
    return rest if again == Message(content) else content


def _step(step: Step) -> str | dict[str, Any]:
    usual = command_step(step.line).stage if isinstance(step, Command) else _USUAL[type(step)]
    if isinstance(step, Command) and step.stage == usual:
        return step.line
    return {**_body(step), **_omit_default(usual, stage=step.stage)}


def _body(step: Step) -> dict[str, Any]:
    """Return the keys of the step without its stage."""
    keys: dict[str, Any]
    match step:
        case Command(line):
            keys = {"command": line}
        case Message():
            keys = _message(step)
        case Raw(octets, replies):
            keys = {"raw": _octets(octets), **_omit_default(1, replies=replies), **compact(pace=step.pace or None)}
        case Auth():
            keys = {"auth": _auth(step)}
        case StartTls(behind=behind):
            keys = {"starttls": True, **compact(behind=[_step(part) for part in behind])}
        case Burst(parts, sure):
            keys = {"burst": _parts(parts), **_omit_default(None, sure=sure)}
        case Meet():
            keys = {"meet": True}
        case HalfClose():
            keys = {"half-close": True}
        case Drop(reset):
            keys = {"drop": "reset" if reset else "close"}
    return keys


def _message(step: Message) -> dict[str, Any]:
    text = _as_text(step.content)
    body = {"message": _octets(step.content), "octets": True} if text is None else {"message": text}
    more = compact(verbatim=step.verbatim, pace=step.pace or None)
    return {**body, **more, **_omit_default(1, replies=step.replies)}


def _auth(step: Auth) -> dict[str, Any]:
    keys = {"user": step.user, "password": step.password}
    return keys if step.mechanism == "PLAIN" else {**keys, "mechanism": step.mechanism}


def _early(parts: tuple[Part, ...]) -> str | list[Any] | None:
    match parts:
        case (Raw(octets, 0, "OTHER", 0.0),) if octets:
            return _octets(octets)
    return _parts(parts) if parts else None


def _parts(parts: tuple[Part, ...]) -> list[str | dict[str, Any]]:
    if not parts:
        raise InputError("a burst of nothing cannot be said in YAML")
    return [_step(part) for part in parts]


def _omit_default(usual: object, **keys: Any) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value != usual}


def _octets(text: str) -> str:
    invalid = next((character for character in text if ord(character) > _OCTET), None)
    if invalid is not None:
        raise InputError(f"octets go up to \\xff, one character an octet, and {printable(invalid)!r} is none")
    return text


def _as_text(octets: str) -> str | None:
    """Return the text whose UTF-8 form is these octets, or None if they are no UTF-8."""
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
