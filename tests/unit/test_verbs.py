"""Verbs: one signature for both ends, for mypy and while running."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol, cast

import pytest

from postfix_lab.engine.container import Container
from postfix_lab.engine.control_stream import Stream
from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.agent import Agent
from postfix_lab.inside.internet.agent_verbs import AgentVerbs
from postfix_lab.inside.mailhost import init
from postfix_lab.json_lines import decode, encode
from postfix_lab.runtime.init_process import InitProcess
from postfix_lab.runtime.internet import Internet
from postfix_lab.standing.keeper_protocol import KeeperConnection
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.verbs import OBJECTS, ROWS, Tell, aside, find_verb, verb_of, verbs_of


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


class Pair(NamedTuple):
    number: int
    text: str


class Example(Protocol):
    def add(self, points: list[Point], *, scale: float = 1.0) -> Point:
        """A verb with values that JSON has not."""
        ...

    def watch(self, names: list[str], tell: Tell[Point]) -> None:
        """A verb that tells parts."""

    @aside
    def wait(self) -> bool:
        """A verb that may be answered late."""
        ...

    def pair(self) -> Pair:
        """A verb that returns a tuple with names."""
        ...

    def _hidden(self) -> None:
        """No verb."""


def crossed(value: object, write: Callable[[Any], Any] = OBJECTS.write) -> Any:
    """The value as it arrives at the other end."""
    return (decode(encode({"value": value}, default=write)) or {})["value"]


def test_the_verbs_of_a_declaration() -> None:
    """Its public methods, in their order; some are answered aside."""
    assert list(verbs_of(Example)) == ["add", "watch", "wait", "pair"]
    assert [name for name, verb in verbs_of(Example).items() if verb.aside] == ["wait"]
    with pytest.raises(InputError, match="'_hidden' is no verb; there are add, watch, wait, pair"):
        find_verb(Example, "_hidden")


def test_arguments_cross_as_their_types() -> None:
    """By place or by name, with or without what has a default."""
    verb = verb_of(Example.add)
    arguments, tell = verb.arguments(([Point(1), Point(2, 3)],), {"scale": 2.0})
    assert tell is None
    assert verb.read_arguments(crossed(arguments), print) == {"points": [Point(1), Point(2, 3)], "scale": 2.0}
    assert verb.arguments(([],), {})[0] == {"points": []}


@pytest.mark.parametrize("codec", [OBJECTS, ROWS])
def test_values_and_parts_cross_as_their_types(codec: Any) -> None:
    """As objects and as rows."""
    assert verb_of(Example.add).read_value(codec, crossed(Point(1, 2), codec.write)) == Point(1, 2)
    assert verb_of(Example.watch).read_part(codec, crossed(Point(1, 2), codec.write)) == Point(1, 2)
    assert verb_of(Example.pair).read_value(codec, crossed(Pair(1, "x"))) == Pair(1, "x")


def test_what_takes_the_parts_does_not_cross() -> None:
    """It is kept at the end that asks; the verb is given another one."""
    verb = verb_of(Example.watch)
    told: list[Point] = []
    arguments, tell = verb.arguments((["a"], told.append), {})
    assert arguments == {"names": ["a"]}
    assert tell is not None
    tell(Point(1))
    assert told == [Point(1)]
    assert verb.read_arguments(crossed(arguments), print) == {"names": ["a"], "tell": print}


@pytest.mark.parametrize(
    "function, arguments",
    [
        (Example.add, {}),
        (Example.add, {"points": [], "more": 1}),
        (Example.add, {"points": 3}),
        (Example.add, {"points": [], "scale": "2"}),
        (Example.watch, {"names": ["a", 1]}),
        (Example.watch, {"names": "ab"}),
        (Example.watch, {"names": [], "tell": 1}),
    ],
)
def test_arguments_that_do_not_fit(function: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Whoever forges them hears it in words, and the verb is not reached."""
    with pytest.raises(LabError):
        verb_of(function).read_arguments(arguments, print)


@pytest.mark.parametrize(
    "function, value",
    [
        (Example.wait, 1),
        (Example.wait, None),
        (Example.pair, [1]),
        (Example.pair, ["x", 1]),
        (Example.pair, None),
        (Example.watch, 0),
        (Example.add, []),
    ],
)
def test_values_that_do_not_fit(function: Callable[..., Any], value: Any) -> None:
    """A container in which somebody is root may answer anything."""
    with pytest.raises(LabError):
        verb_of(function).read_value(OBJECTS, value)


def test_a_wrong_call_is_an_error() -> None:
    """For mypy, which would call one of these comments unused if it were not, and while running."""
    container = cast("Container", SimpleNamespace(stream=Stream.__new__(Stream)))
    host, keeper, internet = InitProcess(container), KeeperConnection.__new__(KeeperConnection), Internet.__new__(Internet)
    internet.container = container
    with pytest.raises(AttributeError):
        internet._ask(AgentVerbs.latset)  # type: ignore[attr-defined] # no such verb
    with pytest.raises(TypeError):
        internet._ask(AgentVerbs.barrier)("token", 1)  # type: ignore[call-arg] # one is missing
    with pytest.raises(TypeError):
        internet._ask(AgentVerbs.latest)(after=1)  # type: ignore[call-arg] # there is none of that name
    with pytest.raises(AttributeError):
        internet._ask(AgentVerbs.note)(7)  # type: ignore[arg-type] # a text is wanted
    with pytest.raises(AttributeError):
        keeper.ask(KeeperVerbs.examin)  # type: ignore[attr-defined] # no such verb
    with pytest.raises(TypeError):
        keeper.ask(KeeperVerbs.execute)()  # type: ignore[call-arg] # one is missing
    with pytest.raises(AttributeError):
        host.ask(init.rnu)  # type: ignore[attr-defined] # no such verb
    with pytest.raises(TypeError):
        host.ask(init.await_tcp_port)("localhost")  # type: ignore[call-arg] # one is missing


def test_the_agent_implements_every_verb() -> None:
    """With the declared parameters."""
    for name in verbs_of(AgentVerbs):
        assert inspect.signature(vars(Agent)[name]) == inspect.signature(vars(AgentVerbs)[name])
