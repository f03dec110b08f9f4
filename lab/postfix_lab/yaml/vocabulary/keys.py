"""Every key of a YAML file of scenarios, declared once: reader, JSON Schema and documents are made from it."""

from __future__ import annotations

from postfix_lab.dns.fault import FaultKind
from postfix_lab.fit.choices import DeliveryMode, Disk, Memory, StandIns
from postfix_lab.fit.collaborators.dovecot import Sasl
from postfix_lab.fit.collaborators.policyd_spf import Spf
from postfix_lab.runtime.clock import SPAN
from postfix_lab.verdict.checks.mail import SPF_RESULTS, UNCHECKED
from postfix_lab.verdict.guards import GUARDS
from postfix_lab.yaml.read.language import Language
from postfix_lab.yaml.read.reader import SCHEMA
from postfix_lab.yaml.read.value_kind import (
    FLAG,
    Anything,
    Either,
    ForwardReference,
    Key,
    Keys,
    ListOf,
    Number,
    OneOf,
    OneOrMore,
    TableOf,
    Text,
)
from postfix_lab.yaml.vocabulary.expect_keys import SEEN_EXPECT, SESSION_EXPECT
from postfix_lab.yaml.vocabulary.filter_keys import MILTER_RULE, POLICY_RULE, TABLE_RULE
from postfix_lab.yaml.vocabulary.misbehaviour_keys import MISBEHAVES
from postfix_lab.yaml.vocabulary.mta_keys import MTA, SINK
from postfix_lab.yaml.vocabulary.scalars import (
    ADDRESS,
    CHROOT,
    DEBIAN,
    EACH,
    ENTRIES,
    FAILURES,
    FILTER,
    LABEL,
    LINE,
    LONG,
    MILTER,
    NAME,
    OPTION,
    OVERRIDES,
    PARAMETER,
    POLICY,
    REASON,
    SECONDS,
    STAGE,
    TABLE,
    TEST_NAME,
)

_RECORD = TableOf(Either(LONG, ListOf(LONG)), Text("a record type", "[A-Za-z]+"))
_ZONE = Keys("a zone", (
    Key("origin", NAME, "its name, if the text has neither $ORIGIN nor SOA"),
    Key("text", LONG, "its records in the master file format (RFC 1035 section 5)"),
    Key("file", LINE, "a master file instead of `text`, relative to this file"),
    Key("derived", FLAG, "yes: records of the same names in other zones take precedence"),
))  # fmt: skip
_FAULT = Keys("a fault", (
    Key("name", NAME, "the name in the question; `*.name` for all names below it; an address for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z0-9]+"), "the record type in the question; default: any"),
    Key("kind", OneOf("a kind of fault", tuple(FaultKind)), "the kind of fault"),
    Key("seconds", SECONDS,
        "seconds until a DELAY answers, or until a TRUNCATE_HANG closes the connection; default of the latter: never"),
    Key("client", ADDRESS, "only questions from this client address"),
    Key("transport", OneOf("a transport", ("udp", "tcp")), "only questions over this transport"),
    Key("resolver", ADDRESS, "only questions to this resolver address"),
    Key("nth", Number("a number of questions", 1, 1_000_000), "only the n-th question; default: each"),
    Key("octets", Number("a number of octets", 1, 60_000), "minimum length of a HUGE answer; default: 512"),
    Key("records", OneOrMore(LINE), "the records of an ANSWER, type and data as in a zone: `A 192.0.2.1`"),
), needs=("name", "kind"))  # fmt: skip
_HOST = Keys("a host", (
    Key("address", OneOrMore(ADDRESS), "its IPv4 and IPv6 addresses"),
    Key("name", NAME, "its name; default: the key, if that has a dot"),
    Key("helo", LINE, "its argument of EHLO; default: its name"),
    Key("ptr", LINE, "its reverse lookup, as `ptr` of a test"),
    Key("mta", MTA, "its own MTA, by default on port 25"),
), needs=("address",))  # fmt: skip
_AUTH = Keys("a login", (
    Key("user", LINE, "the user name"),
    Key("password", LINE, "the password"),
    Key("mechanism", OneOf("a mechanism", ("PLAIN", "LOGIN")), "the SASL mechanism; default: PLAIN"),
), needs=("user", "password"))  # fmt: skip
_PART = (
    Key("command", LINE, "a command line"),
    Key("message", LONG, "a message; the lab appends the end of data"),
    Key("raw", LONG, r"octets as they are, one character an octet: `\r\n` in double quotes"),
    Key("replies", Number("a number of replies", 0, 100),
        "number of replies to read after raw octets or a message; default: 1"),
    Key("pace", Number("a number of seconds", 0.001, 3600, whole=False),
        "seconds between two octets of raw octets or of a message; default: all in one write"),
    Key("verbatim", FLAG, "yes: the message is sent unchanged, and contains its own end of data"),
    Key("octets", FLAG, "yes: one character of the message is one octet, as in `raw`; default: UTF-8"),
)  # fmt: skip
_STEP_STAGE = Key("stage", STAGE, "the stage that the step belongs to; default of a command: that of its verb")
_BURST_PART = Keys("a part of a burst", (*_PART, _STEP_STAGE))
_PARTS = ListOf(Either(LINE, table=_BURST_PART))
_DIALOGUE_STEP = Keys("a step of a dialogue", (
    *_PART,
    Key("burst", _PARTS, "several parts in one write, without waiting for replies"),
    Key("sure", Number("a number of parts", 0, 1000),
        "number of parts of a burst for which a reply is required; default: all"),
    Key("starttls", FLAG, "STARTTLS and the TLS handshake"),
    Key("behind", _PARTS, "parts that are sent in plain text in the same write as STARTTLS"),
    Key("auth", _AUTH, "AUTH with these credentials"),
    Key("meet", FLAG, "wait until all concurrent sessions have reached their `meet`"),
    Key("half-close", FLAG,
        "close the sending half of the connection, and read replies until the server closes its own"),
    Key("drop", OneOf("a way to hang up", ("close", "reset")), "close the connection, with a TCP FIN or RST"),
    _STEP_STAGE,
))  # fmt: skip
_MESSAGE = Keys("a message", (
    Key("mailfrom", LINE, "the envelope sender"),
    Key("to", OneOrMore(LINE), "the recipients"),
    Key("data", LONG, "the message"),
    Key("mail-parameters", LINE, "parameters of MAIL, as in SIZE=1000"),
))  # fmt: skip

WORLD = (
    Key("zonedata", TableOf(OneOrMore(Either(OneOf("NONE or a failure", FAILURES), table=_RECORD)), NAME),
        "records by name, in the format of the RFC 7208 test suite; a failure applies to all other types of the name",
        merge="by name"),
    Key("zones", OneOrMore(Either(LONG, table=_ZONE)),
        "zones: the name of a master file, or a table with `origin` and `text`",
        merge="join"),
    Key("hosts", TableOf(_HOST, NAME), "hosts of the fake Internet by name", merge="by name"),
    Key("faults", OneOrMore(_FAULT),
        "faults of DNS questions; the test is unknown if one of its own never occurs", merge="join"),
    Key("sink", SINK, "the replies of the sink, which is the mailbox server; default: accept"),
)  # fmt: skip
SETUP = (
    Key("given", TableOf(OneOrMore(LONG), PARAMETER),
        "parameters of Postfix with the values that the test requires; with other values it is left out",
        merge="by name"),
    Key("config", LINE, "the configuration: a folder beside this file, or one of the lab's own"),
    Key("main", OVERRIDES, "parameters of main.cf to set", merge="by name"),
    Key("policyd_spf", OVERRIDES, "settings of policyd-spf.conf to set", merge="by name"),
    Key("debian", OneOrMore(DEBIAN), "the releases on which to run it; default: all"),
    Key("chroot", OneOrMore(CHROOT), "the state of the chroot; several make a test each"),
    Key("resolvers", OneOrMore(ADDRESS), "the nameserver addresses in resolv.conf"),
    Key("resolver_options", OneOrMore(OPTION), "options in resolv.conf besides the lab's own"),
    Key("tables", TableOf(ENTRIES, TABLE),
        "entries of tables without a server in the lab, named as in the configuration: `mysql:/etc/postfix/users.cf`",
        merge="by name"),
    Key("csv", LINE,
        "a folder beside this file with such entries: `users.cf.csv`, a key and a value in each row; or a YAML file"),
    Key("at", LINE, "where the folder of the configuration is mounted on the host, besides /etc/postfix"),
    Key("define", TableOf(LINE, LINE), "values for the placeholders of a configuration that is a template",
        merge="by name"),
    Key("milter", MILTER, "the behaviour of the stand-ins of milters; default: accept"),
    Key("policy", POLICY, "the behaviour of the stand-ins of policy services; default: accept"),
    Key("milter-rules", OneOrMore(MILTER_RULE),
        "cases in which the stand-ins of milters do otherwise; the first rule that matches applies"),
    Key("policy-rules", OneOrMore(POLICY_RULE),
        "cases in which the stand-ins of policy services do otherwise; the first rule that matches applies"),
    Key("table-rules", TableOf(OneOrMore(TABLE_RULE), TABLE),
        "answers of the servers of tables, before their entries are looked at; the first rule that matches applies",
        merge="by name"),
    Key("filter", FILTER, "the behaviour of the stand-ins of content filters and proxy filters; default: accept"),
    Key("spf", OneOf("a behaviour of policyd-spf", tuple(Spf)), "the behaviour of policyd-spf; default: works"),
    Key("sasl", OneOf("a behaviour of Dovecot's auth", tuple(Sasl)), "the behaviour of Dovecot's auth; default: works"),
    Key("disk", OneOf("a state of the queue's disk", tuple(Disk)),
        "the free space of the file system of the queue; default: roomy"),
    Key("memory", OneOf("a word for what daemons keep", tuple(Memory)),
        "what Postfix's daemons keep in memory between two steps; default: `fresh`, as if no step was before"),
    Key("delivery", OneOf("a way of delivery", tuple(DeliveryMode)),
        "as-configured: the configuration's own transports deliver; default: sink"),
    Key("lab_records", FLAG, "no: the DNS has no record of the lab's own for names that nobody gave; default: yes"),
    Key("stand-ins", OneOf("what has a stand-in", tuple(StandIns)),
        "all: also what the configuration itself lacks; default: others, what other programs provide"),
    Key("canary", FLAG,
        "whether the canary runs first: a good client is accepted and a relay attempt refused; default: yes"),
)  # fmt: skip
SESSION = (
    Key("host", LINE,
        "the client: its address, a name from `hosts`, or `local`: the mail host itself, from its loopback"),
    Key("submit", LABEL, "the user of the mail host who sends the mail by sendmail(1) instead of SMTP, as cron does"),
    Key("extract-recipients", FLAG,
        "yes: sendmail takes the recipients from To, Cc and Bcc of `data` (`sendmail -t`); with `submit`, not `to`"),
    Key("name", NAME, "the name of a client that is given by its address"),
    Key("ptr", LINE,
        "its reverse lookup: `right` (the default), `missing`, `servfail`, `timeout`, a name, or a kind and a name"),
    Key("source", ADDRESS, "the address of the client that it connects from; default: the first"),
    Key("helo", LINE, "its argument of EHLO"),
    Key("ehlo", FLAG, "no: it sends HELO instead of EHLO"),
    Key("tls", OneOf("yes, no or on-connect", (*FLAG.words, "on-connect")), "STARTTLS, or TLS before the banner"),
    Key("auth", _AUTH, "AUTH with these credentials"),
    Key("mailfrom", LINE, 'the envelope sender; "" is the null sender'),
    Key("to", OneOrMore(LINE), "the recipients; default: bob@$mydomain"),
    Key("data", LONG, "the message; From: and To: are added if it has none"),
    Key("mail-parameters", LINE, "parameters of MAIL, as in SIZE=1000"),
    Key("messages", ListOf(_MESSAGE), "several messages in one session; each overrides keys of the session"),
    Key("say", ListOf(Either(LINE, table=_DIALOGUE_STEP)), "the whole dialogue: command lines and other steps"),
    Key("misbehaves", MISBEHAVES, "a misbehaviour of the client: its name, or its name with an argument"),
    Key("crowd", Number("a number of sessions", 1, 1000), "the number of concurrent sessions like this one"),
    Key("early", Either(LONG, items=_PARTS),
        r"octets sent before the greeting, as in `raw`, or a list of parts; steps of `say` read the replies to them"),
    Key("persist", FLAG, "yes: every step is sent, whatever the replies are"),
    Key("quit-after", STAGE, "the last stage before QUIT"),
    Key("drop-after", STAGE, "the last stage before the connection is dropped"),
    Key("port", Number("a port", 1, 65535), "the port of the mail host; default: 25"),
    Key("via", NAME, "a name from `hosts`: the client connects to the MTA of that host instead of the mail host"),
)
_ABOUT = (
    Key("description", LONG, "what it is about"),
    Key("comment", LONG, "free text"),
    Key("spec", OneOrMore(LINE), "sections of a specification, as in the RFC 7208 test suite"),
)
_FURTHER = Keys("a text in the log", (
    Key("text", LINE, "the text, as it is"),
    Key("times", Number("a number of lines", 1, 1000), "in how many lines; default: 1"),
), needs=("text",))  # fmt: skip
JUDGED = (
    Key("expect", ForwardReference(lambda: EXPECT), "what is expected; at least one check in each test",
        merge="by name"),
    Key("result", OneOrMore(OneOf("an SPF result", (*SPF_RESULTS, UNCHECKED))),
        "the SPF result, or several that are accepted, as in the RFC 7208 test suite; unchecked: none is required"),
    Key("without", OneOrMore(OneOf("a guard", tuple(GUARDS))), "guards to switch off"),
    Key("limit", SECONDS, "how many seconds to wait for a reply and for the end of the log; default: 30"),
    Key("introduced", FLAG, "yes: if postscreen has after-220 tests, each client has passed them before"),
    Key("retry", FLAG, "yes: what the sessions left in the queue is tried once more; in a step after another: no "
        "sessions are held, and what the step before left in the queue is tried once more"),
    Key("further", OneOrMore(Either(LINE, table=_FURTHER)), "texts in log lines to wait for after that"),
)  # fmt: skip
_SESSIONS = (
    Key("sessions", ListOf(ForwardReference(lambda: ONE_SESSION)), "several sessions; each overrides keys of the test"),
    Key("in-turn", FLAG, "yes: one session after the other; default: at the same time"),
    Key("at-once", Number("a number of sessions", 1, 1000),
        "the number of sessions that are open at a time; default: all"),
)
_ROW = ForwardReference(lambda: ROW)
_CASES = Either(items=ListOf(Either(items=ListOf(Anything()), table=_ROW)))
_ENDS = (
    Key("xfail", REASON, "the reason why it fails; if it passes, that is a failure"),
    Key("skip", REASON, "the reason why it is not run"),
)
_CELLS = Keys("a matrix", (
    Key("debian", ListOf(DEBIAN), "releases"),
    Key("chroot", ListOf(CHROOT), "chroot states"),
    Key("main", TableOf(OVERRIDES, LABEL), "sets of parameters of main.cf by label"),
    Key("policyd_spf", TableOf(OVERRIDES, LABEL), "sets of settings of policyd-spf.conf by label"),
))  # fmt: skip
_MATRIX = (Key("matrix", _CELLS, "a test for each combination of these"),)

EXPECT: Keys = Keys("`expect`", (*SESSION_EXPECT, *SEEN_EXPECT))
ONE_EXPECT: Keys = Keys("`expect` of a session", SESSION_EXPECT)
ONE_SESSION: Keys = Keys("a session", (
    Key("case", LABEL, "its name in the report and for `like`"),
    *SESSION, Key("expect", ForwardReference(lambda: ONE_EXPECT), "what is expected of this session", merge="by name"),
))  # fmt: skip
_LATER = Text("a span of time", SPAN, "write it as in 61s, 5h or 4d 23h")
_STEP_LATER = Key("later", _LATER, "how far Postfix's clock is advanced before this step, as in 61s, 5h or 4d 23h")
_STEP_UNTIL = Key("until", OneOrMore(LINE),
    "with `later`: no sessions are held; texts in log lines to wait for, while Postfix works by itself")  # fmt: skip
STEP: Keys = Keys("a step", (*_ABOUT, _STEP_LATER, _STEP_UNTIL, *WORLD, *SESSION, *_SESSIONS, *JUDGED))
_STEPS = (Key("steps", ListOf(ForwardReference(lambda: STEP)), "steps, one after the other, each in its own world"),)
_COMMON = (*_ABOUT, *SETUP, *WORLD, *SESSION, *_SESSIONS, *_STEPS, *_MATRIX, *JUDGED, *_ENDS)
_EACH = Key("each", EACH,
            "a test for each that the configuration has; `$list`, `$answer`, `$gateway` are its values")  # fmt: skip
TEST: Keys = Keys("a test", (*_COMMON, _EACH, Key("cases", _CASES, "a table in which each row is a test")))
DEFAULTS = Keys("`defaults`", (*SESSION, *JUDGED))
ROW: Keys = Keys("a row", (
    Key("case", LABEL, "the name of the row; default: its number"),
    *SETUP, *WORLD, *SESSION, *JUDGED, *_ENDS, *SESSION_EXPECT, *SEEN_EXPECT,
    Key("description", LONG, "what it is about"),
))  # fmt: skip
_TESTS = TableOf(ForwardReference(lambda: TEST), TEST_NAME)
FILE = Keys("the file", (
    Key("schema", OneOf("a version of this language", (SCHEMA,)), "the version of this language: postfix-lab/v1"),
    *_ABOUT,
    Key("include", OneOrMore(LINE), "files, relative to this one, whose world, setup and defaults apply here too"),
    Key("defaults", DEFAULTS, "keys of each test that does not have them itself"),
    *SETUP, *WORLD, *_MATRIX,
    Key("tests", _TESTS, "the tests by name"),
    Key("scenarios", _TESTS, "the same under another name"),
), needs=("schema",))  # fmt: skip

LANGUAGE = Language(FILE, ROW, EXPECT)
"""What the read phase is given."""
