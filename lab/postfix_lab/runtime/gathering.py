"""From what the Internet saw to the evidence of one mail host."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.inside.internet.protocol import Sighting
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.scenario.world import World


def gather(scenario: Scenario, world: World, sighting: Sighting, mail_host: MailHostFacts, **more: Any) -> Evidence:
    """Return what was seen of a scenario in that world, with that mail host's log lines alone; `more`: other fields."""
    ends = (0, *accumulate(map(len, sighting.logs)))
    return Evidence(
        scenario=scenario.name,
        mail_host=mail_host,
        world=world,
        sessions=sighting.transcripts,
        log=tuple(line for log in sighting.logs for line in log),
        logs=tuple(tuple(range(*pair)) for pair in pairwise(ends)),
        other_log=tuple(line for line in sighting.other_log if line.peer in mail_host.addresses),
        queries=sighting.queries,
        messages=sighting.messages,
        answered=sighting.answered,
        submitted=sighting.submitted,
        trouble=sighting.trouble,
        replay=scenario.replay,
        started=min((t.started for t in sighting.transcripts), default=0.0),
        finished=max((t.finished for t in sighting.transcripts), default=0.0),
        **more,
    )
