"""Declare the keys of rules by which milters, policy services and tables answer case by case."""

from __future__ import annotations

from typing import get_args

from postfix_lab.fit.filter_rules import MilterStage, PolicyStage
from postfix_lab.yaml.read.value_kind import Key, Keys, Number, OneOf, OneOrMore, TableOf
from postfix_lab.yaml.vocabulary.scalars import LINE, LONG

_CONDITIONS = (
    Key("to", LINE, "only for this recipient; in each condition `*` stands for any text"),
    Key("sender", LINE, "only for this sender; an empty text is the null sender"),
    Key("client", LINE, "only for this client, by its address"),
    Key("helo", LINE, "only for this argument of EHLO"),
    Key("given", TableOf(LINE, LINE), "only where these attributes, arguments or macros have these values"),
    Key("nth", Number("a number of times", 1, 1000), "only the n-th time; default: each time"),
    Key("server", LINE, "only at this socket, named as in the configuration; default: at each"),
)
MILTER_RULE = Keys("a rule of a milter", (
    Key("says", LINE,
        "its answer: `continue` (the default), `accept`, `reject`, `tempfail`, `discard`, a whole reply, `HANG`, ..."),
    Key("stage", OneOf("a stage of a milter", get_args(MilterStage)), "the stage that it answers; default: MESSAGE"),
    *_CONDITIONS,
    Key("add-headers", TableOf(LINE), "headers to add, by name"),
    Key("change-headers", TableOf(LINE), "new values of headers, by name"),
    Key("delete-headers", OneOrMore(LINE), "names of headers to delete"),
    Key("add-recipients", OneOrMore(LINE), "recipients to add"),
    Key("delete-recipients", OneOrMore(LINE), "recipients to delete"),
    Key("change-sender", LINE, "another envelope sender"),
    Key("replace-body", LONG, "another body"),
    Key("quarantine", LINE, "the reason for which the message is put on hold"),
))  # fmt: skip
POLICY_RULE = Keys("a rule of a policy service", (
    Key("says", LINE, "its answer: an action of access(5) such as `REJECT not here`, or `HANG`, `DROP`, `GARBAGE`"),
    Key("stage", OneOf("a stage of a policy request", get_args(PolicyStage)), "only requests of this stage"),
    *_CONDITIONS,
), needs=("says",))  # fmt: skip
TABLE_RULE = Keys("a rule of a table", (
    Key("says", LINE,
        "its answer: `OK value` (`%s` is the key), `NOTFOUND`, `TEMP reason`, `PERM reason`, "
        "`TIMEOUT reason`, `HANG`, `DROP`, `GARBAGE`"),
    Key("key", LINE, "only for this key; `*` stands for any text"),
    Key("nth", Number("a number of times", 1, 1000), "only the n-th time; default: each time"),
), needs=("says",))  # fmt: skip
