"""Mail that a program on the mail host submits by sendmail(1), from the keys of a session with `submit`."""

from __future__ import annotations

from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE
from postfix_lab.smtp.sendmail import Submission
from postfix_lab.yaml.bind.expectations import expectations
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import at_node
from postfix_lab.yaml.vocabulary.expect_keys import SESSION_EXPECT
from postfix_lab.yaml.vocabulary.keys import SESSION

_OWN = ("submit", "extract-recipients", "to", "mailfrom", "data")
_OUTCOME = ("verdict", "recipient", "stage", "code", "text", "accepted", "refused")
"""What a check says of the outcome, which a submission has as a session has; `code` is sendmail's exit status."""
_ABOUT_SESSIONS = frozenset(key.name for key in SESSION) - {*_OWN}
_SEEN_OF_SESSIONS = frozenset(key.name for key in SESSION_EXPECT) - {*_OUTCOME}


def submission(section: Section) -> Submission:
    """Return the submission that the keys describe; raises InputError for a key that is about an SMTP session."""
    for key, node in section.keys.items():
        if key in _ABOUT_SESSIONS:
            raise node.place.error(f"`{key}` is about an SMTP session, and mail that sendmail submits has none")
    for key, node in expectations(section).keys.items():
        if key in _SEEN_OF_SESSIONS:
            raise node.place.error(
                f"`{key}` is about an SMTP session, and mail that sendmail submits has none; say what becomes of it: "
                "verdict, code (the exit status), text, delivered, bounced, peers, log, ..."
            )
    sender, text, user = section.text("mailfrom"), section.text("data"), section.node("submit")
    to = section.texts("to")
    extracts = section.flag("extract-recipients")
    if extracts and (named := section.node("to")):
        raise named.place.error("`to` names the recipients, and `extract-recipients` takes them from the message")
    if not (to or extracts):
        to = (f"bob@{section.words['mydomain']}",)
    assert user is not None
    with at_node(user):
        return Submission(to, sender, DEFAULT_MESSAGE if text is None else text, section.text("submit") or "")
