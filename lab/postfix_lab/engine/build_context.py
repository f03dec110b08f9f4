"""What goes into an image: the files of its folder, and the libraries that its code needs.

The agent's libraries are pure Python and are taken from where the lab itself runs, so that the
versions in the fake Internet are the installed ones and no package index is asked again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_LIBRARIES = ("aiosmtpd", "atpublic", "attrs", "cattrs", "dnslib", "typing_extensions")


def digest(folder: Path, *more: Path, libraries: bool, packages: Iterable[str] = ()) -> str:
    """Twelve hex digits that change when the files, the libraries' versions or the names of further packages do."""
    content = hashlib.sha256()
    for path in (folder, *more):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                data = file.read_bytes()
                content.update(f"{file.name} {len(data)}\n".encode() + data)
    for name in _LIBRARIES if libraries else ():
        content.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for name in packages:
        content.update(f"package {name}\n".encode())
    return content.hexdigest()[:12]


def archive(folder: Path, *, libraries: bool) -> io.BytesIO:
    """The build context as a tar file; libraries stand in its folder `libraries`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(folder, arcname=".")
        for path, name in _files() if libraries else ():
            tar.add(path, arcname=f"libraries/{name}")
    packed.seek(0)
    return packed


def _files() -> Iterator[tuple[Path, str]]:
    for library in _LIBRARIES:
        for file in importlib.metadata.files(library) or ():
            if file.suffix == ".py" and ".." not in file.parts:
                yield Path(str(file.locate())), str(file)
