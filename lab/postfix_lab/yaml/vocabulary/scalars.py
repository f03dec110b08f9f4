"""The kinds of scalar values in YAML scenarios, each with its pattern."""

from __future__ import annotations

from typing import get_args

from postfix_lab.dns.fault import FaultKind
from postfix_lab.fit.chroot import Chroot
from postfix_lab.fit.collaborators import stand_ins
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.verdict.checks.mail import SPF_RESULTS
from postfix_lab.yaml.read.value_kind import Number, OneOf, TableOf, Text

LINE, LONG = Text(), Text(long=True)
ADDRESS = Text("an IP address", "[0-9A-Fa-f:.]+")
NAME = Text("a domain name")
REASON = Text("a reason", r".*\S.*", "say in a sentence why")
TEST_NAME = Text("a name for a test", r"[A-Za-z0-9][\w.+-]*", "letters, digits, and . _ + - between them")
LABEL = Text("a label", r"[A-Za-z0-9][\w.+-]*", "letters, digits, and . _ + - between them")
PARAMETER = Text("the name of a parameter", r"[A-Za-z0-9_-]+")
OVERRIDES = TableOf(LONG, PARAMETER)
OPTION = Text("an option of resolv.conf", r"[a-z0-9-]+(:\d+)?", "write trust-ad, edns0, use-vc, ndots:1, ...")
TABLE = Text("the name of a table", r"[a-z]+(:[a-z]+)?:\S+", "as in mysql:/etc/postfix/users.cf")
ENTRIES = TableOf(LINE, Text("the key of an entry", r"[^\s#]\S*", "it is one word"))
MILTER = OneOf("a behaviour of a stand-in", stand_ins("milter"))
POLICY = OneOf("a behaviour of a stand-in", stand_ins("policy"))
FILTER = OneOf("a behaviour of a stand-in", stand_ins("filter"))
STAGE = OneOf("a stage", get_args(Stage))
MATCH = Text("a text, or a regular expression between slashes")
CODE = Text(
    "an SMTP reply code", "[2-5][0-9xX][0-9xX]|6[4-9]|7[0-8]",
    "write 450, or 4xx for any of them; 64 to 78 is an exit status of sendmail(1)",
)  # fmt: skip
ENHANCED = Text("an enhanced status code", r"[245]\.\d{1,3}\.\d{1,3}", "write it as in 4.7.1")
DEBIAN = OneOf("a release of Debian that the lab has", tuple(map(str, RELEASES)))
CHROOT = OneOf("a chroot state", tuple(Chroot))
SPF = OneOf("an SPF result", SPF_RESULTS)
SECONDS = Number("a number of seconds", 0.001, 3600, whole=False)
FAILURES = tuple(kind for kind in FaultKind if kind is not FaultKind.DELAY)
EACH = OneOf("a thing that a configuration may name", ("block-list", "other-list", "no-list", "gateway"))
"""Lists that refuse the clients that they have; lists that do not, or only together; that there is none; gateways."""
