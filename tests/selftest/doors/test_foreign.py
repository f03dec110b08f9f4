"""Configurations that differ much, as tutorials and packages have them: each runs with its report, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab import InputError, MailHost, MakeRemote, Scene, Setup, accepted, delivered

HERE = Path(__file__).parent
RUNS = {
    "amavis": "amavisd-new is not in the lab",
    "iredmail": "it stands for iRedAPD",
    "ispmail": "no mysql server is in the lab",
    "ldap": "no ldap server is in the lab",
    "mailcow": "no socketmap server is in the lab",
    "mailman": "it stands for OpenDMARC",
    "per-sender": "the folder does not hold it",
    "postconf": "cyrus is not in the lab",
    "postscreen": "the lab's mail host has its own addresses",
    "redhat": "no client from outside reaches port 25",
    "rspamd": "the link leads out of the folder",
    "satellite": "no client from outside reaches port 25",
    "spamassassin": "SpamAssassin is not in the lab",
    "unchrooted": "this Postfix has no daemon 'frobnicate'",
}
"""Each folder with words of its report."""
BROKEN = {
    "access": ("main.cf:5", "no table type 'accounts'"),
    "compiled": ("lost.db", "needs its source"),
    "circle": ("main.cf:5", "trusted -> partners -> trusted"),
    "continued": ("master.cf:1", "must not begin with white space"),
    "few-fields": ("master.cf:25", "this one has 7"),
    "missing-list": ("main.cf:5", "Copy it into the folder"),
    "no-equals": ("main.cf:5", "no = behind"),
    "number": ("main.cf:5", "invalid smtpd_timeout"),
    "option": ("master.cf:26", "or in braces"),
    "proxymap": ("main.cf:5", "list proxy:unix:passwd.byname in main.cf:proxy_read_maps"),
    "service-type": ("master.cf:25", "did you mean unix?"),
    "table-type": ("main.cf:5", "did you mean hash?"),
    "unclosed": ("main.cf:5", "never closed"),
    "unknown-word": ("main.cf:5", 'unknown smtpd restriction: "reject_unauth_destinations"'),
}
"""Each folder with the place and words of its refusal."""


def test_every_folder_is_tried() -> None:
    """No configuration lies here untested."""
    assert {path.name for path in (HERE / "foreign").iterdir()} == set(RUNS)
    assert {path.name for path in (HERE / "foreign_broken").iterdir()} == set(BROKEN)


@pytest.mark.parametrize("name", RUNS)
def test_it_runs_with_its_report(lab: Scene, name: str) -> None:
    """With stand-ins for all the canary passes, or the report says why there is none; every stand-in has a reason and a place."""
    host = lab.start(12, Setup(HERE / "foreign" / name, stand_ins="all"))
    report = host.facts().deltas
    assert any(RUNS[name] in delta.reason for delta in report)
    canary = host.fit().canary
    assert (canary.relay and bool(canary.recipient)) or any(delta.what == "canary" for delta in report)
    lines = {p: (HERE / "foreign" / name / p).read_text("utf-8", "replace").count("\n") for p in _files(report, name)}
    assert all(delta.reason and 0 <= delta.line <= lines.get(delta.file, 0) for delta in report if delta.line)


@pytest.mark.parametrize("name", BROKEN)
def test_it_is_refused_with_line_and_remedy(lab: Scene, name: str) -> None:
    """What no Postfix runs with is the admin's own file and line, on whatever way it was found out."""
    folder = HERE / "foreign_broken" / name
    place, words = BROKEN[name]
    with pytest.raises(InputError) as refused:
        lab.start(12, Setup(folder))
    assert str(refused.value).startswith(f"{folder}/{place}: ")
    assert words in str(refused.value)


@pytest.mark.mail_host(config="foreign/iredmail", delivery="as-configured", stand_ins="all", debian=12)
def test_through_filter_and_delivery_program(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """Port 25, policy services, the filter's wire, port 10025 and Dovecot's program lead to the sink."""
    seen = remote("198.51.100.10", name="mail.good.example").send(
        sender="ann@mail.good.example", to="eve@mx.ired.example"
    )
    lab.check(seen, accepted(), delivered(to="eve@mx.ired.example"), without=["quiet-log"])
    assert len(seen.queue_ids) == 2
    assert mail_host.fit().domain == "mx.ired.example"


def _files(report: tuple[object, ...], name: str) -> set[str]:
    named = {getattr(delta, "file", "") for delta in report}
    return {file for file in named if file and (HERE / "foreign" / name / file).is_file()}
