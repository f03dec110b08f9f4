"""The first process of a mail host: it answers requests, one JSON object per line.

It runs in the container under the release's own Python (3.9 on bullseye), with nothing but the
standard library. It can run a command, write files and wait for Postfix's processes;
`runtime/mail_host.py` decides what to do and calls the functions that are marked as verbs here.
It is a single file, which is sent over the stream; so it has its own copy of the rules of `json_lines.py`.
"""

from __future__ import annotations

import filecmp
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence, Tuple, TypedDict, TypeVar

LOG_SOCKETS = ("/dev/log", "/var/spool/postfix/dev/log")
MASTER_PID = "/var/spool/postfix/pid/master.pid"
GONE = "master(8) is gone"
"""The log text for a dead master(8); `daemon_death.py` recognizes it."""
NEW = ".new"
OLD = 60
"""Age in seconds that a written file gets: Postfix does not trust a main.cf of the last 2 s."""
MAX_LINE = 1 << 28
"""Octets of a line with its end, as in `json_lines.py`."""
MAX_OUTPUT = 1 << 25
"""Octets of a command's output; as JSON it may be six times as long, and must fit into a line."""
VERBS: Dict[str, Callable[..., Any]] = {}
"""The functions that can be called from outside, by name."""
F = TypeVar("F", bound=Callable[..., Any])


class Done(NamedTuple):
    """The result of a command: its exit code (-1: it did not end in time) and both its outputs."""

    status: int
    output: str


class _Text(TypedDict):
    text: str


class File(_Text, total=False):
    """A file to be written; the owner is `user:group`, root if missing or empty."""

    mode: int
    owner: str


def verb(function: F) -> F:
    """Mark a function as a verb, which can be called from outside by its name."""
    VERBS[function.__name__] = function
    return function


@verb
def run(argv: Sequence[str], text: str = "", limit: float = 30.0) -> Done:
    """Run a command with the text as its input, and wait for its end; `limit` in seconds."""
    # A file, not a pipe: a daemon that the command starts would keep a pipe open for ever.
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                argv, input=text.encode(), stdout=output, stderr=subprocess.STDOUT, timeout=limit, check=False
            )
        except subprocess.TimeoutExpired:
            return Done(-1, "%s did not end within %g s" % (" ".join(argv), limit))
        dropped = output.seek(0, os.SEEK_END) - MAX_OUTPUT
        output.seek(0)
        said = output.read(MAX_OUTPUT).decode(errors="replace")
        return Done(done.returncode, said if dropped <= 0 else "%s\n(%d more octets were dropped)" % (said, dropped))


@verb
def write(files: Mapping[str, File]) -> None:
    """Write these files, each atomically: Postfix may start a daemon at any time, and half a main.cf is fatal to it."""
    for path, content in files.items():
        os.makedirs(os.path.dirname(path), exist_ok=True)
        fresh = path + NEW
        with open(fresh, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(content["text"])
        os.chmod(fresh, content.get("mode", 0o644))
        if content.get("owner"):
            shutil.chown(fresh, *content["owner"].split(":"))
        then = time.time() - OLD
        os.utime(fresh, (then, then))
        try:
            os.replace(fresh, path)
        except OSError:  # The engine mounts resolv.conf, and a mount point cannot be replaced.
            shutil.copy2(fresh, path)
            os.unlink(fresh)


@verb
def place(folder: str, files: Mapping[str, File]) -> None:
    """Fill a folder with the package's files and these, and nothing else; the first call saves the package's files."""
    kept = folder + ".packaged"
    if not os.path.isdir(kept):
        subprocess.run(["cp", "-a", folder, kept], check=True)
    write(files)
    packaged, present = _tree(kept), _tree(folder)
    for name in packaged:
        path, original = os.path.join(folder, name), os.path.join(kept, name)
        if path not in files and not (name in present and _same(original, path)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            subprocess.run(["cp", "-a", original, path + NEW], check=True)
            os.replace(path + NEW, path)
    for name in present:
        path = os.path.join(folder, name)
        if name not in packaged and path not in files:
            os.unlink(path)


def _tree(folder: str) -> List[str]:
    """Return everything in a folder that is no folder, as relative paths."""
    found = (os.path.join(at, name) for at, _, names in os.walk(folder) for name in names)
    return [os.path.relpath(path, folder) for path in found]


def _same(one: str, other: str) -> bool:
    if os.path.islink(one) or os.path.islink(other):
        return os.path.islink(one) and os.path.islink(other) and os.readlink(one) == os.readlink(other)
    return filecmp.cmp(one, other)


@verb
def mark(text: str) -> None:
    """Log a line through every log socket that Postfix may use."""
    for path in LOG_SOCKETS:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            try:
                sock.connect(path)
            except OSError as error:
                raise RuntimeError(
                    "the log socket %s does not answer (%s): is rsyslogd running?" % (path, error)
                ) from error
            sock.send(("<22>postfix-lab: %s %s" % (text, path)).encode())


@verb
def spawn(argv: Sequence[str], name: str = "") -> None:
    """Start a daemon in its foreground mode; going to the background may take a second.

    A daemon that was started under the same name, by default the program's, is ended first.
    """
    name = name or argv[0]
    end(name)
    with open(os.devnull, "r+b") as null:
        _DAEMONS[name] = subprocess.Popen(argv, stdin=null, stdout=null, stderr=null, start_new_session=True)


@verb
def serve_stubs(argv: Sequence[str], stubs: str, limit: float = 10.0, name: str = "stubs") -> None:
    """Send the stubs, as JSON, to their program, which is started if needed; return when they listen."""
    program = _DAEMONS.get(name)
    if program is None or program.poll() is not None:
        end(name)
        program = _DAEMONS[name] = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(stubs.encode() + b"\n")
    program.stdin.flush()
    ready = select.select([program.stdout], [], [], limit)[0]
    answer = program.stdout.readline(MAX_OUTPUT) if ready else b""
    if answer != b"listening\n":
        program.kill()
        last = (answer + program.stdout.read(MAX_OUTPUT)).decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError("the stubs do not listen: %s" % (last[0] if last else "nothing was said"))


@verb
def ask_stubs(name: str, request: str, limit: float = 10.0) -> str:
    """Send one line to the program of the stubs, and return its answer, a line as well."""
    program = _DAEMONS[name]
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(request.encode() + b"\n")
    program.stdin.flush()
    ready = select.select([program.stdout], [], [], limit)[0]
    answer = program.stdout.readline(MAX_LINE) if ready else b""
    if not answer.endswith(b"\n"):
        raise RuntimeError("the stubs do not answer to %r" % request)
    return answer.decode().rstrip("\n")


@verb
def end(name: str, limit: float = 10.0) -> None:
    """End a daemon that was started here, if any, and return when it is gone."""
    daemon = _DAEMONS.pop(name, None)
    if daemon is None:
        return
    daemon.terminate()
    try:
        daemon.wait(limit)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
    for pipe in (daemon.stdin, daemon.stdout):
        if pipe is not None:
            pipe.close()


@verb
def write_outside(files: Mapping[str, File]) -> None:
    """Write files in folders that `place` does not fill; restore those of an earlier call that are not among them."""
    for path in [path for path in _BEFORE if path not in files]:
        kept = _BEFORE.pop(path)
        if kept:
            os.replace(kept, path)
        elif os.path.lexists(path):
            os.unlink(path)
    for path in [path for path in files if path not in _BEFORE]:
        kept = path + ".packaged" if os.path.lexists(path) else ""
        if kept:
            os.replace(path, kept)
        _BEFORE[path] = kept
    write(files)


@verb
def start_syslog(argv: Sequence[str], limit: float = 10.0) -> None:
    """Start the syslog daemon and return when its sockets accept messages."""
    spawn(argv)
    _poll(lambda: all(_connects(path) for path in LOG_SOCKETS), "a log socket of rsyslogd", limit)


@verb
def reload(limit: float = 10.0) -> None:
    """Reload Postfix, and wait until every process of the old configuration is gone.

    master(8) gets the signal that `postfix reload` ends in; that command's other steps are for a queue with mail in it,
    which qmgr(8) finds again by itself, and take five times as long.
    """
    with open(MASTER_PID, encoding="ascii") as file:
        master = int(file.read())
    old = {os.pidfd_open(pid): pid for pid in _children(master)}
    try:
        os.kill(master, signal.SIGHUP)
        deadline = time.monotonic() + limit
        for process, pid in old.items():
            if not select.select([process], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise RuntimeError(
                    "after a reload a process of the old configuration is still there: %s" % _state(pid)
                )
    finally:
        for process in old:
            os.close(process)


def _state(pid: int) -> str:
    """Return a text about a process and what it waits for, from /proc."""
    found = []
    for name in ("cmdline", "wchan", "stack"):
        try:
            with open("/proc/%d/%s" % (pid, name), encoding="utf-8", errors="replace") as file:
                found.append("%s %s" % (name, " ".join(file.read().replace("\0", " ").split())))
        except OSError as error:
            found.append("%s unreadable (%s)" % (name, error.strerror))
    return "process %d: %s" % (pid, ", ".join(found))


@verb
def await_unix_socket(path: str, limit: float = 10.0) -> None:
    """Return when a UNIX stream socket accepts connections; raises `RuntimeError` after `limit` seconds."""
    _poll(lambda: _connects(path, socket.SOCK_STREAM), path, limit)


@verb
def await_tcp_port(host: str, port: int, limit: float = 10.0) -> None:
    """Return when a TCP port accepts connections; raises `RuntimeError` after `limit` seconds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET

    def takes() -> bool:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            return sock.connect_ex((host, port)) == 0

    _poll(takes, "%s port %d" % (host, port), limit)


def _connects(path: str, kind: int = socket.SOCK_DGRAM) -> bool:
    with socket.socket(socket.AF_UNIX, kind) as sock:
        return sock.connect_ex(path) == 0


def _poll(true: Callable[[], bool], what: str, limit: float) -> None:
    # There is no event for a new UNIX socket, so this polls.
    deadline = time.monotonic() + limit
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError("%s did not answer within %g s" % (what, limit))
        select.select([], [], [], 0.005)


def _children(parent: int) -> List[int]:
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % entry, encoding="ascii", errors="replace") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == parent:
                    found.append(int(entry))
        except OSError:
            continue  # It has ended meanwhile.
    return found


def report_dead_master(*_: Any) -> None:
    """Log that master(8) is gone if it ended without `postfix stop`: the agent then shortens its timeouts."""
    try:
        with open(MASTER_PID, encoding="ascii") as file:
            master = int(file.read())
        ended = os.waitid(os.P_PID, master, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        stopped = any(b"postfix stop" in request for request in _ASKED)
        if ended and master not in _MISSED and not stopped:
            _MISSED.append(master)
            mark(GONE)
    except (OSError, ValueError, RuntimeError):
        return  # There is no master, it is not a child yet, or there is no log.


def _reap() -> None:
    # Orphans of the mail host become children of this process; between two requests it has no other child to wait for.
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


_DAEMONS: Dict[str, "subprocess.Popen[bytes]"] = {}
_MISSED: List[int] = []
_ASKED: List[bytes] = []
"""The current request, if any."""
_BEFORE: Dict[str, str] = {}
"""Files outside of /etc/postfix that a setup added -> where the image's own file is kept; empty: there was none."""


def serve(line: bytes) -> Dict[str, Any]:
    """Return the answer to a request."""
    try:
        serial, name, arguments = _request(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return {"id": None, "error": {"message": "no request: %s: %s" % (type(error).__name__, error)}}
    try:
        return {"id": serial, "value": _verb(name)(**arguments)}
    except Exception as error:  # noqa: BLE001 - every error is sent to the caller
        return {"id": serial, "error": {"message": "%s: %s" % (name, error)}}


def _request(line: bytes) -> Tuple[Any, Any, Any]:
    if len(line) > MAX_LINE:
        raise ValueError("a line is longer than %d octets" % MAX_LINE)
    request = json.loads(line)
    return request["id"], request["verb"], request["arguments"]


def _verb(name: str) -> Callable[..., Any]:
    if name not in VERBS:
        raise ValueError("there is no such verb; there are %s" % ", ".join(VERBS))
    return VERBS[name]


def main() -> None:
    """Answer requests until standard input ends, or a line is too long."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGCHLD, report_dead_master)
    line = b""
    while len(line) <= MAX_LINE:
        line = sys.stdin.buffer.readline(MAX_LINE + 1)
        if not line:
            return
        _ASKED[:] = [line]
        print(json.dumps(serve(line)), flush=True)
        _reap()
        _ASKED.clear()


if __name__ == "__main__":
    main()
