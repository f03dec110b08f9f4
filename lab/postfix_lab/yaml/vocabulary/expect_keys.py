"""Declare the keys under `expect`: those about one session, and those about the whole test."""

from __future__ import annotations

from typing import get_args

from postfix_lab.smtp.transcript import Ending
from postfix_lab.verdict.checks.mail import SPF_RESULTS
from postfix_lab.verdict.checks.outcomes import VERDICTS
from postfix_lab.verdict.checks.questions import OUTCOMES
from postfix_lab.yaml.read.value_kind import FLAG, Either, Key, Keys, Number, OneOf, OneOrMore, TableOf, Text
from postfix_lab.yaml.vocabulary.scalars import CODE, ENHANCED, LABEL, LINE, MATCH, NAME, SECONDS, SPF, STAGE

_REPLY = Keys("a reply", (
    Key("stage", STAGE, "the reply to what"),
    Key("said", MATCH, "which command of that stage, by a text in it"),
    Key("code", CODE, "its code"),
    Key("enhanced", ENHANCED, "its enhanced code"),
    Key("text", MATCH, "its text"),
), needs=("stage", "code"))  # fmt: skip
_REFUSAL = Keys("a refusal", (
    Key("stage", STAGE, "the stage that is refused first"),
    Key("code", CODE, "with which code"),
    Key("enhanced", ENHANCED, "with which enhanced code"),
    Key("text", MATCH, "with which text"),
), needs=("stage", "code"))  # fmt: skip
SESSION_EXPECT = (
    Key(
        "verdict", OneOrMore(OneOf("a verdict", VERDICTS)), "what became of the session, or what may have become of it"
    ),
    Key("recipient", LINE, "which of several recipients `verdict`, `stage` to `text` and `decided-by` are about"),
    Key("like", LABEL, "the `case` of another session, whose verdict and code this one has to have"),
    Key("stage", STAGE, "the stage of the reply that decided"),
    Key("code", CODE, "its code, as in 550 or 4xx"),
    Key("enhanced", ENHANCED, "its enhanced code"),
    Key("text", MATCH, "its text"),
    Key("decided-by", LINE, "the restriction that decided"),
    Key("replies", OneOrMore(_REPLY), "the last reply to a stage, or to one of several recipients"),
    Key("accepted", OneOrMore(STAGE), "stages that are reached, and to which every reply is positive"),
    Key("refused", _REFUSAL, "the refusal that comes first; no message is taken"),
    Key("ended", OneOf("an end of a session", get_args(Ending)), "how the connection ended"),
    Key("sent", OneOrMore(LINE), "octets that the client said in one go, with `<CR>`, `<LF>`, `<NUL>` for themselves"),
    Key("within", SECONDS, "the seconds that the session may take"),
    Key("connected-as", NAME, "the client's name in `connect from`"),
)
_DELIVERED = Keys("what was delivered", (
    Key("times", Number("a number of messages", 0, 1000), "how many messages"),
    Key("to", LINE, "for which recipient"),
))  # fmt: skip
_RECEIVED_SPF = Keys("a Received-SPF header", (
    Key("result", SPF, "its result"),
    *(Key(name, LINE, f"its field {name}") for name in (
        "identity", "client-ip", "envelope-from", "helo", "receiver", "mechanism", "problem")),
    Key("comment", MATCH, "its comment"),
), needs=("result",))  # fmt: skip
_PEER = Keys("what a remote MTA got", (
    Key("address", LINE, "the address of the MTA, or a name from `hosts`"),
    Key("from", LINE, "the envelope's sender"),
    Key("to", LINE, "a recipient"),
    Key("text", MATCH, "a text of the message"),
), needs=("address",))  # fmt: skip
_LOG = Either(MATCH, table=TableOf(LINE, Text("a field of a log line", r"[a-z_]+")))
_QUESTION = Keys("a DNS question", (
    Key("name", LINE, "the name; an address stands for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z0-9]+"), "the record type"),
    Key("outcome", OneOf("an outcome of a question", OUTCOMES), "what its asker learned"),
    Key("answers", OneOrMore(LINE), "records among the answers"),
), needs=("name", "type"))  # fmt: skip
SEEN_EXPECT = (
    Key("headers", TableOf(MATCH), "headers of the delivered message with a text in them"),
    Key("received-spf", Either(OneOf("an SPF result or absent", (*SPF_RESULTS, "absent")), table=_RECEIVED_SPF),
        "the Received-SPF header of the delivered message"),
    Key("delivered", Either(OneOf("yes, no or a table", FLAG.words), table=_DELIVERED), "what reached the sink"),
    Key("queued", FLAG, "whether a message came into the queue"),
    Key("bounced", LINE, "yes, no, or the recipient whose mail was given up"),
    Key("peers", OneOrMore(_PEER), "what remote MTAs got"),
    Key("log", OneOrMore(_LOG), "lines in the log: a text, or an `event` with its fields"),
    Key("warned", OneOrMore(MATCH), "warnings in the log, which are then no surprise"),
    Key("log-never", OneOrMore(_LOG), "lines that are not in the log"),
    Key("log-may", OneOrMore(_LOG), "warnings that are no surprise, whether they come or not"),
    Key("asked", OneOrMore(Either(LINE, table=_QUESTION)),
        "DNS questions: `NAME TYPE`, `NAME TYPE -> OUTCOME or ANSWER`"),
    Key("not-asked", OneOrMore(LINE),
        "questions that are never asked: `NAME`, `NAME TYPE`, or `9.113.0.203.*` for DNS lists"),
    Key("asked-nothing", OneOf("yes", ("yes", "true")), "no DNS question at all"),
)  # fmt: skip
