"""Mail that programs on the mail host submit by sendmail(1): cron, a web application."""

from __future__ import annotations

import pytest

from postfix_lab import (
    ACCEPT,
    InputError,
    MailHost,
    MakeRemote,
    Scene,
    accepted,
    asked_nothing,
    bounced,
    decided,
    delivered,
    logged,
    not_delivered,
    peer_received,
    refused,
)

FROM_WEB = "From: shop@lab.test\nTo: bob@lab.test\nBcc: ann@lab.test\nSubject: order\n\nThank you.\n"


def test_message_of_cron(lab: Scene, mail_host: MailHost) -> None:
    """Root mails a local user: pickup takes it as root's, no smtpd is asked, and it is delivered."""
    seen = lab.submit(mail_host, "bob@lab.test", message="Subject: cron\n\nDone.\n")
    lab.check(seen, accepted(), delivered(1, to="bob@lab.test"), logged("PickedUp", uid=0, sender="root"), asked_nothing())
    (call,) = seen.submitted
    assert (call.command, call.status, call.output) == (("sendmail", "-i", "bob@lab.test"), 0, "")
    assert call.queue_id in {line.queue_id for line in seen.lines}


def test_recipients_of_the_message(lab: Scene, mail_host: MailHost) -> None:
    """With -t they are those of To, Cc and Bcc, and the sender is the one that -f names."""
    seen = lab.submit(mail_host, message=FROM_WEB, sender="shop@lab.test", user="www-data")
    lab.check(seen, delivered(to="ann@lab.test"), delivered(to="bob@lab.test"), logged("PickedUp", uid=33, sender="shop@lab.test"))
    assert seen.submitted[0].command == ("sendmail", "-i", "-f", "shop@lab.test", "-t")


def test_mail_to_the_internet(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """No restriction of smtpd applies to it; a domain that does not exist bounces to the sender."""
    remote("203.0.113.60", name="far.example", mta=ACCEPT)
    seen = lab.submit(mail_host, "x@far.example", sender="bob@lab.test")
    lab.check(seen, peer_received("203.0.113.60", to="x@far.example"), not_delivered())
    gone = lab.submit(mail_host, "x@gone.example", sender="bob@lab.test")
    lab.check(gone, bounced("x@gone.example"))


@pytest.mark.mail_host(main={"authorized_submit_users": "root"})
def test_user_who_may_not(lab: Scene, mail_host: MailHost) -> None:
    """authorized_submit_users: sendmail ends with its own words, and nothing comes into the queue."""
    seen = lab.submit(mail_host, "bob@lab.test", user="www-data")
    (call,) = seen.submitted
    assert (call.status != 0, call.queue_id) == (True, "")
    assert "is not allowed to submit mail" in call.output
    told = "is not allowed to submit mail"
    lab.check(seen, refused("MESSAGE", 75, text=told), decided("defer"), not_delivered(), without=("quiet-log",))


def test_message_without_a_recipient(lab: Scene, mail_host: MailHost) -> None:
    """With -t and no header that names one; sendmail calls this, too, a failure that may go away."""
    seen = lab.submit(mail_host, message="Subject: to nobody\n\nHello.\n")
    told = "No recipient addresses found in message header"
    lab.check(seen, refused("MESSAGE", 75, text=told), decided("defer", code=75), not_delivered(), without=("quiet-log",))


@pytest.mark.mail_host(main={"message_size_limit": "2000"})
def test_message_that_is_too_large(lab: Scene, mail_host: MailHost) -> None:
    """message_size_limit: the same, and nothing comes into the queue."""
    seen = lab.submit(mail_host, "bob@lab.test", message=f"Subject: large\n\n{'x' * 70 + chr(10)}" * 60)
    lab.check(seen, refused("MESSAGE", 75, text="too big"), decided("defer"), not_delivered(), without=("quiet-log",))


def test_user_who_does_not_exist(lab: Scene, mail_host: MailHost) -> None:
    """A mistake of the scenario."""
    with pytest.raises(InputError, match="has no user 'nobody-here'"):
        lab.submit(mail_host, "bob@lab.test", user="nobody-here")
