"""postgrey in place of a policy service."""

from __future__ import annotations

import pytest

from tests.unit.fit.conftest import Fit

ASKS = "smtpd_data_restrictions = check_policy_service %s\n"


@pytest.mark.parametrize(
    "place, option", [("inet:127.0.0.1:10023", "--inet=127.0.0.1:10023"), ("unix:grey/s", "--unix=/var/spool/postfix/grey/s")]
)
def test_daemon(fitted: Fit, place: str, option: str) -> None:
    """It listens where the stub would, as its own user, remembers clients, and has Postfix's time."""
    [postgrey] = fitted(ASKS % place, policy="postgrey").daemons
    assert postgrey.argv == ("postgrey", option, "--", "--log_file=Sys::Syslog")
    assert postgrey.sockets[0].endswith(option.partition("=")[2])
    assert (postgrey.owner, postgrey.memory, postgrey.clocked) == ("postgrey:postgrey", "/var/lib/postgrey", True)


def test_a_stub_instead(fitted: Fit) -> None:
    """Unless the scenario wants it by its name, nothing but a stub is there."""
    assert [daemon.name for daemon in fitted(ASKS % "inet:127.0.0.1:10023").daemons] == ["stubs"]
