"""The program that a container's main process runs: it comes down the control stream, before anything else.

So the code inside is always the code that is being tested, no image holds it, and the engine is spared
a copy into a container that does not run yet, which costs it a tenth of a second for each.
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
"""In front of bytecode that is not compared with its source: the flags of PEP 552, and a hash that nobody reads."""
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
    """A file or a package, the module of it that is run, and the options of Python that it is run with."""

    source: Path
    module: str
    folder: str
    """Where it is put in the container."""
    options: str = "-u"
    parts: tuple[str, ...] = ("**/*.py",)
    """Which modules of a package go along, as patterns."""
    beforehand: tuple[str, ...] = ()
    """What it imports of what is in the image already, so that it does so while the rest is on its way."""

    @property
    def command(self) -> list[str]:
        """What the container is started with; it waits for `packed`."""
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
        """What the container's standard input has to bring first: a length, and a zip file of that length.

        Each module is in it as it stands and compiled by this Python; another one compiles it for itself (zipimport).
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
    """The module's bytecode, which is taken as it is: times are not compared, clocks and zones inside may differ."""
    code = SourceFileLoader(path.stem, str(path)).get_code(path.stem)  # from Python's own cache, or compiled
    return _TRUSTED + marshal.dumps(code)
