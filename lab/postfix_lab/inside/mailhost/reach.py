"""Checks what Postfix's daemons can reach, in the mail host itself and with their rights.

It runs in the container under the release's own Python (3.9 on bullseye), with nothing but the standard library:
`reach.py JSON` prints its findings as JSON. A socket path where nothing listens gets a temporary listener.
"""

import contextlib
import filecmp
import glob
import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from typing import Any, Callable, Dict, Iterator, List

QUEUE = "/var/spool/postfix"
USER = "postfix"
LIMIT = 5.0


def sockets(asked: List[Dict[str, Any]]) -> List[str]:
    """Return for each socket the error of connecting to it; empty if it succeeds."""
    return [_try_socket(one["listen"], one["path"], one["chrooted"]) for one in asked]


def _try_socket(listen: str, path: str, chrooted: bool) -> str:
    with contextlib.ExitStack() as stack:
        if not os.path.exists(listen):
            try:
                stack.enter_context(_listener(listen))
            except OSError as error:
                return "%s (for whoever should listen there)" % error.strerror
        return _as_postfix(path, chrooted)


@contextlib.contextmanager
def _listener(path: str) -> Iterator[None]:
    """Listen at that path while the context is open, with access for everybody."""
    made = []
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        made.append(folder)
        folder = os.path.dirname(folder)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        os.chmod(path, 0o666)  # noqa: S103 - only the path to it is checked
        server.listen()
        try:
            yield
        finally:
            os.unlink(path)
            for one in made:
                os.rmdir(one)


def _as_postfix(path: str, chrooted: bool) -> str:
    """Connect as the user postfix, in the queue folder or chrooted to it (chroot_uid(3)); return the error."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            user = pwd.getpwnam(USER)
            os.chdir(QUEUE)
            os.initgroups(USER, user.pw_gid)
            if chrooted:
                os.chroot(QUEUE)
                os.chdir("/")
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(LIMIT)
                client.connect(path)
        except (OSError, ValueError) as error:
            os.write(write, (getattr(error, "strerror", None) or str(error)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


def touch_sockets(asked: List[str]) -> List[str]:
    """Connect to each of these sockets of master(8), so that it starts a daemon; return the errors."""
    found = []
    for path in asked:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT)
            try:
                client.connect(os.path.join(QUEUE, path))
            except OSError as error:
                found.append(error.strerror or str(error))
            else:
                found.append("")
    return found


def copies(asked: List[str]) -> List[str]:
    """Return for each pattern whether a copy in the chroot is `missing` or `stale`; empty if all are good."""
    return [_compare_copy(path) for path in asked]


def _compare_copy(path: str) -> str:
    for original in glob.glob(path):
        copy = os.path.join(QUEUE, original.lstrip("/"))
        if not os.path.exists(copy):
            return "missing"
        if os.path.isfile(original) and not filecmp.cmp(original, copy, shallow=False):
            return "stale"
    return ""


def tables(asked: List[str]) -> List[str]:
    """Return for each table what postmap(1) complains of when it looks up a key."""
    return [_look_up(table) for table in asked]


def _look_up(table: str) -> str:
    with tempfile.TemporaryFile() as output:
        argv = ["postmap", "-q", "nobody@nowhere.example", table]
        try:
            null = subprocess.DEVNULL
            subprocess.run(argv, stdin=null, stdout=null, stderr=output, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return "%s did not end within %g s" % (" ".join(argv), LIMIT)
        output.seek(0)
        return output.read().decode(errors="replace").strip()


TASKS: Dict[str, Callable[[Any], List[str]]] = {
    "sockets": sockets,
    "touched": touch_sockets,
    "copies": copies,
    "tables": tables,
}


def main(text: str) -> int:
    """Run the tasks that the JSON text names, and print their results by name."""
    asked = json.loads(text)
    sys.stdout.write(json.dumps({name: TASKS[name](asked[name]) for name in asked}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
