"""The parsers of main.cf and master.cf agree with postconf(1) of each release, whatever octets the files hold."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from postfix_lab import InputError, MailHost
from postfix_lab.postfix.files import main_cf, master_cf
from postfix_lab.postfix.files.lines import BLANKS
from postfix_lab.postfix.files.master_cf import Service

pytestmark = pytest.mark.mail_host(debian=(11, 12, 13))

FOLDER = "/tmp/postconf"
TRIED = settings(
    max_examples=4, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
AT_ONCE = 40
"""Files that one shell command is about."""

BLANK = st.sampled_from([" ", "  ", "\t", "\n ", "\r\n\t", "\n# c = d\n  ", "\n\n  \t\n #\n "])
GAP = st.one_of(BLANK, st.sampled_from([" \f ", "\n\v ", "\n\f", "\r"]))
ODD = st.sampled_from(["\f", "\v", "\x85", "\u2028", "\u00a0", "\udc85", "\x1c", "é", "\0", "#", "=", "{", "}", "\\"])
WORD = st.lists(st.one_of(st.sampled_from(["a", "b.c", "1:2", "x,y", "{p q}"]), ODD), min_size=1, max_size=3).map("".join)
NAME = st.sampled_from(["relayhost", "smtpd_banner", "mydestination", "mynetworks", "smtpd_client_restrictions"])
SIGN = st.sampled_from([*[" = ", "=", "\t=\f", "\n = ", " =\n  ", "=="] * 5, "\0=", " ", " x="])
END = st.sampled_from(["\n", "\n\n", "\r\n", " \f\n", "\n# comment\n", "\n\t# = \x85\u2028\n"])


ENTRY = st.sampled_from([
    *["smtp inet n - y - - smtpd", "smtp inet n y n 0 0 smtpd", "smtp unix - - - - 1 smtp", "smtp unix n n y 60? - smtp",
      "[::1]:25 inet n - - - - smtpd", "x-y pass y - n - 0 smtpd", "z\u00a0\x85 fifo - n - 1? - qmgr", "p unix-dgram n - n - 1 l"] * 4,
    "smtp inet n - y - smtpd", "smtp inet n maybe y - - smtpd", "smtp\finet n - y - - smtpd", "smtp inet\f n - y - - smtpd",
])  # fmt: skip
SETTING = st.sampled_from([
    "a=1", "b=", "a==x", "a=1,2", "a=x{ y z }", "{ a = 1  2 }", "{b=}", "{\n a\n# c\n = {x} y }", "a=\x85\u2028", "a=\f1\f",
    "a=\0", "b", "=x", "{ a }", "{a=1}x", "{a=1",
])  # fmt: skip
# No name has an "o" in it: unlike getopt(3), postconf(1) takes `-omyorigin=x` for `-o my -o rigin=x`.
FLAG = st.sampled_from(["-v", "-D", "-vv"])
OPTION = st.one_of(FLAG, st.builds("{}{}{}".format, st.sampled_from(["-o", "-vo"]), BLANK, SETTING), SETTING.map("-o{}".format))
ARGUMENT = st.sampled_from(["x", "reject", "flags=R", "argv=/x", "-o", "a=b", "{u  v}", "w{u v}", "--", "-", "\x85", "a\fb", "}"])


@st.composite
def main_files(draw: st.DrawFn) -> str:
    """A main.cf of settings in many spellings; now and then with a line that is none."""
    text = draw(st.sampled_from(["", "", "# a\u2028b = c\n", "\n\f\n", " mynetworks = 1\n x\n"]))
    for _ in range(draw(st.integers(1, 6))):
        value = "".join(draw(st.lists(st.one_of(GAP, WORD, WORD), max_size=6)))
        text += draw(NAME) + draw(SIGN) + value + draw(END)
    return text


@st.composite
def master_files(draw: st.DrawFn) -> str:
    """A master.cf of entries in many spellings, some of them twice; now and then with a field that is wrong."""
    text = draw(st.sampled_from(["", "", "# x inet\x85y\n", " smtp inet n - y - - smtpd\n"]))
    for _ in range(draw(st.integers(1, 4))):
        gap, words = draw(BLANK), draw(ENTRY).split(" ")
        rest = draw(st.lists(st.tuples(BLANK, OPTION), max_size=4)) + draw(st.lists(st.tuples(BLANK, ARGUMENT), max_size=3))
        text += gap.join(words) + "".join(f"{blank}{word}" for blank, word in rest) + draw(END)
    return text


def postconf(mail_host: MailHost, name: str, texts: Sequence[str], *options: str) -> list[list[tuple[str, bool]]]:
    """What `postconf` prints for each text as that file, with each of the options, and whether it ended well."""
    other = {"main.cf": "master.cf", "master.cf": "main.cf"}[name]
    files = {f"{FOLDER}/{number}/{name}": text for number, text in enumerate(texts)}
    mail_host.write(files | {f"{FOLDER}/{number}/{other}": "" for number in range(len(texts))})
    asked = "; ".join(f"printf '\\001'; postconf -c $n {option} 2>/dev/null; printf '\\002%s' $?" for option in options)
    # All at once: a command of Postfix waits for a second before it ends with `fatal:`.
    each = f"for n in $(seq 0 {len(texts) - 1}); do n={FOLDER}/$n; ({asked}) >$n/said & done; wait"
    command = f"{each}; cat $(seq -f {FOLDER}/%g/said 0 {len(texts) - 1}) | base64 -w0; rm -r {FOLDER}"
    said = base64.b64decode(mail_host.shell(command)).decode("utf-8", "surrogateescape").split("\1")[1:]
    told = [(printed, status == "0") for printed, _, status in (one.partition("\2") for one in said)]
    return [told[n : n + len(options)] for n in range(0, len(told), len(options))]


def on_one_line(value: str) -> str:
    """As postconf(1) prints a value: one blank between two words."""
    return " ".join(re.split(f"[{BLANKS}]+", value)).strip(BLANKS)


def settings_of(printed: str) -> dict[str, str]:
    """Name and value of each line, as `-n` and `-P` print them."""
    pairs = (line.partition(" =") for line in printed.split("\n") if line)
    return {name: value.removeprefix(" ") for name, _, value in pairs if name != "config_directory"}


@given(texts=st.lists(main_files(), min_size=AT_ONCE, max_size=AT_ONCE))
@TRIED
def test_main_cf(mail_host: MailHost, texts: list[str]) -> None:
    """Each parameter has the value of `postconf -n`; where that ends with `fatal:`, the file is refused."""
    told = postconf(mail_host, "main.cf", texts, "-n")
    assert sum(well for [(_, well)] in told) > AT_ONCE // 2, "most files have to be some that Postfix reads"
    for text, [(printed, well)] in zip(texts, told, strict=True):
        if well:
            found = {name: on_one_line(p.value) for name, p in main_cf.in_effect(text).items()}
            assert found == settings_of(printed), repr(text)
        else:
            with pytest.raises(InputError):
                main_cf.read(text, "main.cf")


@given(texts=st.lists(master_files(), min_size=AT_ONCE, max_size=AT_ONCE))
@TRIED
def test_master_cf(mail_host: MailHost, texts: list[str]) -> None:
    """Entries are those of `postconf -M`, options those of `-P`; where it ends with `fatal:`, the file is refused."""
    told = postconf(mail_host, "master.cf", texts, "-M", "-P")
    assert sum(well for [(_, well), _] in told) > AT_ONCE // 2, "most files have to be some that Postfix reads"
    for text, [(entries, well), (options, _)] in zip(texts, told, strict=True):
        if not well:
            with pytest.raises(InputError):
                master_cf.read(text, "master.cf")
            continue
        printed = [line for line in entries.split("\n") if line]
        assert [_fields(service) for service in master_cf.entries(text)] == [_words(line)[:8] for line in printed], repr(text)
        if not _refused(text):  # What postconf(1) warns of and master(8) ends over is printed in a way of its own.
            assert [_rest(service) for service in master_cf.entries(text)] == list(map(_without_flags, printed)), repr(text)
            _same_options(text, settings_of(options))


def _fields(service: Service) -> list[str]:
    return [field.text for field in service.fields]


def _words(line: str) -> list[str]:
    """The eight fields of a line that `postconf -M` prints, and the rest."""
    return re.split(" +", line, maxsplit=8)


def _same_options(text: str, printed: dict[str, str]) -> None:
    services = {service.key: service for service in master_cf.services(text)}
    alone = [key for key in services if sum(one.key == key for one in master_cf.entries(text)) == 1]
    found = {f"{key}/{o.name}": on_one_line(o.value) for key in alone for o in services[key].options}
    assert found == {n: value for n, value in printed.items() if n.rpartition("/")[0] in alone}, repr(text)


def _refused(text: str) -> bool:
    try:
        master_cf.read(text, "master.cf")
    except InputError:
        return True
    return False


def _rest(service: Service) -> str:
    """Options and arguments, as `postconf -M` prints them; the first argument never gets its braces back."""
    options = [f"-o {_braced(o.setting.text, o.name, o.value)}" for o in service.options]
    first, others = service.arguments[:1], service.arguments[1:]
    words = [*options, *(word.text for word in first), *(_in_braces(word.text) for word in others)]
    return " ".join(words)


def _braced(setting: str, name: str, value: str) -> str:
    return _in_braces(f"{name}={value}" if setting.startswith("{") else setting)


def _in_braces(word: str) -> str:
    return f"{{{word}}}" if any(char in BLANKS for char in word) else word


def _without_flags(line: str) -> str:
    """What `postconf -M` prints behind the command, without the options that have no value."""
    rest = "".join(_words(line)[8:])
    while flag := re.match(r"((?:-o (?:\{(?:[^{}]|\{[^{}]*\})*\}|[^ ]+) )*)-[vD]+(?: |$)", rest):
        rest = flag[1] + rest[flag.end() :]
    return rest.rstrip(" ")
