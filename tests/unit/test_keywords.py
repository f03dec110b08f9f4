"""A keyword of a setup, and one of a session, means the same at every door: Python, YAML, the command line, documents."""

from __future__ import annotations

from dataclasses import fields

import click

from postfix_lab.cli import cli, options
from postfix_lab.cli.session_options import SessionOptions
from postfix_lab.fit.choices import Choices, StandIns
from postfix_lab.fit.chroot import Chroot
from postfix_lab.runtime.setup import CHOICES, Setup
from postfix_lab.yaml.read.value_kind import OneOf
from postfix_lab.yaml.vocabulary.keys import SESSION, SETUP

SETUP_FIELDS = {field.name for field in fields(Setup)}
NOT_IN_YAML = {
    "clock": "a test with `later` has it",
    "configuration": "its key is `config`, as in the marker",
    "trace": "the command line asks for an explanation",
}
ONLY_IN_YAML = {
    "config": "`configuration`, by a name",
    "debian": "releases, of which each is a test",
    "given": "when the test makes sense",
}
IN_YAML = {  # option of `send` -> key of a session, where they are called otherwise
    "client": "host", "sender": "mailfrom", "tlsc": "tls", "mechanism": "auth", "auth_user": "auth", "auth_password": "auth",
}  # fmt: skip
ONLY_ON_THE_COMMAND_LINE = {
    "body": "a part of the message", "headers": "the same",
    "timeout": "YAML has `limit` for a test", "zones": "a key of the world", "config": "a key of the setup",
    "chroot": "the same", "stand_ins": "the same", "no_lab_records": "the same, `lab_records`", "debian": "the same",
    "main": "the same", "entries": "the key tables of the setup", "tables": "the key csv of the setup", "at": "the same", "define": "the same", "milter": "the same", "policy": "the same", "filter": "the same", "delivery": "the same",
    "faults": "a key of the world", "engine": "an option of `run`",
}  # fmt: skip


def test_setup_in_yaml() -> None:
    """Each keyword of a setup is a key of YAML and the other way round, but for those with a reason."""
    keys = {key.name.replace("-", "_") for key in SETUP}
    assert keys - set(ONLY_IN_YAML) == SETUP_FIELDS - set(NOT_IN_YAML)
    assert set(ONLY_IN_YAML) <= keys
    assert set(NOT_IN_YAML) <= SETUP_FIELDS


def test_words_of_a_setup() -> None:
    """A keyword that takes one of several words has the same words and the same default in Python and in YAML."""
    named = {key.name.replace("-", "_"): key.kind for key in SETUP}
    kinds = {name: kind for name, kind in named.items() if name in CHOICES}
    assert {name: set(kind.words) for name, kind in kinds.items() if isinstance(kind, OneOf)} == {
        name: {str(word) for word in words} for name, (words, _) in CHOICES.items()
    }
    defaults = {field.name: field.default for field in fields(Setup) if field.name in CHOICES}
    assert defaults == {name: usual for name, (_, usual) in CHOICES.items()}


def test_choices_of_the_fit() -> None:
    """What the fit is told of a setup has the names that the setup has, and the same defaults."""
    inner = {field.name: field.default for field in fields(Choices)} | {"addresses": None}
    outer = {field.name: field.default for field in fields(Setup)}
    assert {name for name in inner if name not in outer} == {"addresses", "beside"}
    assert {name: inner[name] for name in CHOICES if name in inner} == {name: outer[name] for name in CHOICES if name in inner}


def test_session_on_the_command_line() -> None:
    """The options of `send` and `explain` are the fields that their session is made of."""
    context = click.Context(cli)
    for name in ("send", "explain"):
        command = cli.get_command(context, name)
        assert command is not None
        assert {parameter.name for parameter in command.params} == {f.name for f in fields(SessionOptions)} | {"as_json"}


def test_session_in_yaml() -> None:
    """What a session's option says can be said in YAML, by the same name or by the one that stands here."""
    keys = {key.name.replace("-", "_") for key in SESSION}
    named = {IN_YAML.get(field.name, field.name).replace("-", "_") for field in fields(SessionOptions)}
    assert named - keys - set(ONLY_ON_THE_COMMAND_LINE) == set()
    assert {name for name in ONLY_ON_THE_COMMAND_LINE if name in keys} == set()


def test_states_of_the_chroot() -> None:
    """The command line spells the states out, since it does not load what knows them."""
    (option,) = options.chroot(lambda: None).__click_params__  # type: ignore[attr-defined] # click keeps them there
    assert option.type.choices == tuple(map(str, Chroot))


def test_words_of_stand_ins() -> None:
    """So they are for what has a stand-in."""
    (option,) = options.stand_ins(lambda: None).__click_params__  # type: ignore[attr-defined] # click keeps them there
    assert tuple(option.type.choices) == tuple(map(str, StandIns))
