"""What somebody else's folder or file can bring: links, records, names; nothing of it leads out or is believed."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab import load, save
from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError, LabError
from postfix_lab.paths import CONFIGURATIONS, evidence_folder, open_no_follow
from postfix_lab.pytest_plugin.marker import replay_command
from postfix_lab.pytest_plugin.process_lab import begin_run_folder
from postfix_lab.report.coverage_table import load_coverage, save_coverage
from postfix_lab.runtime.admin_folder import read_source as read_configuration
from postfix_lab.runtime.csv_tables import read_csv_tables
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.world import zone_file
from postfix_lab.standing import keeper, standing_record
from postfix_lab.standing.keeper_protocol import is_standing
from postfix_lab.standing.standing_record import LabRecord
from postfix_lab.text import folder_name
from postfix_lab.verdict.coverage import Coverage
from postfix_lab.yaml.read.reader import read as read_sheet
from tests.unit.evidence_builder import evidence
from tests.unit.hostile.profile import tried

MINE = LabRecord(
    os.getpid(), standing_record.own_start(), "docker", "20.10", "unix:///var/run/docker.sock", "postfix-lab-1-internet",
    "/etc/postfix", "lab.test",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that somebody works in, with another one beside it that is none of the lab's business."""
    (tmp_path / "here").mkdir()
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "precious").write_text("as it was")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def untouched(here: Path) -> bool:
    """Whether the other folder is as it was."""
    beside = here.parent / "beside"
    return [path.name for path in beside.iterdir()] == ["precious"] and (beside / "precious").read_text() == "as it was"


@tried()
@given(st.lists(st.text(max_size=300), min_size=1, max_size=3))
def test_the_name_of_a_folder_leads_nowhere(parts: list[str]) -> None:
    """Whatever a scenario is called, its evidence is one folder below the run's own."""
    name = folder_name(*parts)
    assert Path(name).name == name
    assert name not in (".", "..")
    assert len(name.encode()) <= 200
    assert "\0" not in name


def test_two_long_names_are_two_folders() -> None:
    """What is cut off still tells them apart."""
    assert folder_name("x" * 500 + "a") != folder_name("x" * 500 + "b")


def test_a_link_in_the_place_of_evidence_is_not_followed(here: Path) -> None:
    """The link goes, what it led to stays."""
    for target in ("../beside", "../nowhere"):
        (here / "run").mkdir(exist_ok=True)
        (here / "run" / "one").symlink_to(target)
        assert load(save(evidence(), here / "run" / "one")) == evidence()
        assert sorted(path.name for path in (here / "run").iterdir()) == ["one"]
        assert untouched(here)
        for path in (here / "run" / "one").iterdir():
            path.unlink()
        (here / "run" / "one").rmdir()


def test_a_folder_for_evidence_that_is_a_link(here: Path) -> None:
    """A repository can bring `.lab` as a link: runs, standing labs and conformance refuse it with a sentence."""
    (here / ".lab").symlink_to("../beside")
    wish = keeper.LabOptions([12], Setup(CONFIGURATIONS / "seed"))
    for act in (evidence_folder, lambda: begin_run_folder(Path(".lab"), "run-1"), lambda: keeper.up(Path(".lab"), wish, print)):
        with pytest.raises(InputError, match=r"\.lab: it is a link, .*; remove it"):
            act()
    (here / ".lab").unlink()
    (here / ".lab").mkdir()
    (here / ".lab" / "conformance").symlink_to("../../beside")
    with pytest.raises(InputError, match="it is a link"):
        evidence_folder("conformance", "rfc7208-12")
    assert untouched(here)


@pytest.mark.parametrize("name", ["standing.log", "standing.lock"])
def test_a_file_of_the_labs_own_that_is_a_link(here: Path, name: str) -> None:
    """`up` would have emptied what `standing.log` leads to."""
    (here / name).symlink_to("../beside/precious")
    with pytest.raises(InputError, match="it is a link"):
        open_no_follow(here / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    assert untouched(here)


def test_a_record_is_not_written_through_a_link(here: Path) -> None:
    """Not even where somebody guessed the name of the unfinished file."""
    (here / f".standing.json.{os.getpid()}").symlink_to("../beside/precious")
    standing_record.write(here, MINE)
    assert standing_record.read(here) == MINE
    assert untouched(here)


def test_a_record_of_a_process_that_keeps_no_lab(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record can name any process that lives: `down` would have ended it."""
    monkeypatch.setattr("postfix_lab.standing.keeper.connect", lambda _: None)  # The engine is others' as well.
    monkeypatch.setattr("postfix_lab.engine.cleanup.sweep", lambda _: [])
    standing_record.write(here, MINE)
    assert MINE.alive
    assert not is_standing(here, MINE)
    said: list[str] = []
    assert keeper.down(here, said.append) is False
    assert said == [f"The lab that stood here is dead: its process {os.getpid()} does not keep it. What it left is removed."]


def test_the_keeper_is_who_listens(here: Path) -> None:
    """Another process's record beside a socket that this one listens at is not believed; its own is."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("standing.sock")
        sock.listen()
        assert is_standing(here, MINE)
        parent = os.getppid()
        assert not is_standing(here, replace(MINE, pid=parent, started=standing_record._start_time(parent) or ""))


@pytest.mark.parametrize("engine", ["./evil", "sh", "", None, ["docker"]])
def test_a_record_names_an_engine_and_no_other_command(here: Path, engine: object) -> None:
    """`shell` runs the command that the engine is called."""
    standing_record.write(here, MINE)
    said = json.loads((here / "standing.json").read_text())
    (here / "standing.json").write_text(json.dumps({**said, "engine": engine}))
    assert standing_record.read(here) is None


@pytest.mark.parametrize("text", ["[" * 200_000, "{}", "[]", "\xff", '{"format": 2}', '{"format": 2, "evidence": {"scenario": "\\u001b[2J"}}',
    '{"format": 1, "coverages": 7}', '{"format": 1}', '{"format": 2, "evidence": ' + "9" * 5000 + "}", "null"])  # fmt: skip
def test_evidence_of_somebodys_own_making(here: Path, text: str) -> None:
    """It is an InputError that names the file and is safe on a terminal."""
    for name, loaded in (("evidence.json", load), ("coverage.json", load_coverage)):
        (here / name).write_text(text, "latin-1")
        with pytest.raises(InputError) as told:
            loaded(here)
        assert name in str(told.value)
        assert str(told.value).isprintable()


def test_an_annotated_file_is_only_text(here: Path) -> None:
    """A main.cf with escapes, of a configuration with a hostile name, is annotated as text and beside nothing else."""
    main = "# \x1b]0;x\x07<script>\nsmtpd_relay_restrictions = permit \x9b1m\n"
    (here / "kept").mkdir()
    (here / "kept" / "coverage.txt").symlink_to("../../beside/precious")
    save_coverage((Coverage("/x/..\x1b[2J", main, "", ()),), here / "kept")
    assert sorted(path.name for path in (here / "kept").iterdir()) == ["2J.main.cf", "2J.master.cf", "coverage.json", "coverage.txt"]
    texts = [path.read_text() for path in (here / "kept").iterdir()]
    assert all(line.isprintable() for text in texts for line in text.split("\n"))
    assert untouched(here)


@pytest.mark.parametrize("line", ["$INCLUDE /etc/passwd", "$INCLUDE ../beside/precious x.example.", "$GENERATE 1-9 a A 1.2.3.4"])
def test_a_zone_reads_no_other_file(line: str) -> None:
    """A directive that this reader does not know is an error with its line."""
    with pytest.raises(InputError, match=r"^z:2: \$[A-Z]+ is not known here"):
        Namespace([ZoneText(f"@ A 192.0.2.1\n{line}\n", "z", "lab.test")])


def test_a_configuration_stays_within_its_folder(here: Path) -> None:
    """Links that lead out, whole folders of others, pipes and odd names are left; nothing has a path that leads up."""
    (here / "main.cf").write_text("myhostname = mx\n")
    (here / "out").symlink_to("../beside")
    (here / "secret").symlink_to("../beside/precious")
    (here / "a\x1b[2Jb").write_text("x")
    os.mkfifo(here / "pipe")
    source = read_configuration(here)
    assert set(source.files) == {"main.cf"}
    assert len(source.left) == 3
    assert all(str(delta.what).isprintable() or "\x1b" in delta.what for delta in source.left)


def test_the_command_that_repeats_a_test_runs_nothing_else(pytestconfig: pytest.Config) -> None:
    """A test's name is one word for the shell, whatever is in it."""
    import shlex

    place = "a.py::test[$(touch x); `id` 'y' \n]"
    assert shlex.split(replay_command(pytestconfig, place)) == ["postfix-lab", "run", place]


def test_what_a_broken_lab_says_is_safe() -> None:
    """The words of a container and of a log stand in an error: reports spell out what would move a terminal."""
    from postfix_lab.text import printable_lines

    assert printable_lines(str(LabError("the log said \x1b[2J\x9b1m\nand \u202ethat"))) == "the log said \\x1b[2J\\x9b1m\nand \\u202ethat"


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "huge"])
def test_what_is_no_file_is_not_waited_for(here: Path, kind: str) -> None:
    """A pipe, a device without end, a folder and a flood in the place of any file that the lab reads."""
    names = ("a.zone", "evidence.json", "coverage.json", "standing.json", "users.csv", "a.yaml")
    for name in names:
        if kind == "pipe":
            os.mkfifo(here / name)
        elif kind == "device":
            (here / name).symlink_to("/dev/zero")
        elif kind == "folder":
            (here / name).mkdir()
        else:
            (here / name).touch()
            os.truncate(here / name, 2 << 30)
    for read in (lambda: zone_file(here / "a.zone"), lambda: load(here), lambda: load_coverage(here), lambda: read_csv_tables(here), lambda: read_sheet(here / "a.yaml")):  # fmt: skip
        with pytest.raises(InputError, match=r"no regular file|larger than"):
            read()
    assert standing_record.read(here) is None
