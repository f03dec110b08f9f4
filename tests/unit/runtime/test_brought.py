"""What is taken away and what is made, as the command for a shell, tried in a folder of the test's own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from postfix_lab.fit.collaborators.collaborator import Daemon
from postfix_lab.runtime.brought import DaemonFiles

# The owners of folders are set by root; the test only makes its own, without install(1)'s -o and -g.
_INSTALL = 'install() { for last; do :; done; mkdir "$last" && chmod 755 "$last"; }; chown() { echo "chown $*" >&2; }; '


def daemon(name: str, *sockets: Path | str, owner: str = "root:root", memory: str = "") -> Daemon:
    """One that listens there."""
    return Daemon(name, (name,), sockets=tuple(f"unix:{place}" for place in sockets), owner=owner, memory=memory)


def carry_out(brought: DaemonFiles, *daemons: Daemon) -> str:
    """Change to these daemons; returns what was said beside the folders that were made."""
    command = brought.change_command(daemons)
    done = subprocess.run(["/bin/sh", "-c", _INSTALL + command], capture_output=True, text=True, check=True)
    brought.record_change(daemons, done.stdout)
    return done.stderr.strip()


def test_folders_and_sockets_go(tmp_path: Path) -> None:
    """What was made for a socket is removed with it, whatever lies there; what was there before stays."""
    there, brought = tmp_path / "there", DaemonFiles()
    there.mkdir()
    carry_out(brought, daemon("a", there / "new" / "deep er" / "socket", there / "socket"))
    (there / "new" / "deep er" / "socket").touch()
    (there / "new" / "pid").touch()
    (there / "socket").touch()
    carry_out(brought)
    assert list(tmp_path.rglob("*")) == [there]


def test_folder_of_two(tmp_path: Path) -> None:
    """It stays while one of them is wanted, and has the owner that those who are there need."""
    stub = daemon("stubs", tmp_path / "grey" / "m" / "s")
    grey = daemon("postgrey", tmp_path / "grey" / "s", owner="postgrey:postgrey")
    for order in ((stub, grey), (grey, stub)):
        brought = DaemonFiles()
        said = [carry_out(brought, order[0]), carry_out(brought, stub, grey), carry_out(brought, stub)]
        owned = f"chown postgrey:postgrey {tmp_path}/grey", f"chown root:root {tmp_path}/grey"
        assert said == ["", owned[0] if order[0] is stub else "", owned[1]]
        assert (tmp_path / "grey" / "m").is_dir()
        carry_out(brought)
        assert list(tmp_path.iterdir()) == []


def test_folder_is_made_before_those_in_it(tmp_path: Path) -> None:
    """A folder that is also on the way to another has its own owner from the beginning."""
    stub = daemon("stubs", tmp_path / "grey" / "m" / "s")
    grey = daemon("postgrey", tmp_path / "grey" / "s", owner="postgrey:postgrey")
    command = DaemonFiles().change_command((stub, grey))
    assert command.index(f"make postgrey:postgrey {tmp_path}/grey") < command.index(f"make root:root {tmp_path}/grey/m")


def test_memory_goes(tmp_path: Path) -> None:
    """What a daemon remembers is emptied, and the package's folder stays."""
    brought, memory = DaemonFiles(), tmp_path / "memory"
    memory.mkdir()
    carry_out(brought, daemon("postgrey", memory=str(memory)))
    (memory / "postgrey.db").touch()
    carry_out(brought, daemon("other"))
    assert list(tmp_path.rglob("*")) == [memory]


def test_nothing_to_do(tmp_path: Path) -> None:
    """The mail host is not asked where sockets and folders stay the same, nor for TCP ports."""
    brought, one = DaemonFiles(), daemon("a", tmp_path / "socket")
    carry_out(brought, one)
    assert brought.change_command((one,)) == ""
    assert DaemonFiles().change_command((Daemon("b", ("b",), sockets=("inet:127.0.0.1:10023",)),)) == ""


def test_folders_of_postfix() -> None:
    """Before its first start, Postfix's own folder is made as it wants to find it, for what starts before it."""
    place = "unix:/var/spool/postfix/private/auth"
    assert DaemonFiles().change_command((Daemon("dovecot", ("dovecot",), sockets=(place,)),)) == ""
    command = DaemonFiles().change_command((Daemon("stubs", ("stub",), sockets=(place,), line="[]"),))
    assert command.startswith("{ test -d /var/spool/postfix/private || install -d -o postfix -m 700 /var/spool/postfix/private; }")
