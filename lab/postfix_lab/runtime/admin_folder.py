"""Read the admin's folder: the files that are used, and those that are left out, with reasons.

A copy of an /etc/postfix holds more than text: compiled tables, links to other folders, keys with restricted
permissions. The folder is only read, and links out of it are not followed. `aliases` and `mailname` beside it are
read as well, because they are next to /etc/postfix in /etc. Where the folder is etc/postfix in a tree, the tables and
lists that the configuration names elsewhere in it are read too.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.fit.delta import Delta
from postfix_lab.fit.places import named_files
from postfix_lab.fit.source import Source

MAIN = ("main.cf", "postconf-n.txt", "postconf-n", "postconf.txt")
MASTER = ("master.cf", "postconf-Mf.txt", "postconf-M.txt", "postconf-Mf", "postconf-M")
_ALL = 64 << 20
_ONE = 16 << 20
"""The largest size in octets of a configuration and of one file; more is no configuration."""
_ENTRIES = 5000
_NEIGHBOURS = ("aliases", "mailname")


def read_source(folder: Path) -> Source:
    """Read the folder; raises `InputError` if it is no folder or has no readable main.cf."""
    if not folder.is_dir():
        what = "it is a file; name the folder that it lies in" if folder.exists() else "there is no such folder"
        raise InputError(f"the configuration cannot be read: {what}", str(folder))
    files, modes, left = _files(folder)
    main = next((name for name in MAIN if name in files), None)
    if main is None:
        raise _no_main_error(folder, left)
    master = next((name for name in MASTER if name in files), "")
    if not master and (unread := next((d for d in left if d.file in MASTER), None)):
        raise InputError(f"master.cf cannot be read: {unread.reason}", str(folder / unread.file))
    source = Source(
        str(folder), files, modes, main, master, _neighbours(folder, files), {}, tuple(_group_by_reason(left)),
    )  # fmt: skip
    return replace(source, elsewhere=_elsewhere(folder, source))


def _files(folder: Path) -> tuple[dict[str, str], dict[str, int], list[Delta]]:
    found: dict[str, str] = {}
    modes: dict[str, int] = {}
    left: list[Delta] = []
    size = 0
    names = sorted(_walk(folder))
    for name in names:
        path = folder / name
        if reason := _reason_to_leave(folder, path):
            left.append(Delta(name, "left where it is", reason, name))
            continue
        try:
            if path.stat().st_size > _ONE:
                what = f"a file of more than {_ONE >> 20} MiB is no part of a configuration; move it elsewhere"
                raise InputError(what, str(path))
            content = path.read_bytes()
        except OSError as error:
            left.append(Delta(name, "left where it is", f"it cannot be read: {error.strerror}", name))
            continue
        size += len(content)
        if size > _ALL:
            raise InputError(f"the folder holds more than {_ALL >> 20} MiB: name a copy of /etc/postfix", str(folder))
        found[name] = content.decode("utf-8", "surrogateescape")
        modes[name] = 0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644
    return found, modes, left


def _walk(folder: Path) -> Iterator[str]:
    count = 0

    def refuse(error: OSError) -> None:
        where = os.path.relpath(error.filename, folder) if error.filename else "."
        if where == ".":
            raise InputError(f"the configuration cannot be read: {error.strerror}", str(folder)) from error

    for at, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]  # .git and the like
        links = [name for name in folders if (Path(at) / name).is_symlink()]
        for name in (*names, *links):
            count += 1
            if count > _ENTRIES:
                what = f"the folder holds more than {_ENTRIES} files; name a copy of /etc/postfix"
                raise InputError(what, str(folder))
            yield str((Path(at) / name).relative_to(folder))


def _reason_to_leave(folder: Path, path: Path) -> str:
    """Why a file is left out; empty if it is used."""
    name = str(path.relative_to(folder))
    if path.is_symlink():
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(os.path.realpath(folder)):
            return "the link leads out of the folder, and what is there was not brought along"
        if not target.is_file():
            return "the link leads to no file in the folder"
    elif not path.is_file():
        return "it is no regular file"
    if not name.isprintable():
        return "its name has characters that no configuration can name"
    return ""


def _neighbours(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in _NEIGHBOURS:
        beside = folder / ".." / name
        if name in files:
            found[f"/etc/{name}"] = files[name]
        elif folder.name == "postfix" and beside.is_file() and not beside.is_symlink():
            try:
                found[f"/etc/{name}"] = beside.read_bytes()[:_ONE].decode("utf-8", "surrogateescape")
            except OSError:
                continue  # Treated as missing; a delta says so if the configuration needs it.
    return found


def _elsewhere(folder: Path, source: Source) -> dict[str, str]:
    """Return the tables and lists outside of /etc/postfix that lie in the tree around it, by their absolute path."""
    at = Path(os.path.realpath(folder))
    if at.parts[-2:] != ("etc", "postfix"):
        return {}
    root, found = at.parent.parent, {}
    for name in named_files(source):
        path = Path(os.path.realpath(root / name.lstrip("/")))
        if path.is_relative_to(root) and path.is_file():
            try:
                found[name] = path.read_bytes()[:_ONE].decode("utf-8", "surrogateescape")
            except OSError:
                continue  # Missing, as for Postfix's own user.
    return found


def _group_by_reason(left: list[Delta]) -> Iterator[Delta]:
    """One delta for each reason, because a folder may hold a hundred compiled tables."""
    for reason in dict.fromkeys(delta.reason for delta in left):
        mine = [delta for delta in left if delta.reason == reason]
        shown = ", ".join(delta.file for delta in mine[:5]) + (f" and {len(mine) - 5} more" if mine[5:] else "")
        yield Delta(shown, "left where it is", reason, mine[0].file)


def _no_main_error(folder: Path, left: list[Delta]) -> InputError:
    unread = next((delta for delta in left if delta.file in MAIN), None)
    if unread:
        return InputError(f"main.cf cannot be read: {unread.reason}", str(folder / unread.file))
    for inner in ("postfix", "etc/postfix"):
        if (folder / inner / "main.cf").is_file():
            return InputError(f"there is no main.cf; name {folder / inner}", str(folder))
    return InputError(
        "a configuration needs a main.cf, or the output of `postconf -n` as postconf-n.txt; there is none", str(folder)
    )
