"""Recipients by the thousand, connections by the hundred: what Postfix allows, and that nothing of it is lost to the lab."""

from __future__ import annotations

from collections import Counter

import pytest

from postfix_lab import (
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    crowd,
    delivered,
    ended,
    logged,
    many_recipients,
    refused,
    replied,
    warned,
)

pytestmark = pytest.mark.mail_host(trace=False)  # a trace of all that would be 20 MB, and the time it takes
# Without SPF, which is not what this is about, and without the second that smtpd sleeps before each late error.
UNHURRIED = {
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "smtpd_error_sleep_time": "0",
}


@pytest.mark.mail_host(main=UNHURRIED)
def test_thousands_of_recipients(lab: Scene, client: Remote) -> None:
    """The first 1000 are taken (`smtpd_recipient_limit`), 1000 more are passed over, and 20 errors end it."""
    seen = client.send(misbehaves=many_recipients(2500))
    lab.check(
        seen,
        refused("RCPT", 452, "4.5.3", "too many recipients"),
        replied("RCPT", 421, "4.7.0", "too many errors", said="2021.bob@lab.test"),
        ended("closed"),
        logged("LostConnection", kind="too many errors", stage="RCPT"),
    )
    assert Counter(reply.code for reply in seen.sessions[0].replies("RCPT")) == {250: 1000, 452: 1020, 421: 1}


@pytest.mark.mail_host(main={**UNHURRIED, "smtpd_client_connection_count_limit": "20"})
def test_hundreds_of_connections(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """The limit is anvil's: of 200 that stand at once from one address, 20 are served; each of them is logged to its end."""
    seen = lab.run(mail_host, *crowd(client.session(until="HELO"), 200))
    lab.check(seen, warned(r"Connection concurrency limit exceeded: \d+ from mail.good.example\["))
    banners = Counter(str(session.replies("CONNECT")[0])[:9] for session in seen.sessions)
    assert banners == {"220 mx.la": 20, "421 4.7.0": 180}
    assert Counter(session.ended for session in seen.sessions) == {"quit": 20, "closed": 180}
    assert sum("disconnect from" in line.text for line in seen.log) == 200


@pytest.mark.mail_host(main={**UNHURRIED, "smtpd_client_connection_count_limit": "20"})
def test_many_clients_with_a_mail_each(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """From three addresses 60 sessions stand at once, and all of their mail arrives."""
    clients = [remote(f"203.0.113.{last}", name=f"mail{last}.good.example") for last in (10, 11, 12)]
    seen = lab.run(mail_host, *(one for client in clients for one in crowd(client.session(), 20)))
    lab.check(seen, *(accepted(session=number) for number in range(60)), delivered(60))
    assert max(s.exchanges[0].at for s in seen.sessions) < min(s.exchanges[1].at for s in seen.sessions)
