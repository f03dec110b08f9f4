"""The JSON Schema of what `to_json` writes: made of the dataclasses, so that both say the same.

The rules are those of `serialization`: a dataclass is an object with all of its fields, and one of several says
which it is under the key `is`. Further keys are allowed: a later minor version may add some.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from postfix_lab.serialization import TAG

DRAFT = "http://json-schema.org/draft-07/schema#"
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
    object: {},
}


def schema_name(output: str, version: int = 1) -> str:
    """What stands under `schema` in that output: `postfix-lab/verdict-1`, whose schema is docs/schema/verdict-1.json.

    The version rises when a key goes away or means something else.
    """
    return f"postfix-lab/{output}-{version}"


class Schema(dict[str, Any]):
    """A schema as it stands, in the place of a type."""


@dataclass(frozen=True)
class Named:
    """An object whose keys are names, each with a value of that type."""

    of: Any


def document(
    title: str, name: str, keys: Mapping[str, Any], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The schema of an object whose `schema` is that name; `keys` are types.

    A type may also be a `Schema`, a table of keys with their types, a list of one type for an array of it, or `Named`.

    `optional` are keys that may be missing.
    """
    definitions: dict[str, Any] = {}
    named = {"schema": Schema({"const": name}), **keys}
    told = _object({**named, **(optional or {})}, named, definitions)
    return {"$schema": DRAFT, "title": title, **told, "definitions": dict(sorted(definitions.items()))}


def keys_of(kind: type[Any]) -> dict[str, Any]:
    """The fields of a dataclass with their types, for `document`."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type; each dataclass is defined once, under its name."""
    match kind:
        case Schema():
            return dict(kind)
        case Named(inner):
            return {"type": "object", "additionalProperties": _schema(inner, definitions)}
        case [inner]:
            return {"type": "array", "items": _schema(inner, definitions)}
        case dict():
            return _object(kind, kind, definitions)
    return _of_class(kind, definitions) if isinstance(kind, type) else _generic(kind, definitions)


def _of_class(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if is_dataclass(kind):
        return _reference(kind, definitions, tagged=False)
    if issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return dict(_PLAIN[str if issubclass(kind, PurePath) else kind])


def _object(keys: Mapping[str, Any], required: Iterable[str], definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {key: _schema(kind, definitions) for key, kind in keys.items()}
    return {"type": "object", "properties": properties, "required": list(required)}


def _generic(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return {"anyOf": [_member(member, arguments, definitions) for member in arguments]}
    if origin is tuple and arguments[1:] != (Ellipsis,):
        items = [_schema(argument, definitions) for argument in arguments]
        return {"type": "array", "items": items, "minItems": len(items), "maxItems": len(items)}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if isinstance(origin, type):
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    raise TypeError(f"{kind!r} has no JSON Schema here")


def _member(kind: Any, members: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    """One of several: a dataclass says which, unless nothing but null stands beside it."""
    choice = len([member for member in members if member is not NoneType]) > 1
    if choice and isinstance(kind, type) and is_dataclass(kind):
        return _reference(kind, definitions, tagged=True)
    return _schema(kind, definitions)


def _reference(kind: type[Any], definitions: dict[str, Any], *, tagged: bool) -> dict[str, Any]:
    name = f"{kind.__name__}-tagged" if tagged else kind.__name__
    if name not in definitions:
        definitions[name] = {}  # It may hold itself.
        tag = {TAG: Schema({"const": kind.__name__})} if tagged else {}
        keys = {**tag, **keys_of(kind)}
        definitions[name] = _object(keys, keys, definitions)
    return {"$ref": f"#/definitions/{name}"}
