"""Zone files are read again when they change, and a broken one costs nothing but a sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.standing.zone_watch import ZoneFiles

GOOD = "$ORIGIN a.example.\n@ MX 10 mail\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A zone file."""
    path = tmp_path / "a.zone"
    path.write_text(GOOD)
    return path


def test_a_change_is_seen(file: Path) -> None:
    """The next look has the new text."""
    zones = ZoneFiles([file])
    file.write_text(GOOD + "mail A 192.0.2.9\n")
    assert "192.0.2.9" in zones.current()[0].text
    assert zones.complaints == []


@pytest.mark.parametrize("text, line", [(GOOD + "x FOO\n", 3), (GOOD + "mail CNAME b\nmail A 192.0.2.9\n", 4)])
def test_a_broken_file_leaves_the_zone_as_it_was(file: Path, text: str, line: int) -> None:
    """The sentence has file and line; once mended, it is gone."""
    zones = ZoneFiles([file])
    file.write_text(text)
    assert zones.current()[0].text == GOOD
    assert (zones.complaint(file) or "").startswith(f"{file}:{line}: ")
    file.write_text(GOOD + "; mended\n")
    assert "mended" in zones.current()[0].text
    assert zones.complaints == []


def test_a_file_that_is_gone_leaves_the_zone_as_it_was(file: Path) -> None:
    """An editor that writes anew removes it for a moment."""
    zones = ZoneFiles([file])
    file.unlink()
    assert zones.current()[0].text == GOOD
    assert "cannot be read" in zones.complaints[0]


def test_a_conflict_between_two_files_is_told(tmp_path: Path, file: Path) -> None:
    """Both are about one name, and the later change is the one that does not fit."""
    other = tmp_path / "b.zone"
    other.write_text("$ORIGIN a.example.\nx A 192.0.2.1\n")
    zones = ZoneFiles([file, other])
    other.write_text("$ORIGIN a.example.\nx A 192.0.2.1\n@ CNAME y\n")
    assert "y" not in zones.current()[1].text
    assert "CNAME" in zones.complaints[0]


def test_a_broken_file_at_the_start_is_an_error(file: Path) -> None:
    """Nothing starts with a zone that cannot be used."""
    file.write_text("x FOO\n")
    with pytest.raises(InputError, match=r"a\.zone:1: "):
        ZoneFiles([file])


@pytest.mark.parametrize("change", ["write", "replace", "remove"])
def test_the_kernel_tells_of_a_change(file: Path, change: str) -> None:
    """However an editor saves: in place, by another file in its place, or not at all."""
    seen, told = threading.Event(), []
    ZoneFiles([file]).watch(lambda path: (told.append(path), seen.set()))  # type: ignore[func-returns-value, arg-type]
    if change == "write":
        file.write_text(GOOD)
    elif change == "replace":
        fresh = file.with_suffix(".new")
        fresh.write_text(GOOD)
        fresh.replace(file)
    else:
        file.unlink()
    assert seen.wait(10)
    assert told[0] == file
