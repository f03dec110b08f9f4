"""Verbs: what one process of the lab can ask of another, each declared once as a function with typed arguments.

A declaration is a class whose public methods are verbs, or a function. The end that answers implements it, and the end
that asks names it and gives arguments, so mypy checks both against the same signature. A parameter of the type
`Tell[X]` does not cross as a value: what the verb tells through it arrives in parts, before its value.

Arguments and values cross as the JSON of `serialization.py`, and each is read as the type that the signature says.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType, NoneType
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from postfix_lab.errors import InputError, LabError
from postfix_lab.serialization import from_json, from_row, to_json, to_row
from postfix_lab.text import printable, shorten

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Tell = Callable[[T], None]
"""Takes a part of a verb's value."""
_PLAIN: Mapping[Any, tuple[type, ...]] = MappingProxyType(
    {str: (str,), int: (int,), bool: (bool,), float: (int, float), NoneType: (NoneType,)}
)
"""Types that JSON has, and what Python makes of them; they are compared, without the converter's cost."""


class Codec(NamedTuple):
    """How values that are not plain cross."""

    write: Callable[[Any], Any]
    read: Callable[[Any, Any], Any]


OBJECTS = Codec(to_json, from_json)
"""For both directions, and for ends of different versions."""
ROWS = Codec(to_row, from_row)
"""For values and parts in great numbers, between ends of one version."""


def aside(verb: F) -> F:
    """Declare that the verb may be answered late: the requests after it are not held up meanwhile."""
    vars(verb)["aside"] = True
    return verb


@dataclass(frozen=True)
class Verb:
    """A declared verb: its name, its arguments, and how they are read."""

    name: str
    aside: bool
    _signature: inspect.Signature
    _hints: Mapping[str, Any]
    _tell: str | None
    """The parameter of the type `Tell`."""

    def arguments(self, given: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[dict[str, Any], Tell[Any] | None]:
        """Arguments of a call by their names, and what takes the parts; raises `TypeError` as the call would."""
        bound = self._signature.bind(*given, **named).arguments
        return bound, bound.pop(self._tell, None) if self._tell else None

    def read_arguments(self, crossed: Mapping[str, Any], tell: Tell[Any]) -> dict[str, Any]:
        """The arguments that crossed, as their types; raises `InputError` if they do not fit the signature."""
        more = {self._tell: tell} if self._tell else {}
        try:
            self._signature.bind(**crossed, **more)
        except TypeError as error:
            raise InputError(f"{self.name}: {error}") from None
        return {name: _read(from_json, self._hints[name], value) for name, value in crossed.items()} | more

    def read_value(self, codec: Codec, crossed: Any) -> Any:
        """The value that crossed; raises `LabError` if it is none of its type."""
        return _read(codec.read, self._hints["return"], crossed)

    def read_part(self, codec: Codec, crossed: Any) -> Any:
        """The part that crossed; raises `LabError` if it is none of its type."""
        (kind,), _ = get_args(self._hints[self._tell or ""])
        return _read(codec.read, kind, crossed)


@cache
def verb_of(function: Callable[..., Any]) -> Verb:
    """The verb that a function declares, or a method of a declaring class."""
    signature = inspect.signature(function)
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "self"]
    hints = get_type_hints(function)
    tell = next((p.name for p in parameters if get_origin(hints[p.name]) is get_origin(Tell)), None)
    late = "aside" in vars(function)
    return Verb(function.__name__, late, signature.replace(parameters=parameters), hints, tell)


@cache
def verbs_of(declaration: type) -> Mapping[str, Verb]:
    """The verbs of a declaring class by their names."""
    public = {name: part for name, part in vars(declaration).items() if not name.startswith("_")}
    return {name: verb_of(part) for name, part in public.items() if inspect.isfunction(part)}


def find_verb(declaration: type, name: str) -> Verb:
    """The verb of that name; raises `InputError`, which names those that there are."""
    verbs = verbs_of(declaration)
    if name not in verbs:
        raise InputError(f"{name!r} is no verb; there are {', '.join(verbs)}")
    return verbs[name]


def _read(read: Callable[[Any, Any], Any], kind: Any, crossed: Any) -> Any:
    """The value as that type: JSON's own types and tuples with names are read here, all others by the codec."""
    inner = get_args(kind)[0] if get_origin(kind) is list else None
    if kind in _PLAIN:
        fits = isinstance(crossed, _PLAIN[kind])
    elif inner in _PLAIN:
        fits = isinstance(crossed, list) and all(isinstance(item, _PLAIN[inner]) for item in crossed)
    elif fields := getattr(kind, "_fields", ()):
        fits = isinstance(crossed, list) and len(crossed) == len(fields)
        crossed = kind(*map(partial(_read, read), get_type_hints(kind).values(), crossed)) if fits else crossed
    else:
        return read(kind, crossed)
    if not fits:
        raise LabError(f"{shorten(printable(repr(crossed)), 80)} is no {getattr(kind, '__name__', kind)}")
    return crossed
