"""The mail host under test: a container in which Debian's Postfix boots as Debian boots it.

Order matters: the chroot is made before Postfix starts, rsyslogd runs before anything can
log, and the cable is plugged before rsyslogd connects to the loghost.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.addresses import STALE_RESOLVER
from postfix_lab.errors import InputError, LabError, PostfixError
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.fit import blame
from postfix_lab.fit.choices import Disk, Memory
from postfix_lab.fit.chroot import Chroot, preparation
from postfix_lab.fit.fitted import Fitted
from postfix_lab.inside.mailhost import init, wake
from postfix_lab.postfix.parameters import ETC, QUEUE
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime import disk
from postfix_lab.runtime.clock import Clock
from postfix_lab.runtime.collaborators import Collaborators
from postfix_lab.runtime.compilation import compile_tables
from postfix_lab.runtime.description import ALIVE, Description, describe
from postfix_lab.runtime.init_process import InitProcess, init_files
from postfix_lab.runtime.setup import LOCALHOST, Setup
from postfix_lab.runtime.wear import Wear

if TYPE_CHECKING:
    from postfix_lab.engine.container import Containers
    from postfix_lab.engine.container_plan import ContainerPlan

_CACHES = ("verify_cache", "postscreen_cache", "smtp_scache", "smtpd_scache")
"""The usual names of verify(8)'s and postscreen(8)'s caches and of tlsmgr(8)'s session caches."""
_RESOLV_CONF, _HOSTS = "/etc/resolv.conf", "/etc/hosts"


class MailHost:
    """One mail host: boots a setup, changes to another, clears its caches, describes itself."""

    def __init__(self, containers: Containers, plan: ContainerPlan, debian: int, addresses: tuple[str, ...]) -> None:
        self.debian = debian
        self.addresses = addresses
        self.container = containers.start(plan)
        self.init_process = InitProcess(self.container)
        self._image_id = containers.images[plan.image]
        self.setup: Setup | None = None
        self.described = Description()
        self._facts: MailHostFacts | None = None
        self._outside = False
        self._placed: Setup | None = None
        self._refused: tuple[Setup, LabError] | None = None
        self._master = ""
        self._clock = Clock(self.write, self.shell, Path(wake.__file__))
        self.collaborators = Collaborators(self.init_process)
        self._small = self._distrusted = False
        self.wear = Wear()
        self.outputs: dict[str, str] = {}
        """What Postfix's commands printed though they succeeded: `postfix start`, and compilers by the admin's file."""

    def prepare(self, setup: Setup) -> None:
        """Write the configuration and bring the chroot into its state; starts nothing of Postfix."""
        text = setup.resolv_conf(STALE_RESOLVER) if setup.chroot is Chroot.STALE else setup.resolv_conf()
        self.write({_RESOLV_CONF: text, _HOSTS: LOCALHOST})
        self._place(setup)
        self.shell(preparation(setup.chroot))
        if setup.clock or self._clock.ahead:
            self._clock.reset()

    def start_syslog(self) -> None:
        """Start rsyslogd; the cable must be plugged, because rsyslogd connects to the loghost at once."""
        self.init_process.ask(init.start_syslog)(["rsyslogd", "-n"])
        self.wear.syslog_stopped = False

    def lose_log(self) -> None:
        """Stop rsyslogd: what is logged from now on is lost. It is started again for the next test."""
        self.wear.syslog_stopped = True
        self.init_process.ask(init.end)("rsyslogd")

    def repair(self) -> None:
        """Restart rsyslogd if it stopped; mark the queue dirty if the clock moved."""
        if self.wear.syslog_stopped:
            self.start_syslog()
        self.wear.queue_dirty |= bool(self._clock.ahead)

    def start(self, setup: Setup) -> None:
        """Start Postfix as prepared, and its collaborators; `describe` must follow. Raises `PostfixError`."""
        if self._small != setup.small_disk:
            self._move_queue(setup)
        done = self.init_process.run("postfix start")
        if done.status:
            what = f"`postfix start` ended with status {done.status} in the {self.container.name}"
            raise PostfixError(f"{what}: {done.output.strip()}")
        self.outputs["postfix start"] = done.output
        self.wear.unused = True
        self.wear.note_fresh_daemons()
        self.collaborators.start(self.fit(setup), clock=setup.clock)
        if setup.chroot is Chroot.STALE:
            self.write({_RESOLV_CONF: setup.resolv_conf()})
        self.setup = setup

    def describe(self) -> None:
        """Record versions and `postconf -n` of the current setup; a mail host that cannot be asked has no setup."""
        setup = self.current_setup
        try:
            self.described = describe(self.shell, setup)
        except LabError:
            self.setup = None
            raise
        fitted = self.fit(setup)
        matter = fitted.policy_connections_matter
        self.wear.note_configuration(setup.files(fitted).values(), keeps_connections=matter)
        self._facts = None

    def runs(self, setup: Setup) -> bool:
        """Whether it has that setup, with the files as they are now: they may have been edited."""
        if self._distrusted or self.setup is None:
            return False
        return setup == self.setup and self.setup.is_current()

    def require_restart(self) -> None:
        """Have the next setup restart Postfix: a reloaded master(8) does not replace a dead daemon for a minute."""
        self._distrusted = True

    def change(self, setup: Setup) -> None:
        """Change to another setup, by a reload or, where that is not enough, by a restart; `describe` must follow."""
        if self.runs(setup):
            return
        if self._refused and self._refused[0] == setup and self._refused[0].is_current():
            raise self._refused[1].with_traceback(None)  # else the traceback grows with each raise
        before, self.setup = self.setup, None  # A change that fails half-way leaves no setup.
        if self._small:
            self.shell(disk.empty_command())
        self._place(setup)
        sound = not (self._distrusted or self.wear.master_remembers)
        if before is not None and sound and self._can_reload(before, setup):
            if before.resolv_conf() != setup.resolv_conf():  # What Debian's hook of resolvconf(8) does then.
                self.write(dict.fromkeys((_RESOLV_CONF, f"{QUEUE}{_RESOLV_CONF}"), setup.resolv_conf()))
            self._forget_clients()
            self.reload()
            self.collaborators.start(self.fit(setup), clock=setup.clock)
            self.setup = setup
        else:
            self._restart(setup)
            self._distrusted = False

    def reject_setup(self, error: LabError) -> None:
        """Drop the current setup because of this error; an `InputError` is raised again if the setup is tried again."""
        blamed = isinstance(error, InputError)
        self._refused = (self.setup, error) if self.setup is not None and blamed else None
        self.setup = None

    def reload(self) -> None:
        """Run `postfix reload`; returns when no process from before it is left."""
        self.init_process.ask(init.reload)()
        self.wear.note_fresh_daemons()

    def forget_list_answers(self, answers: tuple[object, ...]) -> None:
        """Reload smtpd if it cached DNS list answers that come from other data than these (`Worlds.dns_list_data`)."""
        if self.current_setup.memory == Memory.FRESH and self.wear.list_answers_changed(answers):
            self.reload()
        self.wear.list_answers = answers

    def empty_queue(self) -> None:
        """Delete every message in the queue."""
        self.shell("postsuper -d ALL")

    @property
    def clock(self) -> Clock:
        """Postfix's own clock; raises `InputError` where the setup has none."""
        if self.setup is None or not self.setup.clock:
            raise InputError("Postfix has the world's time here; @pytest.mark.mail_host(clock=True) gives it its own")
        return self._clock

    def reset(self) -> None:
        """Undo what earlier tests left: replace dead daemons, clear caches, reset the clock, fill the disk again."""
        if self.wear.master_remembers and self.setup:
            self._restart(self.setup)
        self.fill_disk()
        kept = self.setup is not None and self.setup.memory == Memory.KEPT and self.wear.used
        if self._clock.ahead or kept or self.wear.needs_reset:
            if self._clock.ahead:
                self._clock.reset()
            self._forget_clients()
            self.reload()
        self.collaborators.reset()

    def fill_disk(self) -> None:
        """Fill the queue's disk as far as the setup asks."""
        if self.setup is not None and self.setup.small_disk:
            self.shell(disk.fill_command(Disk(self.setup.disk)))

    def fit(self, setup: Setup | None = None) -> Fitted:
        """Return a setup, by default the current one, as this mail host runs it."""
        wanted = setup or self.current_setup
        if not wanted.source.master and not self._master:
            self._master = self.shell("cat /usr/share/postfix/master.cf.dist")
        return wanted.fit(self.debian, "" if wanted.source.master else self._master, self.addresses)

    def blame(self, error: LabError, said: str) -> LabError:
        """Return an error about the admin's own file and line if the output `said` names them; else `error`."""
        return error if (on := self._placed) is None else blame.blame(said, on.source, self.fit(on)) or error

    def address_for(self, client: str) -> str:
        """Return its address of the same family as the client's."""
        return next(address for address in self.addresses if (":" in address) == (":" in client))

    def remove(self) -> None:
        """Remove the container."""
        self.container.remove()

    def failure(self) -> str:
        """Return that master(8) is gone if it is, else an empty text; raises `LabError` if the container is gone."""
        dead = self.init_process.run(ALIVE).status
        return f"Postfix does not run any more in the {self.container.name}: its master(8) is gone" if dead else ""

    def mark(self) -> tuple[str, int]:
        """Log a marker through every log socket; returns its text and how often it will arrive."""
        token = f"mark {secrets.token_hex(6)}"
        self.init_process.ask(init.mark)(token)
        return token, len(init.LOG_SOCKETS)

    def facts(self) -> MailHostFacts:
        """Return what this mail host is, and what the lab changed in it."""
        if self._facts and not self._clock.ahead:
            return self._facts
        setup, described = self.current_setup, self.described
        facts = MailHostFacts(
            debian=self.debian,
            release=RELEASES[self.debian],
            postfix=described.postfix,
            policyd_spf=described.policyd_spf,
            spf_dns_library=described.spf_dns_library,
            addresses=self.addresses,
            configuration=setup.configuration.name,
            chroot=setup.chroot.value,
            overrides=setup.overrides,
            deltas=(*self._clock.deltas, *setup.report(self.fit()), *described.warnings),
            content_filters=self.fit().content_filters,
            image=self._image_id,
            ahead=self._clock.ahead.total_seconds(),
        )
        self._facts = None if self._clock.ahead else facts
        return facts

    def shell(self, command: str) -> str:
        """Run a shell command in the mail host and return its output; a failing one is a `LabError`."""
        return self.init_process.shell(command)

    def write(self, files: Mapping[str, str]) -> None:
        """Write these files, path -> text; missing folders are made."""
        self.init_process.write(files)

    def _place(self, setup: Setup) -> None:
        self._placed = setup
        fitted = self.fit(setup)
        contents = setup.contents(fitted)
        inside = {path: content for path, content in contents.items() if path.startswith(f"{ETC}/")}
        outside = {path: content for path, content in contents.items() if path not in inside}
        self.init_process.ask(init.place)(ETC, init_files(inside))
        if outside or self._outside:
            self.init_process.ask(init.write_outside)(init_files(outside))
            self._outside = bool(outside)
        self.outputs = compile_tables(self.init_process, fitted, setup.source)
        self.collaborators.place(fitted, clock=setup.clock)

    def _forget_clients(self) -> None:
        """Delete the caches that daemons keep in files; what they hold in memory stays until they end."""
        if self.wear.needs_reset or self.wear.caches_clients:
            self.shell(f"rm -f {' '.join(f'/var/lib/postfix/{name}.*' for name in _CACHES)}")

    def _restart(self, setup: Setup) -> None:
        self.shell("if postfix status; then postfix stop; fi")
        self.wear.master_remembers = False
        self._forget_clients()
        self.prepare(setup)
        self.start(setup)

    def _move_queue(self, setup: Setup) -> None:
        """Move the queue to the setup's disk; programs with a socket in it are restarted."""
        self.collaborators.end()
        self._small = setup.small_disk
        self.shell(disk.move_command(small=self._small))
        self.start_syslog()
        self.prepare(setup)

    def _can_reload(self, before: Setup, setup: Setup) -> bool:
        """Whether `postfix reload` is enough: master(8) binds to new addresses only when it starts."""
        return before.can_reload(setup) and self.fit(before).binds == self.fit(setup).binds

    @property
    def current_setup(self) -> Setup:
        """The setup that it has; raises `LabError` where it has none."""
        if self.setup is None:
            raise LabError(f"{self.container.name} has not booted, so nothing can be said about it.")
        return self.setup
