"""A dockerd of one's own, to be killed: its socket, its images, its containers and its containerd are nobody else's."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from postfix_lab.engine.client import Engine, _open
from postfix_lab.engine.images import IMAGES

LIMIT = 60.0
_READY = "API listen on"


class Dockerd:
    """It keeps everything in one folder, so that it finds it again when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/docker.sock"
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Engine:
        """Start it and return when it answers."""
        # A killed one leaves these; its containerd dies with it, and nobody may have buried it yet.
        for left in ("docker.pid", "exec/containerd/containerd.pid"):
            (self._folder / left).unlink(missing_ok=True)
        places = {"host": self.url, "data-root": "data", "exec-root": "exec", "pidfile": "docker.pid"}
        options = [f"--{name}={value if '/' in value else self._folder / value}" for name, value in places.items()]
        options += ["--bridge=none", "--iptables=false", "--ip6tables=false", "--userland-proxy=false"]
        options += ["--containerd-namespace=postfix-lab-own", "--containerd-plugins-namespace=postfix-lab-own-plugins"]
        self._process = subprocess.Popen(["dockerd", *options], stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        late = threading.Timer(LIMIT, self._process.kill)
        late.start()
        said = []
        for line in self._process.stderr:
            said.append(line)
            if _READY in line:
                break
        late.cancel()
        if not said or _READY not in said[-1]:
            raise RuntimeError(f"the second dockerd did not start: {''.join(said[-8:])}")
        # Else it would stand still when nobody reads what it says.
        threading.Thread(target=self._process.stderr.read, daemon=True).start()
        return _open(self.url)

    def kill(self) -> None:
        """Kill it as nobody can catch it; what it has started goes on without it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in good order, with all that it has started."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(LIMIT)

    def fill(self, left: int) -> None:
        """Take up its disk until so many octets are left."""
        disk = os.statvfs(self._folder)
        with (self._folder / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(1, disk.f_bavail * disk.f_frsize - left))

    def empty(self) -> None:
        """Give the room back."""
        (self._folder / "ballast").unlink(missing_ok=True)


def load(source: Engine, target: Engine) -> None:
    """Give an engine the lab's images that another one has (`docker save | docker load`)."""
    for name in ("internet", "postfix-bookworm"):
        target.client.images.load(source.client.api.get_image(IMAGES[name].tag))


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Path]:
    """A disk of that size in memory, mounted at that folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={int(megabytes * 1024)}k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
