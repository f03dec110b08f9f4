from __future__ import annotations

import pytest

from postfix_lab.audit import dead
from postfix_lab.audit.finding import AuditFinding, Severity
from tests.unit.audit.conftest import Write, configured

LIST = "smtpd_recipient_restrictions"


def found(write: Write, main: str, master: str = "", **services: dict[str, str]) -> list[AuditFinding]:
    written = write(main, master)
    return list(dead.judge(written, configured(written, **services)))


@pytest.mark.parametrize(
    "restrictions, first, why",
    [
        ("permit, reject_rbl_client bl.example", "reject_rbl_client bl.example", "permit in front of it"),
        ("permit_mynetworks, reject, permit", "permit", "reject in front of it"),
        ("check_client_access static:OK, permit_mynetworks", "permit_mynetworks", "check_client_access static:OK"),
        ("permit_auth_destination, reject_unauth_destination, reject_unknown_sender_domain",
         "reject_unknown_sender_domain", "reject_unauth_destination in front of it"),
    ],
)  # fmt: skip
def test_behind_what_always_decides(write: Write, restrictions: str, first: str, why: str) -> None:
    """Nothing is reached behind permit, reject, defer, a static table, or both halves of a question."""
    (finding,) = found(write, f"{LIST} = {restrictions}\n")
    assert finding.what.startswith(f"{LIST}: {first} can never fire: {why}")
    assert (str(finding.place), finding.severity) == ("main.cf:5", Severity.WARNING)


@pytest.mark.parametrize(
    "restrictions",
    [
        "permit_mynetworks, reject_unauth_destination, permit",
        "warn_if_reject reject, permit_mynetworks",
        "permit_auth_destination, reject_rbl_client bl.example, reject",
        "check_client_access static:DUNNO, permit_mynetworks",
        "warn_if_reject reject_unauth_destination, permit_auth_destination, reject_unknown_sender_domain",
    ],
)
def test_what_may_be_reached(write: Write, restrictions: str) -> None:
    """A warning decides nothing, nor does one half of a question."""
    assert found(write, f"{LIST} = {restrictions}\n") == []


def test_the_first_of_a_list(write: Write) -> None:
    """Nothing stands in front of it, whatever stands at the end."""
    (finding,) = found(write, f"{LIST} = reject, permit_mynetworks, warn_if_reject\n")
    assert finding.what.startswith(f"{LIST}: permit_mynetworks and 1 more behind it can never fire: reject in front")


def test_each_line_of_a_list_is_told(write: Write) -> None:
    """Several that are dead for one reason are one finding, at the first, and name the others."""
    (finding,) = found(write, f"{LIST} =\n  reject,\n  permit_mynetworks,\n  reject_non_fqdn_sender\n")
    assert "permit_mynetworks and 1 more behind it" in finding.what
    assert str(finding.place) == "main.cf:7"
    assert finding.evidence == ("main.cf:8 reject_non_fqdn_sender",)


def test_behind_a_list_that_refuses_everybody(write: Write) -> None:
    """What comes after it for the same mail is dead; where somebody may pass, it is not."""
    text = "smtpd_client_restrictions = {}reject\n" + f"{LIST} = reject_unauth_destination\n"
    (finding,) = found(write, text.format(""))
    assert "smtpd_client_restrictions refuses everybody before, by reject (main.cf:5)" in finding.what
    assert found(write, text.format("permit_mynetworks, ")) == []
    etrn = "smtpd_recipient_restrictions = reject\nsmtpd_etrn_restrictions = permit_mynetworks, reject\n"
    assert found(write, etrn) == []


def test_alive_in_one_service_is_alive(write: Write) -> None:
    """A list of main.cf that one service has and another overrides is judged by the one that has it."""
    master = "smtps inet n - y - - smtpd\n  -o smtpd_client_restrictions=reject\n"
    own = {"smtpd_client_restrictions": "reject"}
    assert found(write, f"{LIST} = reject_unauth_destination\n", master, smtps__inet=own) == []


def test_a_list_that_every_service_overrides(write: Write) -> None:
    """Nobody runs it."""
    own = {LIST: "reject_unauth_destination"}
    (finding,) = found(write, f"{LIST} = permit_mynetworks\n", smtp__inet=own)
    assert finding.what == f"{LIST} of main.cf can never fire: every smtpd of master.cf has its own"


def test_too_early_to_know(write: Write) -> None:
    """With smtpd_delay_reject = no the client's list runs before there is a recipient."""
    main = "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject_unauth_destination\n"
    (finding,) = found(write, main)
    assert "runs before that is known" in finding.what


@pytest.mark.parametrize("restrictions, why", [("permit_sasl_authenticated", "smtpd_sasl_auth_enable is not yes"),
                                               ("permit_mynetworks, permit_mynetworks", "the same stands in front")])
def test_harmless_ones_are_notes(write: Write, restrictions: str, why: str) -> None:
    """Debian's own main.cf has one; no exit code tells of it."""
    (finding,) = found(write, f"{LIST} = {restrictions}\n")
    assert why in finding.what
    assert not finding.matters


@pytest.mark.parametrize(
    "restrictions, count",
    [
        ("warn_if_reject reject_unknown_sender_domain, reject_unknown_sender_domain", 0),
        ("warn_if_reject reject, reject", 0),
        ("warn_if_reject reject_unknown_sender_domain, warn_if_reject reject_unknown_sender_domain", 1),
        ("reject_unknown_sender_domain, reject_unknown_sender_domain", 1),
    ],
)
def test_a_trial_in_front_of_the_real_one(write: Write, restrictions: str, count: int) -> None:
    """What only warns does not make the same restriction behind it superfluous."""
    assert len(found(write, f"{LIST} = {restrictions}\n")) == count


def test_a_class_that_a_policy_service_may_name(write: Write) -> None:
    """Its answer is any restriction, as the right-hand side of a table is."""
    main = "smtpd_restriction_classes = slow\nslow = sleep 5\n"
    assert len(found(write, main)) == 1
    assert found(write, f"{main}{LIST} = check_policy_service inet:127.0.0.1:10040\n") == []


def test_classes(write: Write) -> None:
    """One that no list and no table names is dead; a table may name it."""
    main = "smtpd_restriction_classes = lost\nlost = reject\n"
    (finding,) = found(write, main)
    assert "the restriction class lost" in finding.what
    written = write(main + f"{LIST} = check_client_access hash:/etc/postfix/who\n", files={"who": "192.0.2.9 lost\n"})
    assert list(dead.judge(written, configured(written))) == []


def test_what_is_softened_stands_behind_its_word(write: Write) -> None:
    """A `warn_if_reject` at the end softens nothing at the beginning."""
    (finding,) = found(write, f"{LIST} = reject, warn_if_reject, reject_unknown_sender_domain, permit_mynetworks\n")
    assert finding.what.partition(" can never fire")[0].endswith(" and 2 more behind it")
