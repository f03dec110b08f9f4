"""The mail host under test: a container in which Debian's Postfix boots as Debian boots it.

Order matters: the chroot is made before Postfix starts, the log daemon runs before anything can
log, and the cable is plugged before the log daemon looks for its loghost.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.addresses import STALE_RESOLVER
from lab.engine.code import Code
from lab.errors import InputError, LabError, PostfixError
from lab.mailhost import disk, init, stub, wake
from lab.mailhost.chroot import Chroot, preparation
from lab.mailhost.clock import ENVIRONMENT, Clock
from lab.mailhost.config import ETC, Setup
from lab.mailhost.configured import Configured, ask
from lab.mailhost.facts import RELEASES, Delta, MailHostFacts
from lab.mailhost.fit import blame
from lab.mailhost.fit.choices import Disk, Manner, Sasl
from lab.mailhost.fit.draft import told
from lab.mailhost.fit.fitted import Fitted
from lab.mailhost.fit.programs import STUB
from lab.mailhost.fit.source import read
from lab.mailhost.postgrey import Postgrey
from lab.mailhost.sasl import AUTH_SOCKET, dovecot_files
from lab.mailhost.wear import Wear
from lab.words import printable

if TYPE_CHECKING:
    from lab.engine.container import Container, Containers
    from lab.mailhost.fit.draft import Stub

_RESOLV_CONF = "/etc/resolv.conf"
_INIT = Code(Path(init.__file__), "init", "/opt/postfix-lab", "-uIS")
_VERSIONS = "/usr/share/postfix-lab/versions"
"""Written when the image was built: a package and its version a line, and `mail_version`."""
_MASTER_LIVES = f"read -r pid <{init.MASTER_PID} && grep -q '^State:.[^ZX]' /proc/$pid/status"
"""`postfix status` says the same, and logs it."""
_CACHES = ("postscreen", "reject_unverified_", "_rate_limit")
"""Words of a configuration in which Postfix remembers clients: in files, or in anvil(8)'s memory."""


class MailHost:
    """One mail host: boots a setup, changes to another, forgets what it cached, says what it is."""

    def __init__(self, containers: Containers, debian: int, addresses: tuple[str, ...], number: int = 0) -> None:
        self.debian = debian
        self.addresses = addresses
        self._image = f"postfix-{RELEASES[debian]}"
        self._image_id = containers.images[self._image]
        self.container: Container = containers.start(
            f"mail host{f' {number}' if number else ''}, Debian {debian}",
            self._image,
            _INIT,
            disk.MOUNTS,
            hostname="mx",
            sysctls={"net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.default.disable_ipv6": "0"},
        )
        self.setup: Setup | None = None
        self.postconf = ""
        self.configured: Configured | None = None
        self._versions: dict[str, str] = {}
        self._auth: tuple[str, tuple[str, ...]] | None = None
        self._stubs: tuple[Stub, ...] = ()
        self._outside = False
        self._placed: Setup | None = None
        self._refused: tuple[Setup, LabError] | None = None
        self._master = ""
        self._warned: tuple[Delta, ...] = ()
        self._remembers = False
        self._clock = Clock(self.write, self.shell, Path(wake.__file__))
        self._postgrey = Postgrey(self._ask)
        self._small = False
        self.wear = Wear()
        self._distrusted = False
        self.said: dict[str, str] = {}
        """What Postfix's commands said though they succeeded: `postfix start`, and compilers by the admin's file."""
        self.fresh = False
        """Whether nobody has spoken to it since it was started."""

    def prepare(self, setup: Setup) -> None:
        """Put the configuration in place and the chroot into its state; nothing runs yet."""
        text = setup.resolv_conf(STALE_RESOLVER) if setup.chroot is Chroot.STALE else setup.resolv_conf()
        self._ask("write", files={_RESOLV_CONF: {"text": text}})
        self._place(setup)
        self.shell(preparation(setup.chroot))
        if setup.clock or self._clock.ahead:
            self._clock.reset()

    def listen(self) -> None:
        """Start the log daemon; the cable has to be plugged, since it looks for its loghost at once."""
        self._ask("syslog", argv=["rsyslogd", "-n"])
        self.wear.deaf = False

    def lose_log(self) -> None:
        """End the log daemon: what is logged from now on is lost. The next test's mail host has it again."""
        self.wear.deaf = True
        self._ask("end", name="rsyslogd")

    def mend(self) -> None:
        """Give it back what was lost."""
        if self.wear.deaf:
            self.listen()

    def start(self, setup: Setup) -> None:
        """Start Postfix as prepared, with what works beside it."""
        if self._small != setup.small:
            self._move(setup)
        done = self._ask("run", argv=["/bin/sh", "-c", "postfix start"])
        if done["status"]:
            said = done["output"].strip()
            what = f"`postfix start` ended with status {done['status']} in the {self.container.name}"
            raise PostfixError(f"{what}: {said}")
        self.said["postfix start"] = done["output"]
        self.fresh = True
        self._accompany(setup)
        if setup.chroot is Chroot.STALE:
            self._ask("write", files={_RESOLV_CONF: {"text": setup.resolv_conf()}})
        self._describe(setup)

    def runs(self, setup: Setup) -> bool:
        """Whether it is in that setup, with the files as they are now: somebody may be editing them."""
        if self._distrusted or self.setup is None:
            return False
        return setup == self.setup and read(setup.configuration) == self.setup.source

    def distrust(self) -> None:
        """The next setup starts anew, without a reload: master(8) lets who asks for a dead daemon wait for a minute."""
        self._distrusted = True

    def change(self, setup: Setup) -> None:
        """Go over to another setup: `postfix reload`, or a new start where the chroot differs."""
        if self.runs(setup):
            return
        if self._refused and self._refused[0] == setup and read(setup.configuration) == self._refused[0].source:
            raise self._refused[1].with_traceback(None)  # else it grows with each telling
        before, self.setup = self.setup, None  # A change that fails half-way leaves no setup at all.
        if self._small:
            self.shell(disk.empty())
        self._place(setup)
        sound = not (self._distrusted or self.wear.worn)
        if before is not None and sound and self._reloads(before, setup):
            self.reload()
            self._accompany(setup)
            self._describe(setup)
            return
        self._start_anew(setup)
        self._distrusted = False

    def refuse(self, error: LabError) -> None:
        """Be in no setup: the present one is no good. Whoever wants it again is told the admin's mistake at once."""
        blamed = isinstance(error, InputError)
        self._refused = (self.setup, error) if self.setup is not None and blamed else None
        self.setup = None

    def reload(self) -> None:
        """`postfix reload`; returns when no process from before it is left."""
        self._ask("reload")

    def empty_queue(self) -> None:
        """Delete whatever is still in the queue."""
        self.shell("postsuper -d ALL")

    @property
    def clock(self) -> Clock:
        """Postfix's own time, where the setup asks for it; `InputError` where Postfix has the world's."""
        if self.setup is None or not self.setup.clock:
            raise InputError("Postfix has the world's time here; @pytest.mark.mail_host(clock=True) gives it its own")
        return self._clock

    @property
    def is_ahead(self) -> bool:
        """Whether its clock was put forward, so that what is in its queue has grown old."""
        return bool(self._clock.ahead)

    def forget(self) -> None:
        """Forget what Postfix keeps from client to client, its time, and what befell it; a full disk is full again."""
        if self.wear.worn and self.setup:
            self._start_anew(self.setup)
        self.fill()
        if self._remembers or self._clock.ahead:
            self._clock.reset()
            self.shell("rm -f /var/lib/postfix/verify_cache.* /var/lib/postfix/postscreen_cache.*")
            self.reload()
        self._postgrey.forget()

    def fill(self) -> None:
        """Leave no more room where the queue lies than the setup's disk has."""
        if self.setup is not None and self.setup.small:
            self.shell(disk.fill(Disk(self.setup.disk)))

    def await_auth(self) -> None:
        """Return when Dovecot's auth takes connections, where the setup has users; it starts on the side."""
        for place in self._auth[1] if self._auth else ():
            kind, _, where = place.partition(":")
            host, _, port = where.rpartition(":")
            if kind == "unix":
                self._ask("connects", path=where)
            else:
                self._ask("connects_to", host=host, port=int(port))

    def fitted(self, setup: Setup | None = None) -> Fitted:
        """A setup, the present one if none is named, as this mail host runs it."""
        wanted = setup or self.setup
        if wanted is None:
            raise LabError(f"{self.container.name} has not booted, so nothing can be said about it.")
        if not wanted.source.master and not self._master:
            self._master = self.shell("cat /usr/share/postfix/master.cf.dist")
        return wanted.fitted(self.debian, "" if wanted.source.master else self._master, self.addresses)

    def blame(self, error: LabError, said: str) -> LabError:
        """The error as one of the admin's own file and line, where what was said names them; else as it is."""
        setup = self._placed
        return error if setup is None else blame.blame(said, setup.source, self.fitted(setup)) or error

    def facing(self, client: str) -> str:
        """Its address of the same family as the client's."""
        return next(address for address in self.addresses if (":" in address) == (":" in client))

    def remove(self) -> None:
        """End the mail host."""
        self.container.remove()

    def grief(self) -> str:
        """Why nobody can speak to it, if Postfix does not run any more; raises `LabError` if the container is gone."""
        done = self._ask("run", argv=["/bin/sh", "-c", _MASTER_LIVES])
        if not done["status"]:
            return ""
        return f"Postfix does not run any more in the {self.container.name}: its master(8) is gone"

    def mark(self) -> tuple[str, int]:
        """Log a marker through every log socket; returns its text and how often it will arrive."""
        token = f"mark {secrets.token_hex(6)}"
        self._ask("mark", text=token)
        return token, len(init.LOG_SOCKETS)

    def facts(self) -> MailHostFacts:
        """What this mail host is, and what the lab changed in it."""
        if self.setup is None:
            raise LabError(f"{self.container.name} has not booted, so nothing can be said about it.")
        versions = self._versions
        return MailHostFacts(
            debian=self.debian,
            release=RELEASES[self.debian],
            postfix=versions["mail_version"],
            policyd_spf=versions.get("postfix-policyd-spf-python", ""),
            spf_dns_library="dnspython" if versions.get("python3-dnspython") else "py3dns",
            addresses=self.addresses,
            configuration=self.setup.configuration.name,
            chroot=self.setup.chroot.value,
            overrides=self.setup.overrides,
            deltas=(*self._clock.deltas, *self.setup.report(self.fitted()), *self._warned),
            image=self._image_id,
            ahead=self._clock.ahead.total_seconds(),
        )

    def shell(self, command: str) -> str:
        """Run a shell command in the mail host and return its output; a failing one is a `LabError`."""
        done = self._ask("run", argv=["/bin/sh", "-c", command])
        if done["status"]:
            raise LabError(
                f"`{command}` ended with status {done['status']} in the {self.container.name}: {done['output'].strip()}"
            )
        return str(done["output"])

    def write(self, files: Mapping[str, str]) -> None:
        """Write these files, path -> text; folders that are missing are made."""
        self._ask("write", files={path: {"text": text} for path, text in files.items()})

    def _place(self, setup: Setup) -> None:
        self._placed = setup
        fitted = self.fitted(setup)
        contents = setup.contents(fitted)
        inside = {path: content for path, content in contents.items() if path.startswith(f"{ETC}/")}
        outside = {path: content for path, content in contents.items() if path not in inside}
        self._ask("place", folder=ETC, files=told(inside))
        if outside or self._outside:
            self._ask("outside", files=told(outside))
            self._outside = bool(outside)
        self.said = {}
        for command, file in fitted.commands:
            done = self._ask("run", argv=["/bin/sh", "-c", command])
            self.said[file] = done["output"]
            if done["status"]:
                said = printable(" ".join(done["output"].split()))
                remedy = "mend the file; a compiled table that cannot be read needs its source beside it"
                raise InputError(f"`{command}` failed in the mail host: {said}; {remedy}", setup.source.path(file))
        self._listen(fitted)

    def _start_anew(self, setup: Setup) -> None:
        self.shell("if postfix status; then postfix stop; fi")
        self.wear.worn = False
        self.prepare(setup)
        self.start(setup)

    def _move(self, setup: Setup) -> None:
        """Put the queue on the setup's disk; whoever has a socket in it starts anew."""
        for daemon in ("stubs", "dovecot", "rsyslogd"):
            self._ask("end", name=daemon)
        self._stubs, self._auth = (), None
        self._small = setup.small
        self.shell(disk.move(small=self._small))
        self.listen()
        self.prepare(setup)

    def _listen(self, fitted: Fitted) -> None:
        """Have the stubs listen that this configuration needs, and no others, where Dovecot does not."""
        if self._auth and self._placed and self._placed.sasl != Sasl.WORKS:
            self._ask("end", name="dovecot")
            self.shell(f"rm -f {' '.join(place.removeprefix('unix:') for place in self._auth[1])}")
            self._auth = None
        wanted = tuple(stub for stub in fitted.stubs if stub.mode not in (Manner.ABSENT, Manner.POSTGREY))
        code = any(STUB in content.text for content in fitted.files.values())
        if wanted == self._stubs and not code:
            return
        if not wanted and self._stubs:
            self._ask("end", name="stubs")
        if wanted or code:
            self._ask("write", files={STUB: {"text": Path(stub.__file__).read_text("utf-8")}})
        if wanted:
            told = json.dumps([asdict(one) for one in wanted])
            self._ask("serve_stubs", argv=["/usr/bin/python3", "-IS", STUB, "listen", told])
        self._stubs = wanted

    def _accompany(self, setup: Setup) -> None:
        """Start Dovecot's auth where the setup has users, another one where they or its sockets differ; postgrey."""
        fitted = self.fitted(setup)
        self._postgrey.serve(fitted.stubs, ENVIRONMENT if setup.clock else ())
        wanted = (fitted.users, fitted.auth or (f"unix:{AUTH_SOCKET}",)) if fitted.users is not None else None
        if wanted is not None and wanted != self._auth:
            self._ask("write", files=dovecot_files(self.debian, *wanted))
            self._ask("spawn", argv=["dovecot", "-F"])
            self._auth = wanted

    def _reloads(self, before: Setup, setup: Setup) -> bool:
        """Whether `postfix reload` is enough: master(8) binds to other addresses only when it starts."""
        chosen = setup.chroot, setup.resolv_conf(), setup.clock, setup.small
        same = chosen == (before.chroot, before.resolv_conf(), before.clock, before.small)
        return same and self.fitted(before).binds == self.fitted(setup).binds

    def _describe(self, setup: Setup) -> None:
        self.setup = setup
        versions, _, self.postconf = self.shell(f"cat {_VERSIONS}; echo; postconf -n").partition("\n\n")
        self._versions = dict(row.split(" ", 1) for row in versions.splitlines() if " " in row)
        self.configured = None
        if setup.trace:
            self.configured = ask(self.shell, setup.written("main.cf"), setup.written("master.cf"), tuple(setup.main))
        self._warned = blame.warnings(self.postconf, setup.source)
        lines = (line for text in setup.files(self.fitted(setup)).values() for line in text.splitlines())
        self._remembers = any(word in line for line in lines if line[:1] != "#" for word in _CACHES)

    def _ask(self, do: str, **arguments: Any) -> Any:
        return self.container.stream.call(do, **arguments)
