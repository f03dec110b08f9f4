"""Write checks as the keys below `expect`: the inverse of `expectations.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, get_type_hints

from postfix_lab.errors import InputError
from postfix_lab.verdict.checks.check import Check, Literal
from postfix_lab.verdict.checks.log_lines import FREE_TEXT, event_types
from postfix_lab.yaml.bind.expectations import convert
from postfix_lab.yaml.read.value_kind import FLAG
from postfix_lab.yaml.write.world_writer import compact

Keys = dict[str, Any]
_LISTS = (
    "replies", "accepted", "sent", "log", "log-never", "log-may", "warned", "asked", "not-asked", "peers",
    "milter-received", "policy-received", "table-asked",
)  # fmt: skip
"""Keys that take several values."""
_SLASHES = 2
_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


def expect_keys(checks: Iterable[Check], sessions: int) -> tuple[Keys, list[Keys], list[str]]:
    """Return the keys for the whole test, those for each session, and the accepted SPF results.

    Raises InputError, which names the check, if YAML has no key for it.
    """
    seen: Keys = {}
    of_session: list[Keys] = [{} for _ in range(sessions)]
    results: Keys = {}
    wanted = tuple(checks)
    for check in wanted:
        arguments = dict(check.call.arguments) if check.call else {}
        number = arguments.pop("session", 0)
        if check.call is None or (make := _KEYS.get(check.call.name)) is None:
            raise _cannot_write(check)
        if not 0 <= number < sessions:
            raise InputError(f"there is no session {number} for the check `{check.want}`")
        keys = make(check, **arguments)
        place = results if check.name == "spf_result" else of_session[number] if check.name in _OF_SESSION else seen
        _add(place, keys, check)
    if len(wanted) > 1 and any("closed" in _as_list(keys.get("verdict")) for keys in of_session):
        raise InputError("in YAML a verdict of `closed` excuses every other check, so it has to stand alone")
    if any(keys.keys() >= {"recipient", "decided-by"} for keys in of_session):
        raise InputError("in YAML `recipient` is about `decided-by` too, and that check names none")
    return _shorten_lists(seen), [_shorten_lists(keys) for keys in of_session], results.get("result", [])


def _add(place: Keys, keys: Keys, check: Check) -> None:
    for key, value in keys.items():
        if key in _LISTS:
            place.setdefault(key, []).append(value)
        elif key == "headers" and not set(value) & set(place.get(key, {})):
            place.setdefault(key, {}).update(value)
        elif key in place:
            raise InputError(f"`{key}` is said once in YAML, so there is no room for the check `{check.want}`")
        else:
            place[key] = value


def _as_list(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _shorten_lists(keys: Keys) -> Keys:
    """Replace each list of one item by the item."""
    return {key: value[0] if key in _LISTS and len(value) == 1 else value for key, value in keys.items()}


def _cannot_write(check: Check) -> InputError:
    return InputError(f"the check {check.name} (`{check.want}`) cannot be said in YAML")


def _pattern(text: str) -> str:
    """Return a text to search for; between slashes if it may be meant as a regular expression."""
    if isinstance(text, Literal) or not _compiles(text):
        return f"/{re.escape(text)}/" if _is_between_slashes(text) else text
    return f"/{text}/" if _is_between_slashes(text) or _SPECIAL.search(text) else text


def _is_between_slashes(text: str) -> bool:
    return len(text) > _SLASHES and text.startswith("/") and text.endswith("/")


def _compiles(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _reply(stage: str, code: int | str, enhanced: str | None, text: str | None, which: str | None = None) -> Keys:
    about = {"stage": stage, "code": str(code), **compact(enhanced=enhanced)}
    texts = {"said": which, "text": text}
    return {**about, **{key: _pattern(value) for key, value in texts.items() if value is not None}}


def _replied(
    _: Check, stage: str, code: int | str, enhanced: str | None = None, text: str | None = None, **more: Any
) -> Keys:
    return {"replies": _reply(stage, code, enhanced, text, more.get("said"))}


def _refused(_: Check, stage: str, code: int | str, enhanced: str | None = None, text: str | None = None) -> Keys:
    return {"refused": _reply(stage, code, enhanced, text)}


def _decided(_: Check, verdicts: tuple[str, ...] = (), text: str | None = None, **reply: Any) -> Keys:
    about = {key: str(value) for key, value in reply.items() if value is not None}
    pattern = {} if text is None else {"text": _pattern(text)}
    return {**compact(verdict=verdicts[0] if len(verdicts) == 1 else list(verdicts)), **about, **pattern}


def _sent(check: Check, octets: str, stage: str | None = None) -> Keys:
    if stage is not None:
        raise _cannot_write(check)
    return {"sent": octets}


def _decided_by(check: Check, restriction: str, within: str | None = None, recipient: str | None = None) -> Keys:
    if within is not None or recipient is not None:
        raise _cannot_write(check)
    return {"decided-by": restriction}


def _connected_as(check: Check, name: str, address: str | None = None) -> Keys:
    if address is not None:
        raise _cannot_write(check)
    return {"connected-as": name}


def _delivered(_: Check, times: int | None = None, to: str | None = None) -> Keys:
    about = {**({} if times is None else {"times": times}), **({} if to is None else {"to": to})}
    return {"delivered": about or True}


def _received_spf(_: Check, result: str, wanted: dict[str, str] | None = None) -> Keys:
    fields = {name.replace("_", "-"): _pattern(v) if name == "comment" else v for name, v in (wanted or {}).items()}
    return {"received-spf": {"result": result.lower(), **fields} if fields else result.lower()}


def _peer(
    _: Check, address: str, sender: str | None = None, to: str | None = None, text: str | None = None, **more: Any
) -> Keys:
    about = {"from": sender, "to": to, "text": None if text is None else _pattern(text), **more}
    return {"peers": {"address": address, **{key: value for key, value in about.items() if value is not None}}}


def _line(key: str) -> Callable[..., Keys]:
    def keys(check: Check, what: str | type, wanted: dict[str, Any] | None = None) -> Keys:
        kind, fields = what.__name__ if isinstance(what, type) else what, wanted or {}
        if kind not in event_types():
            if fields:
                raise _cannot_write(check)  # Fields go with an event.
            return {key: _pattern(kind)}
        hints = get_type_hints(event_types()[kind])
        return {key: {"event": kind, **{name: _field(check, name, v, hints) for name, v in fields.items()}}}

    return keys


def _field(check: Check, name: str, value: object, hints: dict[str, Any]) -> str:
    """Return the value of an event's field as text that `convert` reads as the same value."""
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    if isinstance(value, str) and name in FREE_TEXT:
        text = _pattern(value)
    read = convert(text[1:-1] if _is_between_slashes(text) else text, hints.get(name))
    if read != value or isinstance(read, bool) != isinstance(value, bool):
        raise _cannot_write(check)
    return text


def _request(key: str) -> Callable[..., Keys]:
    def keys(_: Check, **about: Any) -> Keys:
        return {key: {name: value for name, value in about.items() if value is not None}}

    return keys


def _bounced(check: Check, to: str | None = None) -> Keys:
    if to in FLAG.words:
        raise _cannot_write(check)
    return {"bounced": True if to is None else to}


def _asked(
    _: Check, name: str, type: str, outcome: str | None = None, answers: str | Iterable[str] | None = None  # noqa: A002 - DNS's own word
) -> Keys:
    wanted = [answers] if isinstance(answers, str) else list(answers or ())
    return {"asked": {"name": name, "type": type, **compact(outcome=outcome, answers=wanted)}}


_OF_SESSION: dict[str, Callable[..., Keys]] = {
    "replied": _replied,
    "refused": _refused,
    "accepted": lambda _, stage="MESSAGE": {"accepted": stage},
    "decided": _decided,
    "decided_by": _decided_by,
    "ended": lambda _, how: {"ended": how},
    "sent": _sent,
    "within": lambda _, seconds: {"within": seconds},
    "connected_as": _connected_as,
}
_KEYS: dict[str, Callable[..., Keys]] = {
    **_OF_SESSION,
    "delivered": _delivered,
    "not_delivered": lambda _: {"delivered": False},
    "received_spf": _received_spf,
    "no_received_spf": lambda _: {"received-spf": "absent"},
    "spf_result": lambda _, results=(): {"result": [result.lower() for result in results]},
    "header": lambda _, name, pattern="": {"headers": {name: _pattern(pattern)}},
    "bounced": _bounced,
    "peer_received": _peer,
    "milter_received": _request("milter-received"),
    "policy_received": _request("policy-received"),
    "table_asked": _request("table-asked"),
    "logged": _line("log"),
    "not_logged": _line("log-never"),
    "may_log": _line("log-may"),
    "warned": lambda _, pattern: {"warned": _pattern(pattern)},
    "asked": _asked,
    "not_asked": lambda _, name, type="ANY": {"not-asked": name if type == "ANY" else f"{name} {type}"},  # noqa: A006 - as above
    "asked_nothing": lambda _: {"asked-nothing": True},
}
