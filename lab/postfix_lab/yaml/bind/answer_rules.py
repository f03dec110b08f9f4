"""Bind the rules of milters, policy services and tables, and the checks of what these were given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from postfix_lab.fit.filter_rules import MilterRule, PolicyRule, TableRule
from postfix_lab.verdict.checks import Check, milter_received, policy_received, table_asked
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node, list_items

if TYPE_CHECKING:
    from postfix_lab.scenario.world import Host

_CONDITIONS = ("stage", "to", "sender", "client", "helo", "server")
_SINGLE = ("says", *_CONDITIONS, "change-sender", "replace-body", "quarantine")
_LISTS = ("delete-headers", "add-recipients", "delete-recipients")
_TABLES = ("given", "add-headers", "change-headers")


def milter_rules(section: Section) -> tuple[MilterRule, ...]:
    """Return the rules of milters; words in them are not replaced, as in main.cf."""
    return tuple(_rule(node, MilterRule) for node in section.nodes("milter-rules"))


def policy_rules(section: Section) -> tuple[PolicyRule, ...]:
    """Return the rules of policy services; words in them are not replaced, as in main.cf."""
    return tuple(_rule(node, PolicyRule) for node in section.nodes("policy-rules"))


def table_rules(section: Section) -> dict[str, tuple[TableRule, ...]]:
    """Return the rules of each table by its name; words in them are not replaced, as in main.cf."""
    table = section.node("table-rules")
    named = table.pairs if isinstance(table, TableNode) else ()
    return {name.text: tuple(_table_rule(node) for node in list_items(rules)) for name, rules in named}


def request_checks(key: str) -> Callable[[YamlNode, Section, Mapping[str, Host]], Iterator[Check]]:
    """Return what binds `milter-received`, `policy-received` or `table-asked` under `expect`."""

    def checks(_: YamlNode, section: Section, __: Mapping[str, Host]) -> Iterator[Check]:
        for node in section.nodes(key):
            about = section.of(node)
            times = about.text("times")
            more: dict[str, Any] = {"answer": about.text("answer"), "times": int(times) if times else None}
            with at_node(node):
                if key == "table-asked":
                    yield table_asked(about.text("key") or "", **more)
                elif key == "milter-received":
                    yield milter_received(about.text("stage") or "", _given(about), **more)
                else:
                    yield policy_received(_given(about), stage=about.text("stage"), **more)

    return checks


def _given(about: Section) -> dict[str, str]:
    table = about.node("given")
    return {name.text: about.fill(value) for name, value in (table.pairs if isinstance(table, TableNode) else ())}


def _rule(node: YamlNode, make: Any) -> Any:
    about = Section({}, {}).of(node)
    keys: dict[str, Any] = {key: _text(about.node(key)) for key in _SINGLE if about.node(key) is not None}
    keys |= {key: tuple(map(_text, about.nodes(key))) for key in _LISTS if about.node(key) is not None}
    keys |= {key: _texts(about.node(key)) for key in _TABLES if about.node(key) is not None}
    if about.node("nth") is not None:
        keys["nth"] = int(_text(about.node("nth")))
    with at_node(node):
        return make(**{key.replace("-", "_"): value for key, value in keys.items()})


def _table_rule(node: YamlNode) -> TableRule:
    about = Section({}, {}).of(node)
    key = about.node("key")
    with at_node(node):
        return TableRule(
            _text(about.node("says")), None if key is None else _text(key), int(_text(about.node("nth")) or 0)
        )


def _text(node: YamlNode | None) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _texts(table: YamlNode | None) -> dict[str, str]:
    return {name.text: _text(value) for name, value in (table.pairs if isinstance(table, TableNode) else ())}
