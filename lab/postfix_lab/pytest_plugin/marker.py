"""From `@pytest.mark.mail_host` and the command line to the setups that a test runs on."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.errors import InputError, LabError
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.source import read_source
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime.setup import Setup
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import known

Wanted = tuple[int, Setup]
_ALL = 100.0
_GROUP = re.compile(r"@debian-\d+-[^@\]]*\Z")
_NUMBER = ("debian", "chroot")
_KEYWORDS = ("config", "debian", *(field.name for field in fields(Setup) if field.name != "configuration"))


def described(definition: Any, config: pytest.Config) -> tuple[list[Wanted], list[str]]:
    """The setups of a test function with their ids: each release, and each chroot state that its marker names."""
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
        (debian, _setup(about, state, folder, definition.nodeid, config))
        for debian in releases(config)
        if debian in supported
        for state in several
    ]
    plain = several == (Chroot.PACKAGED,)
    return wanted, [str(debian) if plain else f"{debian}-{setup.chroot}" for debian, setup in wanted]


def adapt(item: pytest.Item, config: pytest.Config) -> None:
    """Let the markers of a test's own parameters count as well: `pytest.param(..., marks=pytest.mark.mail_host(...))`.

    Raises `pytest.Collector.CollectError` for `debian` and `chroot` there: they say how many tests there are.
    """
    callspec = getattr(item, "callspec", None)
    wanted = of_item(item)
    if callspec is None or wanted is None:
        return
    own = [mark for mark in callspec.marks if mark.name == "mail_host"]
    if not own:
        return
    if wrong := [keyword for mark in own for keyword in mark.kwargs if keyword in _NUMBER]:
        where = f"{item.nodeid}: @pytest.mark.mail_host in a pytest.param"
        raise pytest.Collector.CollectError(f"{where}: put {' and '.join(wrong)} in the marker of the whole test")
    debian, setup = wanted
    about = {key: value for mark in (*_markers(item), *own) for key, value in mark.kwargs.items() if key not in _NUMBER}
    callspec.params["mail_host"] = debian, _setup(about, setup.chroot, item.path.parent, item.nodeid, config)


def coverage_wanted(config: pytest.Config) -> str | None:
    """Where the coverage shall be kept: empty for the evidence's folder, None where none was asked for.

    Raises `pytest.UsageError` for a threshold that is no percentage.
    """
    folder, threshold = config.getoption("--lab-coverage"), config.getoption("--lab-coverage-threshold")
    if threshold is not None and not 0 <= threshold <= _ALL:
        raise pytest.UsageError(f"--lab-coverage-threshold takes a percentage from 0 to 100; it was {threshold:g}")
    return folder if threshold is None or folder is not None else ""


def releases(config: pytest.Config) -> list[int]:
    """The Debian releases of `--lab-debian`."""
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
    """The chroot states of `--lab-chroot`, for tests that name none."""
    state = config.getoption("--lab-chroot")
    if state is None:
        return (Chroot.PACKAGED.value,)
    if state == "matrix":
        return tuple(chroot.value for chroot in Chroot)
    try:
        return (known(state, Chroot, "chroot state, nor is it `matrix`"),)
    except InputError as error:
        raise pytest.UsageError(f"--lab-chroot: {error}") from error


def configuration(config: pytest.Config) -> Path | None:
    """The configuration of `--lab-config`, for tests that name none: main.cf, or what `postconf -n` says, and more."""
    named = config.getoption("--lab-config")
    if named is None:
        return None
    try:
        read_source(Path(named))
    except InputError as error:
        raise pytest.UsageError(f"--lab-config: {printable(str(error))}") from error
    return Path(named).resolve()


def check_options(config: pytest.Config) -> None:
    """Say at the start what is wrong with the options."""
    releases(config)
    chroots(config)
    configuration(config)


def replay(config: pytest.Config, place: str) -> str:
    """The command that repeats a test, with the options that its setup comes from."""
    place = _GROUP.sub("", place)  # xdist adds it to the names of tests that stay together.
    given = ((f"--{name}", config.getoption(f"--lab-{name}")) for name in ("config", "chroot"))
    return " ".join(("postfix-lab run", shlex.quote(place), *(f"{o} {shlex.quote(str(v))}" for o, v in given if v)))


def of_item(item: pytest.Item) -> Wanted | None:
    """The release and setup that a collected test runs on, if it uses a mail host."""
    if isinstance(wanted := getattr(item, "wanted", None), tuple):
        return wanted
    callspec = getattr(item, "callspec", None)
    found = callspec.params.get("mail_host") if callspec else None
    return found if isinstance(found, tuple) else None


def _markers(node: Any) -> list[pytest.Mark]:
    """From the farthest to the closest: what a later one says counts."""
    return list(reversed(list(node.iter_markers("mail_host"))))


def _setup(about: dict[str, Any], state: str, folder: Path, test: str, config: pytest.Config) -> Setup:
    # Who says `trace=False` in so many words has more sessions than the trace is good for.
    rest = {"trace": True, **about} if coverage_wanted(config) is not None else dict(about)
    name = rest.pop("config", configuration(config) or "seed")
    path = next((p for p in (folder / name, CONFIGURATIONS / name) if p.is_dir()), None)
    try:
        if path is None:
            there = ", ".join(sorted(p.name for p in CONFIGURATIONS.iterdir()))
            raise InputError(f"there is no configuration {name!r} beside the test, nor among {there}")
        for keyword in rest:
            known(keyword, _KEYWORDS, "keyword of it")
        if rest.get("csv"):
            rest["csv"] = folder / rest["csv"]
        return Setup(path, chroot=Chroot(known(state, Chroot, "chroot state")), **rest)
    except (TypeError, LabError) as error:
        # pytest shows this one without a traceback, and ends with exit code 2.
        raise pytest.Collector.CollectError(f"{test}: @pytest.mark.mail_host: {error}") from error
