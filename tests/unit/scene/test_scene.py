"""A scene: what it asks its lab to do, and evidence that was never checked."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import Mock

import pytest

from postfix_lab import (
    Host,
    InputError,
    MailHost,
    ScenarioFailed,
    Scene,
    Session,
    Setup,
    accepted,
    mail,
    refused,
)
from postfix_lab.runtime.target import Target

SESSION = Session(Host("203.0.113.10"), mail(helo="mail.good.example"))


def test_a_run_has_the_world_and_the_options(scene: Scene, executor: Mock, host: MailHost) -> None:
    """What is said to `run` is in the scenario; the second run has a name of its own."""
    scene.run(host, SESSION)
    scene.run(host, SESSION, SESSION, limit=5.0, in_turn=True, at_once=2)
    (_, first, _), (met, second, limit) = (call.args for call in executor.run.call_args_list)
    assert (first.name, second.name, met, limit) == ("one", "one-2", host, 5.0)
    assert (second.world, second.sessions, second.in_turn, second.at_once) == (scene.world, (SESSION, SESSION), True, 2)
    assert second.replay == "postfix-lab run one"


def test_later_says_how_much_later(scene: Scene, executor: Mock, host: MailHost) -> None:
    """All four units reach the lab, and the texts that are waited for."""
    scene.later(host, "removed", limit=4.0, days=1, hours=2, minutes=3, seconds=4)
    assert executor.advance_clock.call_args.args[2:] == (("removed",), 4.0)
    assert executor.advance_clock.call_args.kwargs == {"days": 1, "hours": 2, "minutes": 3, "seconds": 4}


def test_start_and_internet_are_those_of_the_lab(scene: Scene, executor: Mock) -> None:
    """Another mail host stands beside the one under test, on the same Internet."""
    setup = Setup(Path("etc"))
    assert scene.start(13, setup, number=1) is executor.prepare.return_value
    executor.prepare.assert_called_once_with(Target(13, setup, 1))
    assert scene.internet is executor.lab.internet


def test_several_mail_hosts_have_evidence_of_their_own(scene: Scene, executor: Mock, host: MailHost) -> None:
    """One scenario goes to all of them; the evidence of each has a name of its own and wants its own check."""
    seen = scene.run_each((host, host), SESSION, limit=4.0)
    assert [one.scenario for one in seen] == ["one", "one-2"]
    hosts, scenario, limit = executor.run_each.call_args.args
    assert (hosts, scenario.sessions, limit) == ((host, host), (SESSION,), 4.0)
    scene.check(seen[0], accepted())
    with pytest.raises(InputError, match="1 of 2 runs were never checked"):
        scene.close()


def test_evidence_has_to_be_checked(scene: Scene, host: MailHost) -> None:
    """A run whose evidence nobody checked proves nothing; one that failed was checked all the same."""
    seen = scene.run(host, SESSION)
    with pytest.raises(InputError, match="1 of 1 runs were never checked"):
        scene.close()
    with pytest.raises(ScenarioFailed, match="want     RCPT refused"):
        scene.check(seen, refused("RCPT", 450))
    scene.close()
    scene.check(seen, accepted())
    assert [verdict.status for verdict in scene.verdicts] == ["fail", "pass"]


def test_only_the_last_run_goes_on(scene: Scene, host: MailHost) -> None:
    """What is in the queue is what the last run left there."""
    first = scene.run(host, SESSION)
    scene.run(host, SESSION)
    with pytest.raises(InputError, match="only the last run"):
        scene.retry(first)
