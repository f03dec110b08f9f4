"""Convert the lab's values to JSON and back, for the control stream and for `evidence.json`.

One rule for both: a dataclass becomes an object, and where a field may hold one of several
dataclasses (a dialogue's `Step`, a log line's `Event`) the object says which under the key `is`.
cattrs' own `configure_tagged_union` would have to be told of each such union. What a run saw is
much, and both ends of the stream are of one version: there a dataclass may be the row of its values.
The hooks of a type are built when its first value comes by.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from pathlib import Path, PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from cattrs import Converter

from postfix_lab.errors import InputError, LabError
from postfix_lab.paths import read_limited
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
TAG = "is"
_PLAIN = (str, int, float, bool)
_SAID = 200
_MUCH = 10_000
"""The number of new objects from which on they are moved to the oldest generation."""
_MOST = 1 << 30
"""The largest size of a file in octets; the evidence of a thousand sessions has about ten million."""


@contextmanager
def pause_gc() -> Iterator[None]:
    """Pause the garbage collector while much is read: the data has no cycles, and the search for them doubles the time.

    At the end, freeze and unfreeze move the new objects to the oldest generation, because a collection takes up to
    50 ms after a thousand sessions. Objects that other code has frozen stay frozen.
    """
    wanted = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if wanted:
            if gc.get_count()[0] > _MUCH and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def to_json(value: Any, as_type: Any = None) -> Any:
    """Convert a value made of dataclasses, tuples, enums and plain values to what `json.dumps` accepts.

    A member of a union that stands alone is tagged only when `as_type` names the union.
    """
    return _converter().unstructure(value, as_type)


def to_row(value: Any) -> Any:
    """The same with a list of its values in place of each dataclass: two thirds of the octets and of the time.

    >>> from postfix_lab.smtp.transcript import Reply
    >>> to_row(Reply(250, ("Ok",), "2.1.5"))
    [250, ('Ok',), '2.1.5', 0.0]
    """
    return _converter(rows=True).unstructure(value)


def from_json(kind: type[T] | Any, data: Any) -> T | Any:
    """The value of that type; raises LabError if the data does not fit, because the lab has written it.

    >>> from postfix_lab.dns.fault import Fault, FaultKind
    >>> from_json(Fault, to_json(Fault("lab.test", FaultKind.TIMEOUT))).kind
    <FaultKind.TIMEOUT: 'TIMEOUT'>
    """
    return _read(_converter(), kind, data)


def from_row(kind: type[T] | Any, row: Any) -> T | Any:
    """The value of that type, from the output of `to_row`."""
    return _read(_converter(rows=True), kind, row)


def _read(converter: Converter, kind: Any, data: Any) -> Any:
    try:
        return converter.structure(data, kind)
    except Exception as error:  # cattrs raises whatever a constructor raises
        name = getattr(kind, "__name__", str(kind))
        said = shorten(printable(str(error)), _SAID)
        message = f"cannot read a {name} from JSON: {type(error).__name__}: {said}; was it written by another version?"
        raise LabError(message) from error


def read_json(path: Path, key: str, form: int, kind: Any, remedy: str) -> Any:
    """The value of `key` in a JSON file of that `format`; raises InputError for any other content."""
    name, what = printable(str(path)), path.stem
    try:
        found = json.loads(read_limited(path, _MOST, remedy))
    except OSError as error:
        raise InputError(f"no {what} there: {error.strerror}; name a folder that holds {path.name}", name) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"it is not JSON ({printable(str(error))}); {remedy}", name) from error
    if not isinstance(found, dict) or found.get("format") != form:
        raise InputError(f"it is not {what} of format {form}; {remedy} with this version", name)
    try:
        return from_json(kind, found.get(key))
    except LabError as error:
        raise InputError(f"it is not {what} that the lab has written ({error}); {remedy}", name) from error


def _members(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) not in (Union, UnionType):
        return ()
    return tuple(member for member in get_args(kind) if member is not NoneType)


def _dataclasses(kind: Any) -> dict[str, type[Any]]:
    return {m.__name__: m for m in _members(kind) if isinstance(m, type) and is_dataclass(m)}


def _is_choice(kind: Any) -> bool:
    """Whether the type is a union of several types; not `X | None`, which cattrs handles."""
    return len(_members(kind)) > 1


def _is_optional(kind: Any) -> bool:
    return len(_members(kind)) == 1


def _is_row(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[1:] == (Ellipsis,)


@cache
def _converter(*, rows: bool = False) -> Converter:
    converter = _new_converter()
    if rows:
        _write_rows(converter)
    return converter


def _new_converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_unstructure_hook(PurePath, str)

    def writer(kind: Any) -> Callable[[Any], Any]:
        tagged = set(_dataclasses(kind).values())

        def write(value: Any) -> Any:
            plain = converter.unstructure(value)
            return {TAG: type(value).__name__, **plain} if type(value) in tagged else plain

        return write

    def reader(kind: Any) -> Callable[[Any, Any], Any]:
        by_name = _dataclasses(kind)
        plain = tuple(get_origin(member) or member for member in _members(kind) if not is_dataclass(member))

        def read(value: Any, _: Any) -> Any:
            if isinstance(value, dict) and TAG in value:
                fields = {key: item for key, item in value.items() if key != TAG}
                return converter.structure(fields, by_name[value[TAG]])
            if value is None and NoneType in get_args(kind):
                return None
            if type(value) in plain:
                return value
            raise TypeError(f"{value!r} is none of {', '.join((*by_name, *(p.__name__ for p in plain)))}")

        return read

    def row(kind: Any) -> Callable[[Any, Any], Any]:
        item = get_args(kind)[0]
        read = converter.get_structure_hook(item)
        return lambda values, _: tuple([read(value, item) for value in values])

    def optional(kind: Any) -> Callable[[Any, Any], Any]:
        (item,) = _members(kind)
        read = converter.get_structure_hook(item)
        return lambda value, _: None if value is None else read(value, item)

    # Without these, cattrs would look up the hooks of tuples and optional values for each value.
    converter.register_structure_hook_factory(_is_row, row)
    converter.register_structure_hook_factory(_is_optional, optional)
    converter.register_unstructure_hook_factory(_is_choice, writer)
    converter.register_structure_hook_factory(_is_choice, reader)
    return converter


def _write_rows(converter: Converter) -> None:
    """Register hooks that write each dataclass as a row and read it; a row cannot be a member of a union."""

    def parts(kind: Any) -> tuple[tuple[str, ...], list[tuple[int, Any]]]:
        names, hints = tuple(field.name for field in fields(kind)), get_type_hints(kind)
        return names, [(n, hints[name]) for n, name in enumerate(names) if not _is_plain(hints[name])]

    def writer(kind: Any) -> Callable[[Any], Any]:
        names, others = parts(kind)
        values = attrgetter(*names, names[0])  # With one name alone it would give no row.
        hooks = [(number, converter.get_unstructure_hook(inner)) for number, inner in others]

        def write(value: Any) -> Any:
            row = list(values(value)[:-1])
            for number, hook in hooks:
                row[number] = hook(row[number])
            return row

        return write

    def reader(kind: Any) -> Callable[[Any, Any], Any]:
        _, others = parts(kind)
        hooks = [(number, inner, converter.get_structure_hook(inner)) for number, inner in others]

        def read(row: Any, _: Any) -> Any:
            for number, inner, hook in hooks:
                row[number] = hook(row[number], inner)
            return kind(*row)

        return read

    converter.register_unstructure_hook_factory(is_dataclass, writer)
    converter.register_structure_hook_factory(is_dataclass, reader)


def _is_plain(kind: Any) -> bool:
    """Whether JSON has the type itself."""
    return kind in _PLAIN or (_is_optional(kind) and _members(kind)[0] in _PLAIN)
