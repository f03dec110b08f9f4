"""The canary comes as the configuration wants a good client to come, and leaves nothing to the test behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postfix_lab import LabError, MakeRemote, Scene, accepted, refused
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target

pytestmark = pytest.mark.mail_host(debian=12)
SEED = CONFIGURATIONS / "seed"
USERS_ALONE = {"smtpd_sasl_auth_enable": "yes", "smtpd_client_restrictions": "permit_sasl_authenticated, reject"}
REFUSES = {"smtpd_recipient_restrictions": "reject"}
DEEP = {
    "postscreen_greet_wait": "1s", "postscreen_non_smtp_command_enable": "yes", "postscreen_cache_map": "btree:$data_directory/postscreen_cache",
}  # fmt: skip
MAIN = """compatibility_level = 3.6
myhostname = mx.shop.example
mydestination = $myhostname, shop.example
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = check_policy_service unix:private/once
alias_maps =
local_recipient_maps =
"""
MASTER = """smtp inet n - y - 1 smtpd
pickup unix n - y 60 1 pickup
cleanup unix n - y - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - y 1000? 1 tlsmgr
rewrite unix - - y - - trivial-rewrite
bounce unix - - y - 0 bounce
defer unix - - y - 0 bounce
trace unix - - y - 0 bounce
verify unix - - y - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - y - - smtp
local unix - n n - - local
lmtp unix - - y - - lmtp
error unix - - y - - error
retry unix - - y - - error
discard unix - - y - - discard
anvil unix - - y - 1 anvil
scache unix - - y - 1 scache
once unix - n n - 0 spawn user=nobody argv=/usr/bin/python3 -u /etc/postfix/once.py
"""
ONCE = """import sys
asked = 0
for line in sys.stdin:
    if line == "\\n":
        asked += 1
        print("action=DUNNO" if asked == 1 else "action=REJECT asked before", end="\\n\\n", flush=True)
"""
"""A policy service that answers each connection once."""


@pytest.fixture
def start(lab: Scene) -> Callable[[Setup], None]:
    """Bring the mail host into a setup as before a test, with its canary."""

    def to(setup: Setup) -> None:
        lab.executor.prepare(Target(12, setup))

    return to


@pytest.mark.parametrize("changes", [USERS_ALONE, DEEP], ids=["login", "second visit"])
def test_a_good_client_is_seen(start: Callable[[Setup], None], changes: dict[str, str]) -> None:
    """The setup is taken, and one that refuses such a client is not, though it refuses the stranger as well."""
    setup = Setup(CONFIGURATIONS / "strict" if changes is DEEP else SEED, changes)
    assert setup.fit().canary.recipient
    start(setup)
    with pytest.raises(LabError, match="a good client's mail was not accepted"):
        start(Setup(setup.configuration, {**changes, **REFUSES}))


def test_nothing_of_the_second_visit_stays(lab: Scene, start: Callable[[Setup], None], remote: MakeRemote) -> None:
    """The canary's own address is new to postscreen again."""
    setup = Setup(CONFIGURATIONS / "strict", DEEP)
    start(setup)
    seen = lab.run(lab.start(12, setup), remote("198.51.100.125", name="canary.example").session())
    lab.check(seen, refused("RCPT", 450, "4.3.2"), without=["quiet-log"])  # strict asks lists that are not in this world


def test_a_greylister_may_defer(lab: Scene, start: Callable[[Setup], None], remote: MakeRemote) -> None:
    """The good client's deferral is enough, another refusal is not; the next client is new to the greylister."""
    asks = {"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023"}
    setup = Setup(SEED, asks, policy="postgrey")
    start(setup)
    lab.check(lab.run(lab.start(12, setup), remote("203.0.113.10", name="mail.good.example").session()), refused("RCPT", 450, "4.2.0", "Greylisted"))
    with pytest.raises(LabError, match="a good client's mail was not accepted"):
        start(Setup(SEED, {**asks, "smtpd_helo_restrictions": "reject"}, policy="postgrey"))


def test_no_policy_connection_stays(lab: Scene, start: Callable[[Setup], None], remote: MakeRemote, tmp_path: Path) -> None:
    """A service that remembers whom it answered meets the test's client as its first one, in each test."""
    for name, text in {"main.cf": MAIN, "master.cf": MASTER, "once.py": ONCE}.items():
        (tmp_path / name).write_text(text)
    setup = Setup(tmp_path)
    client = remote("203.0.113.10", name="mail.good.example")
    for _ in range(2):
        start(setup)
        host = lab.start(12, setup)
        first, second = (lab.run(host, client.session(to="bob@shop.example")) for _ in range(2))
        lab.check(first, accepted())
        lab.check(second, refused("RCPT", 554, text="asked before"))
