"""The stubs of a configuration as one daemon."""

from __future__ import annotations

import json

import pytest

from tests.unit.fit.conftest import Fit, told

MAIN = "smtpd_milters = unix:m/m\nsmtpd_data_restrictions = check_policy_service inet:127.0.0.1:10023\n"


def test_all_in_one_line(fitted: Fit) -> None:
    """The line tells the role, the place and the manner of each."""
    [stubs] = fitted(MAIN, milter="reject").daemons
    assert stubs.sockets == ("unix:/var/spool/postfix/m/m", "inet:127.0.0.1:10023")
    assert [(one["role"], one["listen"], one["mode"]) for one in json.loads(stubs.line)] == [
        ("milter", stubs.sockets[0], "reject"),
        ("policy", stubs.sockets[1], "accept"),
    ]


@pytest.mark.parametrize("policy, names", [("postgrey", ["postgrey"]), ("absent", [])])
def test_not_in_its_place(fitted: Fit, policy: str, names: list[str]) -> None:
    """Where another collaborator is, or nobody, there is no stub."""
    made = fitted(MAIN, milter="absent", policy=policy)
    assert [daemon.name for daemon in made.daemons] == names
    assert len(made.stubs) == 2


@pytest.mark.parametrize(
    "choice, reason",
    [
        ({"milter": "hang"}, "a milter that says hang"),
        ({"policy": "absent"}, "a policy that says absent"),
    ],
)
def test_no_canary(fitted: Fit, choice: dict[str, str], reason: str) -> None:
    """Where good mail is not let pass there is no mail that must be accepted, and the report says why."""
    made = fitted(MAIN, **choice)
    assert made.canary.recipient == ""
    assert told(made, "canary").reason == f"the scenario wants {reason}"
