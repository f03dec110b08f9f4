"""Debian's postgrey, for a scenario that wants real greylisting in place of a stub: `policy="postgrey"`."""

from __future__ import annotations

from postfix_lab.fit.collaborators.collaborator import Collaborator, Daemon
from postfix_lab.fit.draft import Draft


class Postgrey(Collaborator):
    """The greylisting server at the socket of one policy service. Only a restart empties its database."""

    name = "postgrey"
    packages = ("postgrey", "libnet-dns-perl")
    in_default_image = True
    log_names = frozenset({"postgrey"})
    roles = frozenset({"policy"})
    stands_for = ("Debian's postgrey, as packaged", "the scenario wants a real greylister there")

    def greylists(self, draft: Draft) -> bool:
        """Where its socket is asked, for five minutes."""
        return any(stub.mode == self.name for stub in draft.stubs.values())

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Listen at the stub's socket.

        The arguments after `--` are for Net::Server: it logs to syslog, as with Debian's start script, although
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
