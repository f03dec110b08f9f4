"""The SPF test suite as data: chapters (the suite's scenarios, each with one zone) and their cases.

The reader accepts any input: it returns chapters, or raises an `InputError` with the file, and the line if YAML
reports one. The suite's own driver, `testspf.py`, defines the meaning of the fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any

import yaml

from postfix_lab.errors import InputError
from postfix_lab.scenario.ptr import parse_address

RESULTS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
"""RFC 7208 section 2.6."""
_TEXTS = ("helo", "host", "mailfrom")


@dataclass(frozen=True)
class Case:
    """One test: an envelope and the results that a receiver may give."""

    name: str
    helo: str
    host: str
    mailfrom: str
    results: tuple[str, ...]
    """The accepted results, the preferred one first."""
    explanation: str | None = None
    """The explanation for *fail*; `DEFAULT` is the receiver's own."""
    spec: str = ""
    """The sections of the RFC that it tests."""

    @property
    def client(self) -> str:
        """The client's address.

        An IPv4-mapped address (RFC 4291 section 2.5.5.2) is how a dual-stack socket spells an IPv4 client.
        """
        address = parse_address(self.host)
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)

    @property
    def identity(self) -> str:
        """The identity that is judged: `mailfrom`, or `helo` if the sender is empty (RFC 7208 section 2.4)."""
        return "mailfrom" if self.mailfrom else "helo"


@dataclass(frozen=True)
class Chapter:
    """Cases that share a zone."""

    title: str
    cases: tuple[Case, ...]
    zonedata: Mapping[str, Any] = field(compare=False)
    """The records by name, in the suite's notation."""


@dataclass(frozen=True)
class Suite:
    """A file of the suite."""

    name: str
    chapters: tuple[Chapter, ...]

    @property
    def cases(self) -> dict[str, Case]:
        """Every case by its name."""
        return {case.name: case for chapter in self.chapters for case in chapter.cases}


def load_suite(path: Path) -> Suite:
    """Return the suite in that file; raises InputError if it cannot be read."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the SPF test suite is not there: {error.strerror}; `make suite` fetches it", str(path)
        ) from error
    return read_suite(octets, path.stem.removesuffix("-tests"), str(path))


def read_suite(text: bytes | str, name: str, source: str = "suite") -> Suite:
    """Return the suite in a YAML stream, which has a document for each chapter."""
    try:
        documents = [found for found in yaml.safe_load_all(text) if found is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise InputError(f"it is not YAML: {getattr(error, 'problem', None) or error}", source, line) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"it is not YAML that can be read: {type(error).__name__}", source) from error
    chapters = tuple(_chapter(found, number, source) for number, found in enumerate(documents, start=1))
    names = [case.name for chapter in chapters for case in chapter.cases]
    if twice := {found for found in names if names.count(found) > 1}:
        raise InputError(f"two cases are called {', '.join(sorted(twice))}", source)
    if not names:
        raise InputError("there is no case in it", source)
    return Suite(name, chapters)


def _chapter(found: Any, number: int, source: str) -> Chapter:
    where = f"document {number}"
    tests, zonedata = (_mapping(found, part, where, source) for part in ("tests", "zonedata"))
    title = str(found.get("description") or where)
    return Chapter(title, tuple(_case(str(name), test, title, source) for name, test in tests.items()), zonedata)


def _mapping(found: Any, part: str, where: str, source: str) -> Mapping[str, Any]:
    inner = found.get(part) if isinstance(found, dict) else None
    if not isinstance(inner, dict) or not all(isinstance(key, str) for key in inner):
        raise InputError(f"{where} has no {part} with names; it is no scenario of the SPF suite", source)
    return inner


def _case(name: str, test: Any, title: str, source: str) -> Case:
    where = f"case {name} of {title!r}"
    if not isinstance(test, dict) or not all(isinstance(test.get(part), str) for part in _TEXTS):
        raise InputError(f"{where} needs {', '.join(_TEXTS)} as text", source)
    result = test.get("result")
    results = tuple(result) if isinstance(result, list) else (result,)
    if not results or not all(known in RESULTS for known in results):
        raise InputError(f"{where} wants {result!r}; a result is one of {', '.join(RESULTS)}", source)
    explanation = test.get("explanation")
    case = Case(
        name, test["helo"], test["host"], test["mailfrom"], results,
        None if explanation is None else str(explanation), str(test.get("spec", "")),
    )  # fmt: skip
    try:
        _ = case.client
    except InputError as error:
        raise InputError(f"{where}: {error}", source) from error
    return case
