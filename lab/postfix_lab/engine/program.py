"""The program of a container's main process: it is sent over the control stream, before anything else.

So the code in the container is always the current one, no image contains it, and the engine does not have to
copy it into the container before the start, which takes a tenth of a second each time.
"""

from __future__ import annotations

import io
import marshal
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER
from pathlib import Path

_LENGTH = 12
_TRUSTED = MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
"""Header of bytecode that is not compared with its source: the flags of PEP 552, and an unused hash."""
_BOOT = f"""
import os, runpy, sys
def take(count):
    taken = b""
    while len(taken) < count:
        taken += os.read(0, count - len(taken)) or sys.exit("the program did not arrive")
    return taken
for name in sys.argv[3:]:
    __import__(name)
os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
with open(sys.argv[1], "wb") as program:
    program.write(take(int(take({_LENGTH}))))
sys.path.insert(0, sys.argv[1])
runpy.run_module(sys.argv[2], run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Program:
    """A file or a package, the module in it to run, and the options for Python."""

    source: Path
    module: str
    folder: str
    """Where it is written in the container."""
    options: str = "-u"
    parts: tuple[str, ...] = ("**/*.py",)
    """Which modules of a package are sent, as patterns."""
    beforehand: tuple[str, ...] = ()
    """Modules of the image that it imports while it waits for the program."""

    @property
    def command(self) -> list[str]:
        """The command of the container; it reads the result of `pack` from standard input."""
        return [
            "/usr/bin/python3",
            self.options,
            "-c",
            _BOOT,
            f"{self.folder}/program.zip",
            self.module,
            *self.beforehand,
        ]

    def pack(self) -> bytes:
        """Return what is sent to the container's standard input first: a length, and a zip file of that length.

        Each module is in it as source and compiled by this Python; another version compiles the source (zipimport).
        """
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as pack:
            for path in self._modules():
                name = str(path.relative_to(self.source.parent))
                pack.write(path, name)
                pack.writestr(f"{name}c", _compile(path))
        content = archive.getvalue()
        return str(len(content)).rjust(_LENGTH).encode() + content

    def _modules(self) -> Iterator[Path]:
        if self.source.is_file():
            yield self.source
            return
        yield from sorted({path for part in self.parts for path in self.source.glob(part)})


def _compile(path: Path) -> bytes:
    """Return the module's bytecode without a source time: clocks and time zones in the container may differ."""
    code = SourceFileLoader(path.stem, str(path)).get_code(path.stem)  # from Python's own cache, or compiled
    return _TRUSTED + marshal.dumps(code)
