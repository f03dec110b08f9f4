"""policyd-spf that fails: what smtpd answers while it waits for it, or does not get an answer."""

from __future__ import annotations

import pytest

from postfix_lab import Check, MailHost, Remote, Scene, accepted, delivered, logged, may_log, refused, warned

ONCE = {"smtpd_policy_service_try_limit": "1", "smtpd_policy_service_timeout": "1s"}
PATIENT = {**ONCE, "smtpd_policy_service_timeout": "5s"}
LIMITED = {**ONCE, "smtpd_policy_service_timeout": "3s", "policyd-spf_time_limit": "1s"}
BROKEN = refused("RCPT", 451, "4.3.5", "Server configuration problem")
SILENT = warned("problem talking to server private/policyd-spf: Connection timed out")
HUNG_UP = warned("problem talking to server private/policyd-spf: (Connection reset by peer|Success|Broken pipe)")
KILLED = warned("problem talking to server private/policyd-spf: (Application error|Connection reset by peer)")
"""The second where the program was killed before it had read the question."""
SAID: tuple[Check, ...] = (may_log("exit status"), may_log("bad command startup -- throttling"))
"""What spawn(8) and master(8) say of it, sooner or later."""


@pytest.mark.mail_host(main=PATIENT, spf="crash")
def test_crash(lab: Scene, good: Remote) -> None:
    """It dies over its configuration at once, and the line is closed before smtpd has an answer."""
    lab.check(good.send(), BROKEN, HUNG_UP, *SAID)


@pytest.mark.mail_host(main=PATIENT, spf="missing")
def test_missing(lab: Scene, good: Remote) -> None:
    """Without the program spawn(8) logs what it lacks, waits a second and hangs up."""
    lab.check(good.send(), BROKEN, HUNG_UP, may_log("execvp /usr/bin/policyd-spf.missing: No such file"), *SAID)


@pytest.mark.mail_host(main=PATIENT, spf="wrong-user")
def test_wrong_user(lab: Scene, good: Remote) -> None:
    """spawn(8) does not start it as root: it dies with the connection, after the second that a fatal error takes."""
    told = logged("Trouble", level="fatal", message="request to deliver as root")
    lab.check(good.send(), BROKEN, HUNG_UP, told, *SAID)


@pytest.mark.mail_host(main=ONCE, spf="hang")
def test_hang(lab: Scene, good: Remote) -> None:
    """Smtpd gives up after smtpd_policy_service_timeout."""
    lab.check(good.send(), BROKEN, SILENT)


@pytest.mark.mail_host(main=LIMITED, spf="hang")
def test_time_limit(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """spawn(8) says that policyd-spf_time_limit is over, but smtpd has its answer then since Postfix 3.10 alone."""
    over = warned("command time limit exceeded")
    if mail_host.debian >= 13:
        lab.check(good.send(), BROKEN, over, KILLED, may_log("killed by signal 9"))
    else:
        lab.check(good.send(), BROKEN, over, SILENT, *SAID)


@pytest.mark.mail_host(main={**PATIENT, "smtpd_policy_service_default_action": "DUNNO"}, spf="crash")
def test_default_action(lab: Scene, good: Remote) -> None:
    """With smtpd_policy_service_default_action = DUNNO mail passes without SPF: an open door, or a way out."""
    lab.check(good.send(), accepted(), delivered(), HUNG_UP, *SAID)
