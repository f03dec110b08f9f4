"""A mutant put in the place of functions that are loaded already, so that nothing has to be imported anew.

Code objects are compared by value: a loaded function that has the code of the file gets the code of the mutant.
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

from tests.mutants.mutation import Mutation, mutate
from tests.mutants.pure_modules import PACKAGE

Loaded = Mapping[CodeType, list[FunctionType]]
Swap = tuple[FunctionType, CodeType]
"""A loaded function, and the code that it gets."""


def loaded_functions() -> Loaded:
    """The functions of the package that are loaded, by their code; several may have the same."""
    found: dict[CodeType, list[FunctionType]] = {}
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(str(PACKAGE)):
            found.setdefault(thing.__code__, []).append(thing)
    return found


def compile_mutant(mutation: Mutation) -> CodeType:
    """The code of the module with the change made."""
    file = PACKAGE / mutation.module
    return compile(mutate(file.read_text(), mutation.index), str(file), "exec", dont_inherit=True)


def new_code(mutation: Mutation, loaded: Loaded) -> list[Swap] | None:
    """Which loaded functions get which code; None where the change shows only in a module that is imported anew."""
    pairs = list(_differences(_compile(PACKAGE / mutation.module), compile_mutant(mutation)))
    if any(not _is_function(old) or len(old.co_freevars) != len(new.co_freevars) for old, new in pairs):
        return None
    return [(function, new) for old, new in pairs for function in loaded.get(old, [])] or None


def _differences(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """Functions that differ, and the bodies of modules and classes that differ in more than those."""
    if _is_function(old) or _without_parts(old) != _without_parts(new):
        yield old, new
    for one, other in zip(_parts(old), _parts(new), strict=False):  # a mutant may do without a lambda
        if one != other:
            yield from _differences(one, other)


def _parts(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & inspect.CO_OPTIMIZED)


def _without_parts(code: CodeType) -> CodeType:
    return code.replace(co_consts=tuple(None if isinstance(constant, CodeType) else constant for constant in code.co_consts))


@cache
def _compile(file: Path) -> CodeType:
    return compile(file.read_text(), str(file), "exec", dont_inherit=True)
