"""The admin's folder: what is taken along, what stays, and what is no configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.runtime import admin_folder
from postfix_lab.runtime.admin_folder import read_source


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A folder called postfix, as in /etc."""
    folder = tmp_path / "postfix"
    folder.mkdir()
    (folder / "main.cf").write_text("myhostname = mx.lab.test\n")
    return folder


def test_a_binary_file_comes_through_whole(etc: Path) -> None:
    """Octets that are no text are the same on the other side."""
    (etc / "sub").mkdir()
    (etc / "sub" / "key.der").write_bytes(bytes(range(256)))
    assert read_source(etc).files["sub/key.der"].encode("utf-8", "surrogateescape") == bytes(range(256))


def test_compiled_tables(etc: Path) -> None:
    """They come along, with their source or without it: what is compiled counts."""
    for name in ("virtual", "virtual.db", "lost.db"):
        (etc / name).write_text("x")
    found = read_source(etc)
    assert {"virtual", "virtual.db", "lost.db"} <= set(found.files)
    assert found.left == ()


def test_the_tree_around(tmp_path: Path) -> None:
    """Tables and lists that the configuration names elsewhere in the tree are read, and nothing outside of it."""
    etc = tmp_path / "etc" / "postfix"
    (tmp_path / "etc" / "mail").mkdir(parents=True)
    etc.mkdir()
    (tmp_path / "etc" / "mail" / "domains").write_text("lab.test\n")
    (tmp_path / "etc" / "mail" / "other").write_text("x\n")
    (tmp_path / "etc" / "passwd").symlink_to("/etc/passwd")
    (etc / "main.cf").write_text("relay_domains = /etc/mail/domains, hash:/etc/passwd\nx = /etc/mail/other\n")
    assert read_source(etc).elsewhere == {"/etc/mail/domains": "lab.test\n"}
    assert read_source(etc.rename(tmp_path / "postfix")).elsewhere == {}


def test_a_link_is_followed_in_the_folder_alone(etc: Path, tmp_path: Path) -> None:
    """What a link to elsewhere leads to was not brought along, and is not read."""
    (tmp_path / "secret").write_text("not yours")
    (etc / "out").symlink_to(tmp_path / "secret")
    (etc / "dangling").symlink_to("nowhere")
    (etc / "in").symlink_to("main.cf")
    found = read_source(etc)
    assert set(found.files) == {"main.cf", "in"}
    assert {delta.file for delta in found.left} == {"out", "dangling"}


def test_a_pipe_is_not_waited_for(etc: Path) -> None:
    """What is no regular file is left, and said."""
    os.mkfifo(etc / "public")
    assert [(d.file, d.reason) for d in read_source(etc).left] == [("public", "it is no regular file")]


def test_neighbours_of_an_etc_postfix(etc: Path, tmp_path: Path) -> None:
    """The files aliases and mailname may lie in the folder or beside it."""
    (tmp_path / "aliases").write_text("root: ann\n")
    (etc / "mailname").write_text("lab.test\n")
    assert read_source(etc).neighbours == {"/etc/aliases": "root: ann\n", "/etc/mailname": "lab.test\n"}


def test_the_output_of_postconf(etc: Path) -> None:
    """`postconf -n` and `postconf -Mf` do as well."""
    (etc / "main.cf").rename(etc / "postconf-n.txt")
    (etc / "postconf-Mf.txt").write_text("smtp inet n - y - - smtpd\n")
    found = read_source(etc)
    assert (found.main, found.master) == ("postconf-n.txt", "postconf-Mf.txt")


def test_a_folder_above_is_told_where_to_look(etc: Path) -> None:
    """Whoever names /etc meant /etc/postfix."""
    with pytest.raises(InputError, match=f"name {etc}"):
        read_source(etc.parent)


def test_too_much_is_refused(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a folder beyond all measure is named."""
    (etc / "mbox").write_text("x" * 100)
    monkeypatch.setattr(admin_folder, "_ONE", 50)
    with pytest.raises(InputError, match=r"mbox: a file of more than"):
        read_source(etc)
    monkeypatch.setattr(admin_folder, "_ENTRIES", 1)
    with pytest.raises(InputError, match="more than 1 files"):
        read_source(etc)


@pytest.mark.parametrize("make", [Path.exists, Path.touch])
def test_no_folder(tmp_path: Path, make: object) -> None:
    """A path that is missing or a file is refused in words."""
    path = tmp_path / "config"
    assert callable(make)
    make(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_source(path)
