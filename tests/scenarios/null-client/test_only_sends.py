"""A null client: nobody reaches it from outside, and what it sends goes to the smarthost."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Dns, Internet, MailHost, MakeRemote, Scene, ended

pytestmark = pytest.mark.mail_host(config="null-client")
LETTER = "printf 'Subject: backup done\\n\\nok\\n' | sendmail -f root@lab.test carol@far.example"


def test_mail_goes_to_the_smarthost(
    lab: Scene, dns: Dns, mail_host: MailHost, internet: Internet, remote: MakeRemote
) -> None:
    """Port 25 is closed to the world; the host's own mail goes to the relayhost, not to the recipient's MX."""
    dns.zone("@ A 203.0.113.60", origin="smarthost.lab.test")
    remote("203.0.113.60", name="smarthost.lab.test", mta=ACCEPT)
    lab.check(remote("203.0.113.10", name="mail.good.example").send(), ended("refused"))
    mail_host.shell(LETTER)
    assert internet.barrier("status=sent", 1)
    seen = internet.sighting()
    assert [(m.server, m.recipients) for m in seen.messages] == [("203.0.113.60", ("carol@far.example",))]
    assert not any(query.name == "far.example" for query in seen.queries)
