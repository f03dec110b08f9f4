"""Placeholders of template languages: found, filled in, and told where they are not."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.source import Source
from postfix_lab.fit.templates import fill, parse_definitions, require_filled


def source(main: str, **files: str) -> Source:
    return Source("/shop", {"main.cf": main, **{name.replace("_", "."): text for name, text in files.items()}}, master="master.cf" if "master_cf" in files else "")


@pytest.mark.parametrize(
    "written",
    ["${HOST}", "$(HOST)", "$HOST", "${HOST:-mx}", "${HOST-}", "{{ HOST }}", "{{HOST | default('x')}}", "{{- HOST -}}", "<%= HOST %>", "<%= @HOST -%>",
     "@HOST@", "@@HOST@@", "%HOST%", "%%HOST%%", "__HOST__"],
)  # fmt: skip
def test_each_spelling(written: str) -> None:
    """Its value takes the place of all of it; without one it is told with its place."""
    template = source(f"# {written} is no parameter\nmyhostname = a-{written}.test\n")
    with pytest.raises(InputError, match=r"these want a value: HOST \(main.cf:2\); give each with --define HOST=VALUE") as told:
        require_filled(template)
    assert (told.value.file, told.value.line) == ("/shop/main.cf", 2)
    filled = fill(template, {"HOST": "mx"})
    assert filled.files["main.cf"].splitlines()[1] == "myhostname = a-mx.test"
    require_filled(filled)


@pytest.mark.parametrize(
    "text",
    [
        "MY_NAME = mx\nmyhostname = $MY_NAME.lab.test\n",
        'mailbox_command = procmail -a "$EXTENSION" DEFAULT=$HOME/Maildir/\n',
        "smtpd_banner = $myhostname ${mail_name?x}{{}} $$\n",
        "virtual_alias_maps = inline:{{a@b = c@d}, {e = f}}\n",
        "mydestination = @example %n __x__\n",
        "# {{ nothing }} {% if %}\n",
    ],
)
def test_what_is_none(text: str) -> None:
    """Parameters that main.cf sets itself, the environment of commands, Postfix's own braces, comments."""
    require_filled(source(text))
    assert fill(source(text), {}).files["main.cf"] == text


def test_all_names_with_their_places() -> None:
    """Each once, in main.cf and master.cf; an option of master.cf may set a parameter."""
    lines = "".join(f"a{n} = $N{n}X\n" for n in range(9))
    master = "smtp inet n - y - - smtpd\n -o OWN=x -o b={{ tail.of['it'] }}\n"
    with pytest.raises(InputError, match=r"N0X \(main.cf:1\), .*N7X \(main.cf:8\) and 2 more; give each with --define N0X=VALUE"):
        require_filled(source(lines + "c = $N0X\n", master_cf=master))
    with pytest.raises(InputError, match=r"tail.of\['it'\] \(master.cf:2\)"):
        require_filled(source("", master_cf=master))


@pytest.mark.parametrize("text", ["{% if tls %}\n", "<% if tls %>\n"])
def test_statement(text: str) -> None:
    """What no value can fill in is told as such."""
    with pytest.raises(InputError, match="is no Postfix; fill it in before") as told:
        require_filled(source(f"a = b\n{text}"))
    assert told.value.line == 2


def test_values_in_every_file() -> None:
    """Tables have placeholders as well; a name that nothing wants is a mistake."""
    template = source("myhostname = ${HOST}\n", users="bob@@DOMAIN@ x\n")
    filled = fill(template, {"HOST": "mx.shop.test", "DOMAIN": "shop.test"})
    assert filled.files == {"main.cf": "myhostname = mx.shop.test\n", "users": "bobshop.test x\n"}
    with pytest.raises(InputError, match="nothing in the configuration wants a value for 'HOSTS'; did you mean HOST"):
        fill(template, {"HOSTS": "x"})
    with pytest.raises(InputError, match="there is no placeholder in the folder"):
        fill(source(""), {"HOSTS": "x"})


def test_definitions() -> None:
    """A value may be empty and may hold an equals sign."""
    assert parse_definitions(["A=b=c", "B="]) == {"A": "b=c", "B": ""}
    for odd in ("A", "=x"):
        with pytest.raises(InputError, match=f"'{odd[:1]}' gives no value; write NAME=VALUE"):
            parse_definitions([odd])
