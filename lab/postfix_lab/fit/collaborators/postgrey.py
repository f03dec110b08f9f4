"""Debian's postgrey, where a scenario wants a real greylister in place of a stub: `policy="postgrey"`."""

from __future__ import annotations

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft


class Postgrey(Collaborator):
    """The greylister at the socket of one policy service. Only a new start empties the database of what it has seen."""

    name = "postgrey"
    packages = ("postgrey", "libnet-dns-perl")
    in_default_image = True
    log_names = frozenset({"postgrey"})
    roles = frozenset({"policy"})
    stands_for = ("Debian's postgrey, as packaged", "the scenario wants a real greylister there")

    def objection(self, draft: Draft) -> str:
        """Who comes for the first time has to come again."""
        here = any(stub.mode == self.name for stub in draft.stubs.values())
        return f"the scenario wants a policy that says {self.name}" if here else ""

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Listen where a stub would.

        What follows `--` is for Net::Server beneath it: the log goes where Debian's start script has it go, though
        postgrey stays in the foreground.
        """
        del debian
        listen = next((stub.listen for stub in draft.stubs.values() if stub.mode == self.name), None)
        if listen is None:
            return None
        kind, _, place = listen.partition(":")
        return Daemon(
            self.name,
            ("postgrey", f"--{kind}={place}", "--", "--log_file=Sys::Syslog"),
            sockets=(listen,),
            owner="postgrey:postgrey",
            memory="/var/lib/postgrey",
            clocked=True,
        )
