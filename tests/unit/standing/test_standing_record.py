"""The record of a standing lab counts as long as its process lives."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.standing import standing_record
from postfix_lab.standing.standing_record import LabRecord, MailHostRecord
from postfix_lab.standing.tour import examples, tour

HERE = LabRecord(
    os.getpid(), standing_record.own_start(), "docker", "20.10", "unix:///var/run/docker.sock", "postfix-lab-1-internet",
    "/etc/postfix", "lab.test", (MailHostRecord(12, "postfix-lab-1-mail-host-debian-12", ("192.0.2.25", "2001:db8:2::25"), "3.7"),),
    ("/z.zone",), "/shop.tables.yaml", "/data/mail", ("A=b",),
)  # fmt: skip


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The same values come back."""
    standing_record.write(tmp_path, HERE)
    assert standing_record.read(tmp_path) == HERE
    assert [path.name for path in tmp_path.iterdir()] == ["standing.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', "null", '{"mail_hosts": 3, "zones": []}'])
def test_what_is_no_record_is_no_lab(tmp_path: Path, text: str) -> None:
    """Half a file, or one of another version, is not a lab that stands."""
    (tmp_path / "standing.json").write_text(text)
    assert standing_record.read(tmp_path) is None


def test_another_process_of_the_same_id_is_another_process() -> None:
    """Ids are used again; the start time tells them apart."""
    assert HERE.alive
    assert not replace(HERE, started="1").alive
    assert not replace(HERE, pid=2**22 + 1).alive


def test_forgetting_is_no_error_twice(tmp_path: Path) -> None:
    """Record and socket go, whoever took them before."""
    standing_record.write(tmp_path, HERE)
    standing_record.forget(tmp_path)
    standing_record.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_the_lab_that_is_meant_is_forgotten(tmp_path: Path) -> None:
    """Who cleans up after a dead lab leaves the one alone that was started meanwhile."""
    standing_record.write(tmp_path, HERE)
    standing_record.forget(tmp_path, replace(HERE, pid=1))
    assert standing_record.read(tmp_path) == HERE
    standing_record.forget(tmp_path, HERE)
    assert standing_record.read(tmp_path) is None


def test_the_tour_names_every_part() -> None:
    """Addresses, zones, examples and how to end it."""
    told = "\n".join(tour(HERE, "./postfix-lab"))
    for said in ("docker 20.10", "Debian 12: Postfix 3.7 at 192.0.2.25, 2001:db8:2::25", "/z.zone", "`./postfix-lab down`"):
        assert said in told
    assert all(f"  {line}" in told for line in examples(HERE, "./postfix-lab"))


def test_an_engine_at_another_place_is_named() -> None:
    """The engine's command has to look where the lab is."""
    assert "docker exec postfix-lab-1-internet swaks" in examples(HERE)[2]
    there = replace(HERE, url="tcp://engine.example:2375")
    assert "docker --host tcp://engine.example:2375 exec" in examples(there)[2]
