"""Port 587: who has no password may send nothing, not even to the own domain."""

from __future__ import annotations

from postfix_lab import Auth, MailHost, Remote, Scene, asked, logged, refused

ANN = "ann@lab.test"


def test_wrong_password(lab: Scene, mail_host: MailHost, laptop: Remote) -> None:
    """A wrong password gets 535 5.7.8 by either mechanism, and the log a warning that names the client."""
    plain = laptop.session(587, tls=True, auth=Auth(ANN, "battery staple", "PLAIN"), sender=ANN)
    login = laptop.session(587, tls=True, auth=Auth(ANN, "battery staple", "LOGIN"), sender=ANN)
    lab.check(
        lab.run(mail_host, plain, login),
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        refused("AUTH", 535, "5.7.8", "authentication failed", session=0),
        refused("AUTH", 535, "5.7.8", "authentication failed", session=1),
        logged("SaslFailure", address="198.51.100.77", mechanism="PLAIN"),
        logged("SaslFailure", address="198.51.100.77", mechanism="LOGIN"),
    )


def test_without_a_password(lab: Scene, laptop: Remote) -> None:
    """The service's own restrictions end with `reject`, so nobody sends by this port unauthenticated."""
    seen = laptop.send(587, tls=True, sender=ANN)
    lab.check(seen, asked("198.51.100.77", "PTR"), refused("RCPT", 554, "5.7.1", "Access denied"))


def test_without_tls(lab: Scene, laptop: Remote) -> None:
    """No password is taken over a line that is not encrypted."""
    seen = laptop.send(587, auth=Auth(ANN, "correct horse"), sender=ANN)
    lab.check(seen, asked("198.51.100.77", "PTR"), refused("AUTH", 530, "5.7.0", "Must issue a STARTTLS command first"))
