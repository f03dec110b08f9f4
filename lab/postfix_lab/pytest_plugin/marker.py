"""Derive the setups of a test from `@pytest.mark.mail_host` and the command line."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError, LabError
from postfix_lab.fit.choices import StandIns
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.templates import parse_definitions
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime.admin_folder import read_source
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import require_known

_ALL = 100.0
_GROUP = re.compile(r"@debian-\d+-[^@\]]*\Z")
_NUMBER = ("debian", "chroot")
EXPLAIN = "--lab-explain"
_KEYWORDS = ("config", "debian", *(field.name for field in fields(Setup) if field.name != "configuration"))


def describe_targets(definition: Any, config: pytest.Config) -> tuple[list[Target], list[str]]:
    """Return the mail hosts of a test function with their ids: one for each release and chroot state of its marker."""
    about = {key: value for mark in _markers(definition) for key, value in mark.kwargs.items()}
    states = about.pop("chroot", chroots(config))
    several = tuple(states) if isinstance(states, tuple | list) else (states,)
    supported = about.pop("debian", tuple(RELEASES))
    supported = (supported,) if isinstance(supported, int) else supported
    if unknown := set(supported) - set(RELEASES):
        known = ", ".join(map(str, RELEASES))
        raise pytest.UsageError(
            f"{definition.nodeid}: @pytest.mark.mail_host: the lab has Debian {known}, not {unknown}"
        )
    folder = Path(str(definition.path)).parent
    wanted = [
        Target(debian, _setup(about, state, folder, definition.nodeid, config))
        for debian in releases(config)
        if debian in supported
        for state in several
    ]
    plain = several == (Chroot.PACKAGED,)
    return wanted, [str(t.debian) if plain else f"{t.debian}-{t.setup.chroot}" for t in wanted]


def apply_parameter_markers(item: pytest.Item, config: pytest.Config) -> None:
    """Apply the markers of a test's own parameters: `pytest.param(..., marks=pytest.mark.mail_host(...))`.

    Raises `pytest.Collector.CollectError` for `debian` and `chroot` there: they determine the number of tests.
    """
    callspec = getattr(item, "callspec", None)
    target = item_target(item)
    if callspec is None or target is None:
        return
    own = [mark for mark in callspec.marks if mark.name == "mail_host"]
    if not own:
        return
    if wrong := [keyword for mark in own for keyword in mark.kwargs if keyword in _NUMBER]:
        where = f"{item.nodeid}: @pytest.mark.mail_host in a pytest.param"
        raise pytest.Collector.CollectError(f"{where}: put {' and '.join(wrong)} in the marker of the whole test")
    about = {key: value for mark in (*_markers(item), *own) for key, value in mark.kwargs.items() if key not in _NUMBER}
    own_setup = _setup(about, target.setup.chroot, item.path.parent, item.nodeid, config)
    callspec.params["mail_host"] = replace(target, setup=own_setup)


def coverage_destination(config: pytest.Config) -> str | None:
    """Return the folder for the coverage: empty for that of the evidence, None if coverage is off.

    Raises `pytest.UsageError` if the threshold is no percentage.
    """
    folder, threshold = config.getoption("--lab-coverage"), config.getoption("--lab-coverage-threshold")
    if threshold is not None and not 0 <= threshold <= _ALL:
        raise pytest.UsageError(f"--lab-coverage-threshold takes a percentage from 0 to 100; it was {threshold:g}")
    return folder if threshold is None or folder is not None else ""


def is_traced(config: pytest.Config) -> bool:
    """Whether the run wants a trace of every mail host: for coverage, or for explanations."""
    return coverage_destination(config) is not None or bool(config.getoption(EXPLAIN))


def releases(config: pytest.Config) -> list[int]:
    """Return the Debian releases of `--lab-debian`."""
    text = str(config.getoption("--lab-debian"))
    try:
        wanted = [int(part) for part in text.split(",")]
    except ValueError:
        wanted = []
    if not wanted or not set(wanted) <= set(RELEASES):
        there = ", ".join(map(str, RELEASES))
        raise pytest.UsageError(f"--lab-debian takes a list of {there}, as in 12,13; it was {text!r}")
    return wanted


def chroots(config: pytest.Config) -> tuple[str, ...]:
    """Return the chroot states of `--lab-chroot`, for tests that name none."""
    state = config.getoption("--lab-chroot")
    if state is None:
        return (Chroot.PACKAGED.value,)
    if state == "matrix":
        return tuple(chroot.value for chroot in Chroot)
    try:
        return (require_known(state, Chroot, "chroot state, nor is it `matrix`"),)
    except InputError as error:
        raise pytest.UsageError(f"--lab-chroot: {error}") from error


def configuration(config: pytest.Config) -> Path | None:
    """Return the folder of `--lab-config`, for tests that name none; it has main.cf or the output of `postconf -n`."""
    named = config.getoption("--lab-config")
    if named is None:
        return None
    try:
        read_source(Path(named))
    except InputError as error:
        raise pytest.UsageError(f"--lab-config: {printable(str(error))}") from error
    return Path(named).resolve()


def stand_ins(config: pytest.Config) -> str:
    """Return the word of `--lab-stand-ins`, for tests that do not say what has a stand-in."""
    return str(config.getoption("--lab-stand-ins") or StandIns.OTHERS)


def configuration_changes(config: pytest.Config) -> dict[str, Any]:
    """Return the fields of a setup with `--lab-config` that `--lab-tables`, `--lab-at` and `--lab-define` set."""
    tables, at = config.getoption("--lab-tables"), config.getoption("--lab-at")
    try:
        define = parse_definitions(config.getoption("--lab-define") or ())
    except InputError as error:
        raise pytest.UsageError(f"--lab-define: {printable(str(error))}") from error
    found = {"csv": Path(tables).resolve() if tables else None, "at": at, "define": define}
    return {name: value for name, value in found.items() if value}


def check_options(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` at the start for invalid options."""
    releases(config)
    chroots(config)
    configuration(config)
    configuration_changes(config)


def replay_command(config: pytest.Config, place: str) -> str:
    """Return the command that repeats a test, with the options that its setup depends on."""
    place = _GROUP.sub("", place)  # xdist adds `@GROUP` to the names of tests that stay together.
    names = ("config", "chroot", "stand-ins", "tables", "at")
    given = [(f"--{name}", config.getoption(f"--lab-{name}")) for name in names]
    given += [("--define", value) for value in config.getoption("--lab-define") or ()]
    return " ".join(("postfix-lab run", shlex.quote(place), *(f"{o} {shlex.quote(str(v))}" for o, v in given if v)))


def item_target(item: pytest.Item) -> Target | None:
    """Return the mail host of a collected test; None if it uses none."""
    if isinstance(target := getattr(item, "target", None), Target):
        return target
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("mail_host") if callspec else None
    return found if isinstance(found, Target) else None


def _markers(node: Any) -> list[pytest.Mark]:
    """Return the markers from the outermost to the closest, so that later ones override."""
    return list(reversed(list(node.iter_markers("mail_host"))))


def _setup(about: dict[str, Any], state: str, folder: Path, test: str, config: pytest.Config) -> Setup:
    # An explicit `trace=False` means that the test has too many sessions for a trace.
    rest = {"trace": True, **about} if is_traced(config) else dict(about)
    name = rest.pop("config", configuration(config) or "seed")
    path = next((p for p in (folder / name, CONFIGURATIONS / name) if p.is_dir()), None)
    try:
        if path is None:
            there = ", ".join(sorted(p.name for p in CONFIGURATIONS.iterdir()))
            raise InputError(f"there is no configuration {name!r} beside the test, nor among {there}")
        for keyword in rest:
            require_known(keyword, _KEYWORDS, "keyword of it")
        if rest.get("csv"):
            rest["csv"] = folder / rest["csv"]
        rest.setdefault("stand_ins", stand_ins(config))
        if "config" not in about:
            rest = {**configuration_changes(config), **rest}
        return Setup(path, chroot=Chroot(require_known(state, Chroot, "chroot state")), **rest)
    except (TypeError, LabError) as error:
        # pytest shows this one without a traceback, and ends with exit code 2.
        raise pytest.Collector.CollectError(f"{test}: @pytest.mark.mail_host: {error}") from error
