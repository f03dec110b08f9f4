"""Whatever reads or writes a date does so on each day: one digit or two, a leap day, the turn of a year, midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509

from postfix_lab.certificates import key_and_chain
from postfix_lab.conformance.conformance_table import run_row
from postfix_lab.inside.internet.loghost import parse_rfc5424
from postfix_lab.inside.internet.smtp.forwarding import relay_dialogue
from postfix_lab.pytest_plugin.process_lab import _KEPT, remove_old_runs, run_name
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.smtp.dialogue import Message
from postfix_lab.smtp.headers import parse_received
from postfix_lab.text import stamp
from tests.endure.portrait import normalize
from tests.hostile.time.test_greylist import hours_until_three

MOMENTS = (
    datetime(2026, 1, 1, 0, 0, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 30, 1, tzinfo=UTC),
    datetime(2026, 12, 9, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 12, 10, 0, 0, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 0, 0, tzinfo=UTC),
)
ZONES = (("+0000 (UTC)", UTC), ("-0330 (NDT)", timezone(-timedelta(hours=3.5))), ("+0200 (CEST)", timezone(timedelta(hours=2))))
pytestmark = pytest.mark.parametrize("moment", MOMENTS, ids=lambda at: at.isoformat())


def postfix_date(moment: datetime, zone: str) -> str:
    """A date as Postfix writes it in Received (mail_date(3)): the day has two places, the first one may be blank."""
    return f"{moment:%a}, {moment.day:2} {moment:%b %Y %H:%M:%S} {zone}"


@pytest.mark.parametrize("zone", ZONES, ids=lambda zone: zone[0][:5])
def test_received(moment: datetime, zone: tuple[str, timezone]) -> None:
    """The date of a Received header is read as the moment that it is, and no portrait keeps it."""
    written = postfix_date(moment.astimezone(zone[1]), zone[0])
    value = f"by mx.lab.test (Postfix) with ESMTP id 4B1C2D3E4F\n\tfor <bob@lab.test>; {written}"
    assert parsedate_to_datetime(parse_received(value).date) == moment
    assert normalize(f"id 4B1C2D3E4F; {written}\n") == "id QUEUE-ID; DATE\n"


def test_sent_on(moment: datetime) -> None:
    """An MTA that sends on dates the message."""
    taken = Received(moment.timestamp(), "192.0.2.1", "ESMTP", "203.0.113.9", "h", "a@b.example", ("c@d.example",), "x")
    dialogue = relay_dialogue(taken, "mta", smtputf8=False)
    message = next(step for step in dialogue.steps if isinstance(step, Message))
    assert parsedate_to_datetime(message.content.split("\r\n")[2].strip()).astimezone(UTC) == moment


@pytest.mark.parametrize("zone", [zone for _, zone in ZONES], ids=str)
def test_log(moment: datetime, zone: timezone) -> None:
    """The stamp of a log line is the moment that it is, in any time zone, and is shown in UTC."""
    line = parse_rfc5424(f"<22>1 {moment.astimezone(zone).isoformat(timespec='microseconds')} mx postfix/smtpd 7 - - x", "192.0.2.21")
    assert line.at == moment.timestamp()
    assert stamp(line.at) == moment.isoformat(timespec="microseconds")


@pytest.mark.parametrize(
    "kind, valid", [(Certificate.GOOD, True), (Certificate.EXPIRED, False), (Certificate.NOT_YET, False)]
)
def test_certificates(moment: datetime, kind: Certificate, valid: bool) -> None:
    """Each is valid or not at that moment; a good one also when Postfix's clock is as far ahead as it can be."""
    leaf = x509.load_pem_x509_certificates(key_and_chain(kind, "mx.peer.example", moment).encode())[0]
    assert (leaf.not_valid_before_utc <= moment <= leaf.not_valid_after_utc) is valid
    assert (leaf.not_valid_after_utc > moment + timedelta(days=3650)) is (kind is not Certificate.EXPIRED)


def test_runs(moment: datetime, tmp_path: Path) -> None:
    """Names of runs sort as the runs were begun, so that the oldest evidence goes, and never that of this run."""
    times = [moment.timestamp() + step for step in (0, 1, 3600, 86400)]
    names = [run_name(at, 4711) for at in times]
    assert names == sorted(names)
    assert names[0].startswith(f"run-{moment:%Y%m%d-%H%M%S}-")
    for step in range(1, _KEPT + 2):
        (tmp_path / run_name(moment.timestamp() + step, 4711)).mkdir()
    (tmp_path / names[0]).mkdir()
    (tmp_path / "latest").symlink_to(names[0])
    remove_old_runs(tmp_path)
    assert (tmp_path / names[0]).is_dir()
    assert len(list(tmp_path.glob("run-*"))) == _KEPT


def test_day_of_a_table(moment: datetime) -> None:
    """The row of docs/conformance.md has the day as it is given."""
    facts = SimpleNamespace(postfix="3.7", policyd_spf="3.0", debian=12, release="bookworm")
    outcome = SimpleNamespace(facts=facts, suite="s", pyspf="2", library="l", python="3", questions=1, seconds=0.5)
    assert moment.date().isoformat() in run_row(outcome, moment.date().isoformat())  # type: ignore[arg-type]


@pytest.mark.parametrize("hour", range(24))
def test_three_at_night(moment: datetime, hour: int) -> None:
    """From each hour the way to the next three o'clock is at least one hour and at most a day."""
    now = moment.replace(hour=hour)
    wait = hours_until_three(now)
    assert (now + timedelta(hours=wait)).hour == 3
    assert 1 <= wait <= 24
