"""Every key of a YAML file of scenarios, declared once: reader, JSON Schema and documents are made from it."""

from __future__ import annotations

from typing import get_args

from postfix_lab.dns.fault import FaultKind
from postfix_lab.fit.choices import DeliveryMode, Disk
from postfix_lab.fit.collaborators.dovecot import Sasl
from postfix_lab.fit.collaborators.policyd_spf import Spf
from postfix_lab.runtime.clock import SPAN
from postfix_lab.smtp.answer import MtaStage
from postfix_lab.smtp.certificate import Certificate
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
from postfix_lab.yaml.vocabulary.misbehaviour_keys import MISBEHAVES
from postfix_lab.yaml.vocabulary.scalars import (
    ADDRESS,
    CHROOT,
    DEBIAN,
    EACH,
    ENTRIES,
    FAILURES,
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
    Key("origin", NAME, "its name, where the text has no $ORIGIN and no SOA"),
    Key("text", LONG, "records as RFC 1035 writes them"),
    Key("file", LINE, "a master file instead, relative to this file"),
    Key("derived", FLAG, "yes: what other zones say about its names wins"),
))  # fmt: skip
_FAULT = Keys("a fault", (
    Key("name", NAME, "the name that is asked for; `*.name` for everything below it; an address for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z0-9]+"), "the record type that is asked for; any, if it is not said"),
    Key("kind", OneOf("a kind of fault", tuple(FaultKind)), "what goes wrong"),
    Key("seconds", SECONDS, "how late a DELAY answers; when a TRUNCATE_HANG closes, never if it is not said"),
    Key("client", ADDRESS, "only questions from this address"),
    Key("transport", OneOf("a transport", ("udp", "tcp")), "only questions over it"),
    Key("resolver", ADDRESS, "only questions to this address"),
    Key("nth", Number("a number of questions", 1, 1_000_000), "only the n-th question; each, if it is not said"),
    Key("octets", Number("a number of octets", 1, 60_000), "how long a HUGE answer is at least; 512, if not said"),
    Key("records", OneOrMore(LINE), "what an ANSWER says, type and data as in a zone: `A 192.0.2.1`"),
), needs=("name", "kind"))  # fmt: skip
_ANSWER = Keys("an answer of an MTA", (
    Key("stage", OneOf("a stage of an MTA", get_args(MtaStage)), "when it says it"),
    Key("says", LONG, "a whole reply, or what it does instead: `HANG`, `DROP`, `RESET`, `GARBAGE`, `CUT`, ..."),
    Key("to", LINE, "only for this recipient"),
    Key("sender", LINE, "only for this sender; an empty text for a bounce"),
    Key("nth", Number("a number of times", 1, 1000), "only the n-th time; each time, if it is not said"),
), needs=("stage", "says"))  # fmt: skip
_BEHAVIOUR = Keys("the behaviour of an MTA", (
    Key("banner", LONG, "its greeting, as a whole reply; it accepts where nothing is said"),
    Key("helo", LONG, "its reply to EHLO or HELO"),
    Key("mail", LONG, "its reply to MAIL"),
    Key("rcpt", LONG, "its reply to RCPT"),
    Key("data", LONG, "its reply to the message"),
    Key("forward-to", Text("an IP address or mail-host", "[0-9A-Fa-f:.]+|mail-host"),
        "the address to send on to what it accepted; `mail-host` for the one under test"),
    Key("answers", OneOrMore(_ANSWER), "what it says in certain moments instead; each has to be given"),
    Key("lacks", OneOrMore(LINE), "keywords that its EHLO does not offer: `SMTPUTF8`, `8BITMIME`, `SIZE`"),
    Key("tls", OneOf("a kind of certificate", tuple(Certificate)), "what it shows after STARTTLS; `none` if not said"),
))  # fmt: skip
_MTA = Either(OneOf("the behaviour of an MTA", ("accept", "refuse", "tempfail")), table=_BEHAVIOUR)
_HOST = Keys("a host", (
    Key("address", OneOrMore(ADDRESS), "its IPv4 and IPv6 addresses"),
    Key("name", NAME, "its name; else the key, where that has a dot"),
    Key("helo", LINE, "what it says in EHLO; else its name"),
    Key("ptr", LINE, "its reverse lookup, as under `ptr` of a test"),
    Key("mta", _MTA, "how it answers on its own port 25"),
), needs=("address",))  # fmt: skip
_AUTH = Keys("a login", (
    Key("user", LINE, "who logs in"),
    Key("password", LINE, "with which password"),
    Key("mechanism", OneOf("a mechanism", ("PLAIN", "LOGIN")), "PLAIN, if it is not said"),
), needs=("user", "password"))  # fmt: skip
_PART = (
    Key("command", LINE, "a command line"),
    Key("message", LONG, "a message, ended by the lab"),
    Key("raw", LONG, r"octets as they are, one character an octet: `\r\n` in double quotes"),
    Key("replies", Number("a number of replies", 0, 100),
        "how many replies to raw octets, or to a message, are read; 1, if not said"),
    Key("pace", Number("a number of seconds", 0.001, 3600, whole=False),
        "seconds between two octets of raw octets or of a message; all at once, if it is not said"),
    Key("verbatim", FLAG, "yes: the message is sent as it is, and says its own end"),
    Key("octets", FLAG, "yes: the message is written one character an octet, as raw octets are; else it is UTF-8"),
)  # fmt: skip
_COUNTS_AS = Key("stage", STAGE, "what the step counts as; a command's verb says it by itself")
_PART_SAID = Keys("a part of what is said in one go", (*_PART, _COUNTS_AS))
_PARTS = ListOf(Either(LINE, table=_PART_SAID))
_STEP_SAID = Keys("a step of a dialogue", (
    *_PART,
    Key("burst", _PARTS, "several such parts in one go, whatever the replies are"),
    Key("sure", Number("a number of parts", 0, 1000), "how many parts of a burst are certain to be answered; else all"),
    Key("starttls", FLAG, "STARTTLS and the handshake"),
    Key("behind", _PARTS, "what is said in the clear in one go with STARTTLS"),
    Key("auth", _AUTH, "AUTH"),
    Key("meet", FLAG, "wait until each session that is held at the same time stands here too"),
    Key("half-close", FLAG, "our half of the connection ends, and replies are read until the server ends its own"),
    Key("drop", OneOf("a way to hang up", ("close", "reset")), "hang up, with a TCP FIN or RST"),
    _COUNTS_AS,
))  # fmt: skip
_MESSAGE = Keys("a message", (
    Key("mailfrom", LINE, "the envelope's sender"),
    Key("to", OneOrMore(LINE), "the recipients"),
    Key("data", LONG, "the message"),
    Key("mail-parameters", LINE, "what follows the address in MAIL, as in SIZE=1000"),
))  # fmt: skip

WORLD = (
    Key("zonedata", TableOf(OneOrMore(Either(OneOf("NONE or a failure", FAILURES), table=_RECORD)), NAME),
        "records by name, as the RFC 7208 test suite has them; a failure is that of all other types of the name",
        merge="by name"),
    Key("zones", OneOrMore(Either(LONG, table=_ZONE)), "zones: the name of a master file, or `origin` and `text`",
        merge="join"),
    Key("hosts", TableOf(_HOST, NAME), "hosts of the fake Internet by name", merge="by name"),
    Key("faults", OneOrMore(_FAULT), "DNS questions that go wrong; each has to be met", merge="join"),
)  # fmt: skip
SETUP = (
    Key("given", TableOf(OneOrMore(LONG), PARAMETER),
        "parameters of Postfix with the values with which it makes sense; with others there is no such test",
        merge="by name"),
    Key("config", LINE, "the configuration: a folder beside this file, or one that the lab brings along"),
    Key("main", OVERRIDES, "parameters of main.cf to set", merge="by name"),
    Key("policyd_spf", OVERRIDES, "settings of policyd-spf.conf to set", merge="by name"),
    Key("debian", OneOrMore(DEBIAN), "the releases on which it makes sense; all, if it is not said"),
    Key("chroot", OneOrMore(CHROOT), "the state of the chroot, or several for a test each"),
    Key("resolvers", OneOrMore(ADDRESS), "what resolv.conf names"),
    Key("resolver_options", OneOrMore(OPTION), "options in resolv.conf besides the lab's own"),
    Key("tables", TableOf(ENTRIES, TABLE),
        "entries of tables that nobody answers, by what the configuration calls it: `mysql:/etc/postfix/users.cf`",
        merge="by name"),
    Key("csv", LINE, "a folder beside this file with such entries: `users.cf.csv`, a key and a value in each row"),
    Key("milter", MILTER, "how the stand-ins of milters behave; accept, if it is not said"),
    Key("policy", POLICY, "how the stand-ins of policy services behave; accept, if it is not said"),
    Key("spf", OneOf("how policyd-spf fares", tuple(Spf)), "how policyd-spf fares; works, if it is not said"),
    Key("sasl", OneOf("how Dovecot's auth fares", tuple(Sasl)), "how Dovecot's auth fares; works, if it is not said"),
    Key("disk", OneOf("what the queue lies on", tuple(Disk)), "how much room there is; roomy, if it is not said"),
    Key("delivery", OneOf("a way of delivery", tuple(DeliveryMode)),
        "as-configured: by the configuration's own transports; sink, if it is not said"),
    Key("canary", FLAG, "whether a good client has to be accepted and a relay attempt refused before"),
)  # fmt: skip
SESSION = (
    Key("host", LINE, "the client: its address, or a name from `hosts`"),
    Key("name", NAME, "the name of a client that is given by its address"),
    Key("ptr", LINE, "its reverse lookup: `right`, `missing`, `servfail`, `timeout`, a name, or a kind and a name"),
    Key("source", ADDRESS, "from which of its addresses it comes; the first, if it is not said"),
    Key("helo", LINE, "what it says in EHLO"),
    Key("ehlo", FLAG, "no: it says HELO"),
    Key("tls", OneOf("yes, no or on-connect", (*FLAG.words, "on-connect")), "STARTTLS, or TLS before the banner"),
    Key("auth", _AUTH, "AUTH"),
    Key("mailfrom", LINE, 'the envelope\'s sender; "" is the null sender'),
    Key("to", OneOrMore(LINE), "the recipients; bob@$mydomain, if it is not said"),
    Key("data", LONG, "the message; a From: and a To: are put in front where it has none"),
    Key("mail-parameters", LINE, "what follows the address in MAIL, as in SIZE=1000"),
    Key("messages", ListOf(_MESSAGE), "several messages in one session, each with what it says differently"),
    Key("say", ListOf(Either(LINE, table=_STEP_SAID)), "a dialogue of one's own: command lines and other steps"),
    Key("misbehaves", MISBEHAVES, "what goes wrong with all that: a name, or a name and what goes with it"),
    Key("crowd", Number("a number of sessions", 1, 1000), "so many sessions like this one, all at the same time"),
    Key("early", Either(LONG, items=_PARTS),
        r"octets said before the greeting, as in `raw`; steps of `say` read the replies to them; or a list of parts"),
    Key("persist", FLAG, "yes: every step is said, whatever the replies are"),
    Key("quit-after", STAGE, "the last stage before QUIT"),
    Key("drop-after", STAGE, "the last stage before the line is dropped"),
    Key("port", Number("a port", 1, 65535), "the port of the mail host; 25, if it is not said"),
    Key("via", NAME, "a name from `hosts`, whose MTA gets the message instead of the mail host"),
)
_ABOUT = (
    Key("description", LONG, "what it shows"),
    Key("comment", LONG, "anything else"),
    Key("spec", OneOrMore(LINE), "the section of a specification, as in the RFC 7208 test suite"),
)
JUDGED = (
    Key("expect", ForwardReference(lambda: EXPECT), "what is to be seen; at least one thing in each test",
        merge="by name"),
    Key("result", OneOrMore(OneOf("an SPF result", (*SPF_RESULTS, UNCHECKED))),
        "the SPF result, or several that will do, as in the RFC 7208 test suite; unchecked if there need be none"),
    Key("without", OneOrMore(OneOf("a guard", tuple(GUARDS))), "guards to switch off"),
    Key("limit", SECONDS, "how long a reply, and the end of the log, is waited for; 30, if it is not said"),
    Key("introduced", FLAG, "yes: where postscreen has tests after the greeting, each client has passed them before"),
)  # fmt: skip
_SESSIONS = (
    Key("sessions", ListOf(ForwardReference(lambda: ONE_SESSION)), "several sessions, with what each says differently"),
    Key("in-turn", FLAG, "yes: the sessions are held one after the other, not at the same time"),
    Key("at-once", Number("a number of sessions", 1, 1000), "how many sessions are open at a time; else all"),
)
_ROW = ForwardReference(lambda: ROW)
_CASES = Either(items=ListOf(Either(items=ListOf(Anything()), table=_ROW)))
_ENDS = (
    Key("xfail", REASON, "why it fails; it is red when it passes"),
    Key("skip", REASON, "why it is not run"),
)
_CELLS = Keys("a matrix", (
    Key("debian", ListOf(DEBIAN), "releases"),
    Key("chroot", ListOf(CHROOT), "chroot states"),
    Key("main", TableOf(OVERRIDES, LABEL), "sets of main.cf parameters by a label"),
    Key("policyd_spf", TableOf(OVERRIDES, LABEL), "sets of policyd-spf.conf settings by a label"),
))  # fmt: skip
_MATRIX = (Key("matrix", _CELLS, "a test for each combination of these"),)

EXPECT: Keys = Keys("`expect`", (*SESSION_EXPECT, *SEEN_EXPECT))
ONE_EXPECT: Keys = Keys("`expect` of a session", SESSION_EXPECT)
ONE_SESSION: Keys = Keys("a session", (
    Key("case", LABEL, "what the report calls it, where several verdicts will do"),
    *SESSION, Key("expect", ForwardReference(lambda: ONE_EXPECT), "what is to be seen of it", merge="by name"),
))  # fmt: skip
_LATER = Text("a span of time", SPAN, "write it as in 61s, 5h or 4d 23h")
_STEP_LATER = Key("later", _LATER, "how much later than in the step before it is for Postfix, as in 61s, 5h or 4d 23h")
STEP: Keys = Keys("a step", (*_ABOUT, _STEP_LATER, *WORLD, *SESSION, *_SESSIONS, *JUDGED))
_STEPS = (Key("steps", ListOf(ForwardReference(lambda: STEP)), "one run after the other, each in a world of its own"),)
_COMMON = (*_ABOUT, *SETUP, *WORLD, *SESSION, *_SESSIONS, *_STEPS, *_MATRIX, *JUDGED, *_ENDS)
_EACH = Key("each", EACH, "a test for each of these that the configuration has; $list and others are about it")
TEST: Keys = Keys("a test", (*_COMMON, _EACH, Key("cases", _CASES, "a table in which each row is a test")))
DEFAULTS = Keys("`defaults`", (*SESSION, *JUDGED))
ROW: Keys = Keys("a row", (
    Key("case", LABEL, "the name of the row; its number, if it is not said"),
    *SETUP, *WORLD, *SESSION, *JUDGED, *_ENDS, *SESSION_EXPECT, *SEEN_EXPECT,
    Key("description", LONG, "what it shows"),
))  # fmt: skip
_TESTS = TableOf(ForwardReference(lambda: TEST), TEST_NAME)
FILE = Keys("the file", (
    Key("schema", OneOf("a version of this language", (SCHEMA,)), "the version of this language: postfix-lab/v1"),
    *_ABOUT,
    Key("include", OneOrMore(LINE), "files whose world, setup and defaults count here too, relative to this one"),
    Key("defaults", DEFAULTS, "what each test says unless it says something else"),
    *SETUP, *WORLD, *_MATRIX,
    Key("tests", _TESTS, "the tests by name"),
    Key("scenarios", _TESTS, "the same under another name"),
), needs=("schema",))  # fmt: skip

LANGUAGE = Language(FILE, ROW, EXPECT)
"""What the read phase is given."""
