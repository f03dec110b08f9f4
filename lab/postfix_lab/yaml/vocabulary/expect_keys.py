"""Declare the keys under `expect`: those about one session, and those about the whole test."""

from __future__ import annotations

from typing import get_args

from postfix_lab.fit.filter_rules import MilterStage, PolicyStage
from postfix_lab.smtp.transcript import Ending
from postfix_lab.verdict.checks.mail import SPF_RESULTS
from postfix_lab.verdict.checks.outcomes import VERDICTS
from postfix_lab.verdict.checks.questions import OUTCOMES
from postfix_lab.yaml.read.value_kind import FLAG, Either, Key, Keys, Number, OneOf, OneOrMore, TableOf, Text
from postfix_lab.yaml.vocabulary.scalars import CODE, ENHANCED, LABEL, LINE, MATCH, NAME, SECONDS, SPF, STAGE

_REPLY = Keys("a reply", (
    Key("stage", STAGE, "the stage that it replies to"),
    Key("said", MATCH, "a text in the command of that stage, if there are several"),
    Key("code", CODE, "its reply code"),
    Key("enhanced", ENHANCED, "its enhanced status code"),
    Key("text", MATCH, "its text"),
), needs=("stage", "code"))  # fmt: skip
_REFUSAL = Keys("a refusal", (
    Key("stage", STAGE, "the first stage that is refused"),
    Key("code", CODE, "its reply code"),
    Key("enhanced", ENHANCED, "its enhanced status code"),
    Key("text", MATCH, "its text"),
), needs=("stage", "code"))  # fmt: skip
SESSION_EXPECT = (
    Key(
        "verdict", OneOrMore(OneOf("a verdict", VERDICTS)), "the outcome of the session, or several that are accepted"
    ),
    Key("recipient", LINE,
        "the recipient that `verdict`, `stage` to `text` and `decided-by` are about, if there are several"),
    Key("like", LABEL, "the `case` of another session; this one must have the same verdict and code"),
    Key("stage", STAGE, "the stage of the reply that decided"),
    Key("code", CODE, "its reply code, as in 550 or 4xx"),
    Key("enhanced", ENHANCED, "its enhanced status code"),
    Key("text", MATCH, "its text"),
    Key("decided-by", LINE, "the restriction that decided"),
    Key("replies", OneOrMore(_REPLY), "the last reply to a stage, or to one of several recipients"),
    Key("accepted", OneOrMore(STAGE), "stages that are reached and whose replies are all positive"),
    Key("refused", _REFUSAL, "the first refusal; no message is accepted"),
    Key("ended", OneOf("an end of a session", get_args(Ending)), "how the connection ended"),
    Key("sent", OneOrMore(LINE),
        "octets that the client sent in one write; `<CR>`, `<LF>` and `<NUL>` stand for those octets"),
    Key("within", SECONDS, "the maximum duration of the session in seconds"),
    Key("connected-as", NAME, "the client's name in `connect from`"),
)
_DELIVERED = Keys("a delivery", (
    Key("times", Number("a number of copies", 0, 1000),
        "the number of copies: one for each recipient of each transaction; without it one message"),
    Key("to", LINE, "the recipient"),
))  # fmt: skip
_RECEIVED_SPF = Keys("a Received-SPF header", (
    Key("result", SPF, "its result"),
    *(Key(name, LINE, f"its key {name}") for name in (
        "identity", "client-ip", "envelope-from", "helo", "receiver", "mechanism", "problem")),
    Key("comment", MATCH, "its comment"),
), needs=("result",))  # fmt: skip
_PEER = Keys("a message at a remote MTA", (
    Key("address", LINE, "the address of the MTA, or a name from `hosts`"),
    Key("from", LINE, "the envelope sender"),
    Key("to", LINE, "a recipient"),
    Key("text", MATCH, "a text in the message"),
    Key("port", Number("a port", 1, 65535), "the port that it came to"),
    Key("login", LINE, "who had logged in; an empty text: nobody"),
), needs=("address",))  # fmt: skip
_TIMES = Key("times", Number("a number of times", 0, 100_000), "exactly how often; default: at least once")
_ANSWERED = Key("answer", LINE, "its answer; `*` stands for any text")
_MILTER = Keys("what a milter was given", (
    Key("stage", OneOf("a stage of a milter", (*get_args(MilterStage), "UNKNOWN", "ABORT")), "the stage"),
    Key("given", TableOf(LINE, LINE),
        "arguments (`sender`, `recipient`, `name`, `value`, ...) and macros (`{auth_authen}`) with their values"),
    _ANSWERED, _TIMES,
), needs=("stage",))  # fmt: skip
_POLICY = Keys("what a policy service was given", (
    Key("stage", OneOf("a stage of a policy request", get_args(PolicyStage)), "the stage; default: any"),
    Key("given", TableOf(LINE, LINE), "attributes with their values; `*` stands for any text"),
    _ANSWERED, _TIMES,
))  # fmt: skip
_LOOKUP = Keys("a lookup in a table", (
    Key("key", LINE, "the key; `*` stands for any text"), _ANSWERED, _TIMES,
), needs=("key",))  # fmt: skip
_LOG = Either(MATCH, table=TableOf(LINE, Text("a field of a log line", r"[a-z_]+")))
_QUESTION = Keys("a DNS question", (
    Key("name", LINE, "the name in the question; an address stands for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z0-9]+"), "the record type"),
    Key("outcome", OneOf("an outcome of a question", OUTCOMES), "the outcome for the client of the DNS"),
    Key("answers", OneOrMore(LINE), "records among the answers"),
), needs=("name", "type"))  # fmt: skip
SEEN_EXPECT = (
    Key("headers", TableOf(MATCH), "header fields of the delivered message by name, each with a text in it"),
    Key("received-spf", Either(OneOf("an SPF result or absent", (*SPF_RESULTS, "absent")), table=_RECEIVED_SPF),
        "the Received-SPF header of the delivered message"),
    Key("delivered", Either(OneOf("yes, no or a table", FLAG.words), table=_DELIVERED),
        "whether a message reached the sink, or how many for whom"),
    Key("queued", FLAG, "whether a message was queued"),
    Key("bounced", LINE, "yes, no, or the recipient whose mail bounced"),
    Key("peers", OneOrMore(_PEER), "messages that remote MTAs received"),
    Key("milter-received", OneOrMore(_MILTER), "what milters were given and what they answered"),
    Key("policy-received", OneOrMore(_POLICY), "what policy services were given and what they answered"),
    Key("table-asked", OneOrMore(_LOOKUP), "what the servers of tables were asked and what they answered"),
    Key("log", OneOrMore(_LOG), "log lines that occur: a text, or an `event` with its fields"),
    Key("warned", OneOrMore(MATCH), "warnings that occur in the log; the guard `quiet-log` accepts them"),
    Key("log-never", OneOrMore(_LOG), "log lines that do not occur"),
    Key("log-may", OneOrMore(_LOG), "warnings that may occur; the guard `quiet-log` accepts them"),
    Key("asked", OneOrMore(Either(LINE, table=_QUESTION)),
        "DNS questions: `NAME TYPE`, `NAME TYPE -> OUTCOME or ANSWER`"),
    Key("not-asked", OneOrMore(LINE),
        "questions that are never asked: `NAME`, `NAME TYPE`, or `9.113.0.203.*` for DNS lists"),
    Key("asked-nothing", OneOf("yes", ("yes", "true")), "no DNS question at all"),
)  # fmt: skip
