"""Declare the keys of how remote MTAs and the sink behave."""

from __future__ import annotations

from typing import get_args

from postfix_lab.smtp.answer import MtaStage
from postfix_lab.smtp.certificate import Certificate
from postfix_lab.yaml.read.value_kind import FLAG, Either, Key, Keys, Number, OneOf, OneOrMore, Text
from postfix_lab.yaml.vocabulary.scalars import ADDRESS, ENTRIES, LINE, LONG

_PORT = Number("a port", 1, 65535)
_ANSWER = Keys("an answer of an MTA", (
    Key("stage", OneOf("a stage of an MTA", get_args(MtaStage)), "the stage that it answers"),
    Key("says", LONG, "a whole reply, or an action instead of one: `HANG`, `DROP`, `RESET`, `GARBAGE`, `CUT`, ..."),
    Key("to", LINE, "only for this recipient"),
    Key("sender", LINE, "only for this sender; an empty text is the null sender"),
    Key("client", ADDRESS, "only for this client"),
    Key("nth", Number("a number of times", 1, 1000), "only the n-th time; default: each time"),
), needs=("stage", "says"))  # fmt: skip
_BEHAVIOUR = Keys("the behaviour of an MTA", (
    Key("banner", LONG, "its greeting, as a whole reply; each reply that is not given is positive"),
    Key("helo", LONG, "its reply to EHLO or HELO"),
    Key("mail", LONG, "its reply to MAIL"),
    Key("rcpt", LONG, "its reply to RCPT"),
    Key("data", LONG, "its reply to the message"),
    Key("forward-to", Text("an IP address or mail-host", "[0-9A-Fa-f:.]+|mail-host"),
        "the address to which it forwards what it accepted; `mail-host`: the mail host under test"),
    Key("answers", OneOrMore(_ANSWER),
        "answers to particular commands, which take precedence; the test is unknown if one is never given"),
    Key("lacks", OneOrMore(LINE), "EHLO keywords that it does not offer: `SMTPUTF8`, `8BITMIME`, `SIZE`"),
    Key("tls", OneOf("a kind of certificate", tuple(Certificate)),
        "the certificate that it presents after STARTTLS; default: `none`"),
    Key("users", ENTRIES, "who may log in, each with a password; default: whoever logs in under TLS"),
    Key("auth-required", FLAG, "yes: MAIL before a login is refused with 530"),
    Key("mechanisms", OneOrMore(LINE),
        "the SASL mechanisms that it offers; it knows PLAIN and LOGIN (the default) and CRAM-MD5"),
    Key("ports", OneOrMore(_PORT),
        "where it listens, with STARTTLS if `tls` is a certificate; default: 25 without `tls-ports`"),
    Key("tls-ports", OneOrMore(_PORT), "where TLS begins with the connection, as at 465"),
))  # fmt: skip
MTA = Either(OneOf("the behaviour of an MTA", ("accept", "refuse", "tempfail")), table=_BEHAVIOUR)
SINK = Either(OneOf("the behaviour of the sink", ("accept", "refuse", "tempfail", "absent")), table=_BEHAVIOUR)
