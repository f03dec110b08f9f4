"""No answer at all: the client is unknown, and even unknown_client_reject_code = 550 leaves it a second chance."""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, MakeRemote, Ptr, Scene, asked, connected_as, logged, refused

BOTH_RULES = {
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_reverse_client_hostname, "
    "reject_unknown_client_hostname, reject_unauth_destination",
    "unknown_client_reject_code": "550",
}
MUTE4, MUTE6 = "203.0.113.57", "2001:db8:113::57"
SLOW4, SLOW6 = "203.0.113.58", "2001:db8:113::58"


@pytest.mark.mail_host(main=BOTH_RULES)
def test_silence_is_not_final(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """Neither a mute reverse zone nor a mute forward zone is 550; all at the same time, for silence takes a second."""
    mute = remote(MUTE4, MUTE6, ptr=Ptr.timeout())
    slow = remote(SLOW4, SLOW6, ptr=Ptr.forward_timeout("slow.isp.example"))
    pairs = [(mute, MUTE4), (mute, MUTE6), (slow, SLOW4), (slow, SLOW6)]
    seen = lab.run(mail_host, *(host.session(source=address) for host, address in pairs))
    lab.check(
        seen,
        *(asked(address, "PTR", "TIMEOUT") for address in (MUTE4, MUTE6)),
        *(asked("slow.isp.example", rtype, "TIMEOUT") for rtype in ("A", "AAAA")),
        *(connected_as("unknown", session=number) for number in range(4)),
        *(refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname", session=number) for number in (0, 1)),
        *(refused("RCPT", 450, "4.7.25", "cannot find your hostname", session=number) for number in (2, 3)),
        *(logged("HostnameMismatch", address=a, tail="Temporary failure in name resolution") for a in (SLOW4, SLOW6)),
    )
