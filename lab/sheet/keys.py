"""Every key that a sheet may have, declared once: reading, the JSON Schema and the cookbook's table follow from it."""

from __future__ import annotations

from typing import get_args

from lab.checks.guards import GUARDS
from lab.checks.mail import SPF_RESULTS, UNCHECKED
from lab.checks.outcomes import VERDICTS
from lab.internet.dns.fault import FaultKind
from lab.internet.smtp.answer import MtaStage
from lab.internet.smtp.certificate import Certificate
from lab.internet.smtp.dialogue import Stage
from lab.internet.smtp.transcript import Ending
from lab.mailhost.chroot import Chroot
from lab.mailhost.clock import SPAN
from lab.mailhost.facts import RELEASES
from lab.mailhost.fit.choices import Delivery, Manner
from lab.sheet.each import EACH
from lab.sheet.kind import (
    FLAG,
    Anything,
    Either,
    Key,
    Keys,
    Kind,
    Later,
    ListOf,
    Number,
    OneOrMore,
    TableOf,
    Text,
    Word,
)
from lab.sheet.misbehaviour import MISBEHAVES
from lab.sheet.reader import SCHEMA

_LINE, _LONG = Text(), Text(long=True)
_ADDRESS = Text("an IP address", "[0-9A-Fa-f:.]+")
_NAME = Text("a domain name")
_REASON = Text("a reason", r".*\S.*", "say in a sentence why")
_TEST = Text("a name for a test", r"[A-Za-z0-9][\w.+-]*", "letters, digits, and . _ + - between them")
_LABEL = Text("a label", r"[A-Za-z0-9][\w.+-]*", "letters, digits, and . _ + - between them")
_PARAMETER = Text("the name of a parameter", r"[A-Za-z0-9_-]+")
_OVERRIDES = TableOf(_LONG, _PARAMETER)
_OPTION = Text("an option of resolv.conf", r"[a-z0-9-]+(:\d+)?", "write trust-ad, edns0, use-vc, ndots:1, ...")
_TABLE = Text("the name of a table", r"[a-z]+(:[a-z]+)?:\S+", "as in mysql:/etc/postfix/users.cf")
_ENTRIES = TableOf(_LINE, Text("the key of an entry", r"[^\s#]\S*", "it is one word"))
_MANNER = Word("a behaviour of a stand-in", tuple(Manner))
_STAGE = Word("a stage", get_args(Stage))
_MATCH = Text("a text, or a regular expression between slashes")
_CODE = Text("an SMTP reply code", "[2-5][0-9xX][0-9xX]", "write 450, or 4xx for any of them")
_ENHANCED = Text("an enhanced status code", r"[245]\.\d{1,3}\.\d{1,3}", "write it as in 4.7.1")
_DEBIAN = Word("a release of Debian that the lab has", tuple(map(str, RELEASES)))
_CHROOT = Word("a chroot state", tuple(Chroot))
_SPF = Word("an SPF result", SPF_RESULTS)
_SECONDS = Number("a number of seconds", 0.001, 3600, whole=False)
_FAILURES = tuple(kind for kind in FaultKind if kind is not FaultKind.DELAY)

_RECORD = TableOf(Either(_LONG, ListOf(_LONG)), Text("a record type", "[A-Za-z]+"))
_ZONE = Keys("a zone", (
    Key("origin", _NAME, "its name, where the text has no $ORIGIN and no SOA"),
    Key("text", _LONG, "records as RFC 1035 writes them"),
    Key("file", _LINE, "a master file instead, relative to this file"),
))  # fmt: skip
_FAULT = Keys("a fault", (
    Key("name", _NAME, "the name that is asked for; `*.name` for everything below it; an address for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z]+"), "the record type that is asked for; any, if it is not said"),
    Key("kind", Word("a kind of fault", tuple(FaultKind)), "what goes wrong"),
    Key("seconds", _SECONDS, "how late a DELAY answers"),
), needs=("name", "kind"))  # fmt: skip
_ANSWER = Keys("an answer of an MTA", (
    Key("stage", Word("a stage of an MTA", get_args(MtaStage)), "when it says it"),
    Key("says", _LINE, "a whole reply, or what it does instead: `HANG`, `DROP`, `RESET`, `GARBAGE`, `CUT`, ..."),
    Key("to", _LINE, "only for this recipient"),
    Key("sender", _LINE, "only for this sender; an empty text for a bounce"),
    Key("nth", Number("a number of times", 1, 1000), "only the n-th time; each time, if it is not said"),
), needs=("stage", "says"))  # fmt: skip
_BEHAVIOUR = Keys("the behaviour of an MTA", (
    Key("banner", _LINE, "its greeting, as a whole reply; it accepts where nothing is said"),
    Key("helo", _LINE, "its reply to EHLO or HELO"),
    Key("mail", _LINE, "its reply to MAIL"),
    Key("rcpt", _LINE, "its reply to RCPT"),
    Key("data", _LINE, "its reply to the message"),
    Key("forward-to", Text("an IP address or mail-host", "[0-9A-Fa-f:.]+|mail-host"),
        "the address to send on to what it accepted; `mail-host` for the one under test"),
    Key("answers", OneOrMore(_ANSWER), "what it says in certain moments instead; each has to be given"),
    Key("lacks", OneOrMore(_LINE), "keywords that its EHLO does not offer: `SMTPUTF8`, `8BITMIME`, `SIZE`"),
    Key("tls", Word("a kind of certificate", tuple(Certificate)), "what it shows after STARTTLS; `none` if not said"),
))  # fmt: skip
_MTA = Either(Word("the behaviour of an MTA", ("accept", "refuse", "tempfail")), table=_BEHAVIOUR)
_HOST = Keys("a host", (
    Key("address", OneOrMore(_ADDRESS), "its IPv4 and IPv6 addresses"),
    Key("name", _NAME, "its name; else the key, where that has a dot"),
    Key("helo", _LINE, "what it says in EHLO; else its name"),
    Key("ptr", _LINE, "its reverse lookup, as under `ptr` of a test"),
    Key("mta", _MTA, "how it answers on its own port 25"),
), needs=("address",))  # fmt: skip
_AUTH = Keys("a login", (
    Key("user", _LINE, "who logs in"),
    Key("password", _LINE, "with which password"),
    Key("mechanism", Word("a mechanism", ("PLAIN", "LOGIN")), "PLAIN, if it is not said"),
), needs=("user", "password"))  # fmt: skip
_STEP_SAID = Keys("a step of a dialogue", (
    Key("command", _LINE, "a command line"),
    Key("message", _LONG, "a message, ended by the lab"),
    Key("raw", _LONG, r"octets as they are, one character an octet: `\r\n` in double quotes"),
    Key("replies", Number("a number of replies", 0, 100), "how many replies to raw octets are read; 1, if not said"),
    Key("starttls", FLAG, "STARTTLS and the handshake"),
    Key("auth", _AUTH, "AUTH"),
    Key("drop", Word("a way to hang up", ("close", "reset")), "hang up, with a TCP FIN or RST"),
    Key("stage", _STAGE, "what the step counts as; a command's verb says it by itself"),
))  # fmt: skip
_MESSAGE = Keys("a message", (
    Key("mailfrom", _LINE, "the envelope's sender"),
    Key("to", OneOrMore(_LINE), "the recipients"),
    Key("data", _LONG, "the message"),
    Key("mail-parameters", _LINE, "what follows the address in MAIL, as in SIZE=1000"),
))  # fmt: skip

WORLD = (
    Key("zonedata", TableOf(OneOrMore(Either(Word("NONE or a failure", _FAILURES), table=_RECORD)), _NAME),
        "records by name, as the RFC 7208 test suite has them; a failure is that of all other types of the name"),
    Key("zones", OneOrMore(Either(_LONG, table=_ZONE)), "zones: the name of a master file, or `origin` and `text`"),
    Key("hosts", TableOf(_HOST, _NAME), "hosts of the fake Internet by name"),
    Key("faults", OneOrMore(_FAULT), "DNS questions that go wrong; each has to be met"),
)  # fmt: skip
SETUP = (
    Key("given", TableOf(OneOrMore(_LONG), _PARAMETER),
        "parameters of Postfix with the values with which it makes sense; with others there is no such test"),
    Key("config", _LINE, "the configuration: a folder beside this file, or one that the lab brings along"),
    Key("main", _OVERRIDES, "parameters of main.cf to set"),
    Key("policyd_spf", _OVERRIDES, "settings of policyd-spf.conf to set"),
    Key("debian", OneOrMore(_DEBIAN), "the releases on which it makes sense; all, if it is not said"),
    Key("chroot", OneOrMore(_CHROOT), "the state of the chroot, or several for a test each"),
    Key("resolvers", OneOrMore(_ADDRESS), "what resolv.conf names"),
    Key("resolver_options", OneOrMore(_OPTION), "options in resolv.conf besides the lab's own"),
    Key("tables", TableOf(_ENTRIES, _TABLE),
        "entries of tables that nobody answers, by what the configuration calls it: `mysql:/etc/postfix/users.cf`"),
    Key("csv", _LINE, "a folder beside this file with such entries: `users.cf.csv`, a key and a value in each row"),
    Key("milter", _MANNER, "how the stand-ins of milters behave; accept, if it is not said"),
    Key("policy", _MANNER, "how the stand-ins of policy services behave; accept, if it is not said"),
    Key("delivery", Word("a way of delivery", tuple(Delivery)),
        "as-configured: by the configuration's own transports; sink, if it is not said"),
    Key("canary", FLAG, "whether a good client has to be accepted and a relay attempt refused before"),
)  # fmt: skip
SESSION = (
    Key("host", _LINE, "the client: its address, or a name from `hosts`"),
    Key("name", _NAME, "the name of a client that is given by its address"),
    Key("ptr", _LINE, "its reverse lookup: `right`, `missing`, `servfail`, `timeout`, a name, or a kind and a name"),
    Key("source", _ADDRESS, "from which of its addresses it comes; the first, if it is not said"),
    Key("helo", _LINE, "what it says in EHLO"),
    Key("ehlo", FLAG, "no: it says HELO"),
    Key("tls", Word("yes, no or on-connect", (*FLAG.words, "on-connect")), "STARTTLS, or TLS before the banner"),
    Key("auth", _AUTH, "AUTH"),
    Key("mailfrom", _LINE, 'the envelope\'s sender; "" is the null sender'),
    Key("to", OneOrMore(_LINE), "the recipients; bob@$mydomain, if it is not said"),
    Key("data", _LONG, "the message; a From: and a To: are put in front where it has none"),
    Key("mail-parameters", _LINE, "what follows the address in MAIL, as in SIZE=1000"),
    Key("messages", ListOf(_MESSAGE), "several messages in one session, each with what it says differently"),
    Key("say", ListOf(Either(_LINE, table=_STEP_SAID)), "a dialogue of one's own: command lines and other steps"),
    Key("misbehaves", MISBEHAVES, "what goes wrong with all that: a name, or a name and what goes with it"),
    Key("crowd", Number("a number of sessions", 1, 1000), "so many sessions like this one, all at the same time"),
    Key("early", _LONG, r"octets said before the greeting, as in `raw`; steps of `say` read the replies to them"),
    Key("persist", FLAG, "yes: every step is said, whatever the replies are"),
    Key("quit-after", _STAGE, "the last stage before QUIT"),
    Key("drop-after", _STAGE, "the last stage before the line is dropped"),
    Key("port", Number("a port", 1, 65535), "the port of the mail host; 25, if it is not said"),
    Key("via", _NAME, "a name from `hosts`, whose MTA gets the message instead of the mail host"),
)
_REPLY = Keys("a reply", (
    Key("stage", _STAGE, "the reply to what"),
    Key("said", _MATCH, "which command of that stage, by a text in it"),
    Key("code", _CODE, "its code"),
    Key("enhanced", _ENHANCED, "its enhanced code"),
    Key("text", _MATCH, "its text"),
), needs=("stage", "code"))  # fmt: skip
SESSION_EXPECT = (
    Key("verdict", OneOrMore(Word("a verdict", VERDICTS)), "what became of the session, or what may have become of it"),
    Key("like", _LABEL, "the `case` of another session, whose verdict and code this one has to have"),
    Key("stage", _STAGE, "the stage of the reply that decided"),
    Key("code", _CODE, "its code, as in 550 or 4xx"),
    Key("enhanced", _ENHANCED, "its enhanced code"),
    Key("text", _MATCH, "its text"),
    Key("decided-by", _LINE, "the restriction that decided"),
    Key("replies", OneOrMore(_REPLY), "the last reply to a stage, or to one of several recipients"),
    Key("ended", Word("an end of a session", get_args(Ending)), "how the connection ended"),
    Key("sent", OneOrMore(_LINE), "octets that the client said in one go, with `<CR>`, `<LF>`, `<NUL>` for themselves"),
    Key("within", _SECONDS, "the seconds that the session may take"),
    Key("connected-as", _NAME, "the client's name in `connect from`"),
)
_DELIVERED = Keys("what was delivered", (
    Key("times", Number("a number of messages", 0, 1000), "how many messages"),
    Key("to", _LINE, "for which recipient"),
))  # fmt: skip
_RECEIVED_SPF = Keys("a Received-SPF header", (
    Key("result", _SPF, "its result"),
    *(Key(name, _LINE, f"its field {name}") for name in (
        "identity", "client-ip", "envelope-from", "helo", "receiver", "mechanism", "problem")),
    Key("comment", _MATCH, "its comment"),
), needs=("result",))  # fmt: skip
_PEER = Keys("what a remote MTA got", (
    Key("address", _LINE, "the address of the MTA, or a name from `hosts`"),
    Key("from", _LINE, "the envelope's sender"),
    Key("to", _LINE, "a recipient"),
    Key("text", _MATCH, "a text of the message"),
), needs=("address",))  # fmt: skip
_LOG = Either(_MATCH, table=TableOf(_LINE, Text("a field of a log line", r"[a-z_]+")))
_OUTCOMES = ("NOERROR", "NODATA", "NXDOMAIN", "SERVFAIL", "REFUSED", "TIMEOUT")
_QUESTION = Keys("a DNS question", (
    Key("name", _LINE, "the name; an address stands for its reverse name"),
    Key("type", Text("a record type", "[A-Za-z0-9]+"), "the record type"),
    Key("outcome", Word("an outcome of a question", _OUTCOMES), "what its asker learned"),
    Key("answers", OneOrMore(_LINE), "records among the answers"),
), needs=("name", "type"))  # fmt: skip
SEEN_EXPECT = (
    Key("headers", TableOf(_MATCH), "headers of the delivered message with a text in them"),
    Key("received-spf", Either(Word("an SPF result or absent", (*SPF_RESULTS, "absent")), table=_RECEIVED_SPF),
        "the Received-SPF header of the delivered message"),
    Key("delivered", Either(Word("yes, no or a table", FLAG.words), table=_DELIVERED), "what reached the sink"),
    Key("queued", FLAG, "whether a message came into the queue"),
    Key("bounced", _LINE, "yes, no, or the recipient whose mail was given up"),
    Key("peers", OneOrMore(_PEER), "what remote MTAs got"),
    Key("log", OneOrMore(_LOG), "lines in the log: a text, or an `event` with its fields"),
    Key("log-never", OneOrMore(_LOG), "lines that are not in the log"),
    Key("log-may", OneOrMore(_LOG), "warnings that are no surprise, whether they come or not"),
    Key("asked", OneOrMore(Either(_LINE, table=_QUESTION)),
        "DNS questions: `NAME TYPE`, `NAME TYPE -> OUTCOME or ANSWER`"),
    Key("not-asked", OneOrMore(_LINE),
        "questions that are never asked: `NAME`, `NAME TYPE`, or `9.113.0.203.*` for DNS lists"),
    Key("asked-nothing", Word("yes", ("yes", "true")), "no DNS question at all"),
)  # fmt: skip
_ABOUT = (
    Key("description", _LONG, "what it shows"),
    Key("comment", _LONG, "anything else"),
    Key("spec", OneOrMore(_LINE), "the section of a specification, as in the RFC 7208 test suite"),
)
JUDGED = (
    Key("expect", Later(lambda: EXPECT), "what is to be seen; at least one thing in each test"),
    Key("result", OneOrMore(Word("an SPF result", (*SPF_RESULTS, UNCHECKED))),
        "the SPF result, or several that will do, as in the RFC 7208 test suite; unchecked if there need be none"),
    Key("without", OneOrMore(Word("a guard", tuple(GUARDS))), "guards to switch off"),
    Key("limit", _SECONDS, "how long a reply, and the end of the log, is waited for; 30, if it is not said"),
    Key("introduced", FLAG, "yes: where postscreen has tests after the greeting, each client has passed them before"),
)  # fmt: skip
_SESSIONS = (
    Key("sessions", ListOf(Later(lambda: ONE_SESSION)), "several sessions, with what each says differently"),
    Key("in-turn", FLAG, "yes: the sessions are held one after the other, not at the same time"),
)
_ROW = Later(lambda: ROW)
_CASES = Either(items=ListOf(Either(items=ListOf(Anything()), table=_ROW)))
_ENDS = (
    Key("xfail", _REASON, "why it fails; it is red when it passes"),
    Key("skip", _REASON, "why it is not run"),
)
_CELLS = Keys("a matrix", (
    Key("debian", ListOf(_DEBIAN), "releases"),
    Key("chroot", ListOf(_CHROOT), "chroot states"),
    Key("main", TableOf(_OVERRIDES, _LABEL), "sets of main.cf parameters by a label"),
    Key("policyd_spf", TableOf(_OVERRIDES, _LABEL), "sets of policyd-spf.conf settings by a label"),
))  # fmt: skip
_MATRIX = (Key("matrix", _CELLS, "a test for each combination of these"),)

EXPECT: Keys = Keys("`expect`", (*SESSION_EXPECT, *SEEN_EXPECT))
ONE_EXPECT: Keys = Keys("`expect` of a session", SESSION_EXPECT)
ONE_SESSION: Keys = Keys("a session", (
    Key("case", _LABEL, "what the report calls it, where several verdicts will do"),
    *SESSION, Key("expect", Later(lambda: ONE_EXPECT), "what is to be seen of it"),
))  # fmt: skip
_LATER = Text("a span of time", SPAN, "write it as in 61s, 5h or 4d 23h")
_STEP_LATER = Key("later", _LATER, "how much later than in the step before it is for Postfix, as in 61s, 5h or 4d 23h")
STEP: Keys = Keys("a step", (*_ABOUT, _STEP_LATER, *WORLD, *SESSION, *_SESSIONS, *JUDGED))
_STEPS = (Key("steps", ListOf(Later(lambda: STEP)), "one run after the other, each in a world of its own"),)
_COMMON = (*_ABOUT, *SETUP, *WORLD, *SESSION, *_SESSIONS, *_STEPS, *_MATRIX, *JUDGED, *_ENDS)
_EACH = Key("each", Word("a thing that a configuration may name", tuple(EACH)),
            "a test for each of these that the configuration has; $list and others are about it")  # fmt: skip
TEST: Keys = Keys("a test", (*_COMMON, _EACH, Key("cases", _CASES, "a table in which each row is a test")))
DEFAULTS = Keys("`defaults`", (*SESSION, *JUDGED))
ROW: Keys = Keys("a row", (
    Key("case", _LABEL, "the name of the row; its number, if it is not said"),
    *SETUP, *WORLD, *SESSION, *JUDGED, *_ENDS, *SESSION_EXPECT, *SEEN_EXPECT,
    Key("description", _LONG, "what it shows"),
))  # fmt: skip
_TESTS = TableOf(Later(lambda: TEST), _TEST)
FILE = Keys("the file", (
    Key("schema", Word("a version of this language", (SCHEMA,)), "the version of this language: postfix-lab/v1"),
    *_ABOUT,
    Key("include", OneOrMore(_LINE), "files whose world, setup and defaults count here too, relative to this one"),
    Key("defaults", DEFAULTS, "what each test says unless it says something else"),
    *SETUP, *WORLD, *_MATRIX,
    Key("tests", _TESTS, "the tests by name"),
    Key("scenarios", _TESTS, "the same under another name"),
), needs=("schema",))  # fmt: skip


def all_tables() -> tuple[Keys, ...]:
    """Every table of known keys, however deep, each once."""
    found: dict[str, Keys] = {}

    def walk(kind: Kind | None) -> None:
        match kind:
            case Keys() if kind.what not in found:
                found[kind.what] = kind
                for key in kind.keys:
                    walk(key.kind)
            case OneOrMore(inner) | ListOf(inner) | TableOf(inner):
                walk(inner)
            case Either(scalar, items, table):
                for form in (scalar, items, table):
                    walk(form)
            case Later():
                walk(kind.kind())
            case _:
                return

    walk(FILE)
    return tuple(found.values())
