"""Try a configuration in a lab: restart its daemons, wake them, hold sessions with them, and inspect its files.

Nothing is judged here. Whatever dies is known from the log at once (`Plan.hurry`).
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.chroots import copies
from postfix_lab.audit.examined import CHECK, CommandOutput, Examination
from postfix_lab.audit.lookup_tables import tables
from postfix_lab.audit.probes import plan
from postfix_lab.audit.transports import delivery_agents
from postfix_lab.audit.unix_sockets import sockets
from postfix_lab.errors import PostfixError
from postfix_lab.fit.chroot import Chroot
from postfix_lab.postfix.configuration import query_postconf
from postfix_lab.postfix.files.master_cf_changes import with_chroot
from postfix_lab.postfix.log.daemon_death import is_death
from postfix_lab.postfix.parameters import ETC
from postfix_lab.runtime import reachability

if TYPE_CHECKING:
    from postfix_lab.runtime.executor import Executor
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.runtime.target import Target

_LIMIT = 30.0
_START = "postfix start"


def examine(executor: Executor, target: Target) -> Examination:
    """Bring the mail host into that setup, try it, and return the results."""
    try:
        host = executor.prepare(target, afresh=True)
    except PostfixError as error:
        return Examination(refused=str(error))
    setup = target.setup
    written = written_configuration(setup, host)
    main_cf = setup.original_text("main.cf")
    asked = host.described.configured or query_postconf(host.shell, main_cf, "", tuple(setup.main))
    mynetworks = host.shell("postconf -hx mynetworks").strip()
    wanted = plan(host.fit(), host.addresses, mynetworks, delivery_agents(written))
    if not host.wear.unused:  # Daemons that start afresh say once more what they complain of.
        host.reload()
    reachability.probe_sockets(host, touched=list(wanted.touched))
    looked = reachability.probe_sockets(
        host,
        sockets=[{"listen": s.listen, "path": s.path, "chrooted": s.service.chrooted} for s in sockets(written)],
        copies=list(copies(written, host.debian)),
        tables=[table.named.key for table in tables(written)],
    )
    host.collaborators.await_ready()
    reachability.start_wires(host, wanted.wires)
    try:
        evidence = executor.run(host, wanted.scenario, _LIMIT, hurry=wanted.dead_limit)
    finally:
        reachability.start_wires(host, ())
    if any(is_death(line) for line in evidence.lines):
        host.require_restart()
    return Examination(
        evidence=evidence,
        configured=replace(asked, master_cf=written.master_text),
        mynetworks=mynetworks,
        complaints=tuple(_command_output(host)),
        sockets=tuple(looked["sockets"]),
        copies=tuple(looked["copies"]),
        tables=tuple(looked["tables"]),
    )


def written_configuration(setup: Setup, host: MailHost) -> AdminConfig:
    """Return the configuration as the admin wrote it, for the release of that mail host."""
    placed = host.fit().files.get(f"{ETC}/master.cf")
    text = setup.original_text("master.cf") if setup.source.master else placed.text if placed else ""
    return AdminConfig(setup.source, with_chroot(text, "smtpd", "n") if setup.chroot is Chroot.OFF else text)


def _command_output(host: MailHost) -> list[CommandOutput]:
    """Return the output of `postfix check` (run at each start), postmap(1) and postalias(1) when they succeed."""
    outputs = dict(host.outputs)
    check = outputs.pop(_START, None)
    if check is None:
        check = host.shell("postfix check 2>&1; true")
    compiled = (CommandOutput(posixpath.join(ETC, file), text) for file, text in outputs.items())
    found = [CommandOutput(CHECK, check), *compiled]
    return [output for output in found if output.text.strip()]
