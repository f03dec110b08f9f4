"""The mail host under test: a container in which Debian's Postfix boots as Debian boots it.

Order matters: the chroot is made before Postfix starts, the log daemon runs before anything can
log, and the cable is plugged before the log daemon looks for its loghost.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.addresses import STALE_RESOLVER
from lab.engine.code import Code
from lab.errors import LabError
from lab.mailhost import init
from lab.mailhost.chroot import Chroot, preparation
from lab.mailhost.config import ETC, Setup
from lab.mailhost.facts import MailHostFacts
from lab.mailhost.sasl import AUTH_SOCKET, dovecot_files

if TYPE_CHECKING:
    from lab.engine.container import Container, Containers

RELEASES = {11: "bullseye", 12: "bookworm", 13: "trixie"}
_RESOLV_CONF = "/etc/resolv.conf"
_INIT = Code(Path(init.__file__), "init", "/opt/postfix-lab", "-uIS")
_VERSIONS = "/usr/share/postfix-lab/versions"
"""Written when the image was built: a package and its version a line, and `mail_version`."""
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
            hostname="mx",
            sysctls={"net.ipv6.conf.all.disable_ipv6": "0", "net.ipv6.conf.default.disable_ipv6": "0"},
        )
        self.setup: Setup | None = None
        self.postconf = ""
        self._versions: dict[str, str] = {}
        self._auth = False
        self._remembers = False

    def prepare(self, setup: Setup) -> None:
        """Put the configuration in place and the chroot into its state; nothing runs yet."""
        text = setup.resolv_conf(STALE_RESOLVER) if setup.chroot is Chroot.STALE else setup.resolv_conf()
        self._ask("write", files={_RESOLV_CONF: {"text": text}})
        self._place(setup)
        self.shell(preparation(setup.chroot))

    def listen(self) -> None:
        """Start the log daemon; the cable has to be plugged, since it looks for its loghost at once."""
        self._ask("syslog", argv=["rsyslogd", "-n"])

    def start(self, setup: Setup) -> None:
        """Start Postfix as prepared, and Dovecot's auth where the setup has users."""
        self.shell("postfix start")
        if setup.users is not None and not self._auth:
            self._ask("write", files=dovecot_files(self.debian, setup.users))
            self._ask("spawn", argv=["dovecot", "-F"])
            self._auth = True
        if setup.chroot is Chroot.STALE:
            self._ask("write", files={_RESOLV_CONF: {"text": setup.resolv_conf()}})
        self._describe(setup)

    def change(self, setup: Setup) -> None:
        """Go over to another setup: `postfix reload`, or a new start where the chroot differs."""
        if setup == self.setup:
            return
        before, self.setup = self.setup, None  # A change that fails half-way leaves no setup at all.
        self._place(setup)
        if before is not None and (setup.chroot, setup.resolvers) == (before.chroot, before.resolvers):
            self.reload()
            self._describe(setup)
            return
        self.shell("if postfix status; then postfix stop; fi")
        self.prepare(setup)
        self.start(setup)

    def reload(self) -> None:
        """`postfix reload`; returns when no process from before it is left."""
        self._ask("reload")

    def empty_queue(self) -> None:
        """Delete whatever is still in the queue."""
        self.shell("postsuper -d ALL")

    def forget(self) -> None:
        """Forget what Postfix keeps from one client to the next: address verification and postscreen."""
        if self._remembers:
            self.shell("rm -f /var/lib/postfix/verify_cache.* /var/lib/postfix/postscreen_cache.*")
            self.reload()

    def await_auth(self) -> None:
        """Return when Dovecot's auth takes connections, where the setup has users; it starts on the side."""
        if self._auth:
            self._ask("connects", path=AUTH_SOCKET)

    def facing(self, client: str) -> str:
        """Its address of the same family as the client's."""
        return next(address for address in self.addresses if (":" in address) == (":" in client))

    def remove(self) -> None:
        """End the mail host."""
        self.container.remove()

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
            deltas=self.setup.deltas,
            image=self._image_id,
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
        self._ask("place", folder=ETC, files={path: {"text": text} for path, text in setup.files().items()})

    def _describe(self, setup: Setup) -> None:
        self.setup = setup
        versions, _, self.postconf = self.shell(f"cat {_VERSIONS}; echo; postconf -n").partition("\n\n")
        self._versions = dict(row.split(" ", 1) for row in versions.splitlines() if " " in row)
        self._remembers = any(word in text for text in setup.files().values() for word in _CACHES)

    def _ask(self, do: str, **arguments: Any) -> Any:
        return self.container.stream.call(do, **arguments)
