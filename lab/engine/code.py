"""The program that a container's main process runs: it comes down the control stream, before anything else.

So the code inside is always the code that is being tested, no image holds it, and the engine is spared
a copy into a container that does not run yet, which costs it a tenth of a second for each.
"""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

_LENGTH = 12
_BOOT = f"""
import io, os, runpy, sys, tarfile
def take(count):
    taken = b""
    while len(taken) < count:
        taken += os.read(0, count - len(taken)) or sys.exit("the program did not arrive")
    return taken
tarfile.open(fileobj=io.BytesIO(take(int(take({_LENGTH}))))).extractall(sys.argv[1])
sys.path.insert(0, sys.argv[1])
runpy.run_module(sys.argv[2], run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True)
class Code:
    """A file or a package, the module of it that is run, and the options of Python that it is run with."""

    source: Path
    module: str
    folder: str
    """Where it is put in the container."""
    options: str = "-u"

    @property
    def command(self) -> list[str]:
        """What the container is started with; it waits for `packed`."""
        return ["/usr/bin/python3", self.options, "-c", _BOOT, self.folder, self.module]

    def packed(self) -> bytes:
        """What the container's standard input has to bring first: a length, and a tar file of that length."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            tar.add(self.source, arcname=self.source.name, filter=_wanted)
        content = archive.getvalue()
        return str(len(content)).rjust(_LENGTH).encode() + content


def _wanted(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry if entry.isdir() or entry.name.endswith((".py", ".pyc")) else None
