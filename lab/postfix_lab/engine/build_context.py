"""The build context of an image: the files of its folder, and the libraries that its code needs.

The agent's libraries are pure Python and are copied from the lab's own environment, so that both have
the same versions and the build asks no package index.
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
    """Return twelve hex digits that change with the files, the libraries' versions and the names of extra packages."""
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
    """Return the build context as a tar file; libraries are in its folder `libraries`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(folder, arcname=".")
        for path, name in _library_files() if libraries else ():
            tar.add(path, arcname=f"libraries/{name}")
    packed.seek(0)
    return packed


def _library_files() -> Iterator[tuple[Path, str]]:
    for library in _LIBRARIES:
        for file in importlib.metadata.files(library) or ():
            if file.suffix == ".py" and ".." not in file.parts:
                yield Path(str(file.locate())), str(file)
