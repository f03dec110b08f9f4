"""Recipients that do not exist."""

from __future__ import annotations

from postfix_lab.audit import recipient_probes
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write


def test_one_of_each_class(write: Write) -> None:
    """In the first real domain of it; the session ends before DATA."""
    main = "mydestination = localhost, $myhostname, shop.example\nvirtual_mailbox_domains = /etc/postfix/domains\nrelay_domains = lists.example\n"
    draft = write(main, files={"domains": "first.example\nsecond.example\n"}).draft
    found = list(recipient_probes.trials(draft, draft.services[0], "ann@canary.example"))
    assert [one.detail for one in found] == ["mydestination mx.shop.example", "virtual_mailbox_domains first.example", "relay_domains lists.example"]
    assert {(one.aim, one.session.dialogue.steps[-1].stage) for one in found} == {(Aim.UNKNOWN, "RCPT")}
    assert len({one.session.address for one in found}) == 3


def test_no_domain(write: Write) -> None:
    """Nothing to try."""
    draft = write("mydestination =\n").draft
    assert list(recipient_probes.trials(draft, draft.services[0], "ann@canary.example")) == []
