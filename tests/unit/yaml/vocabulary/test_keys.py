"""The one declaration of keys."""

from __future__ import annotations

from postfix_lab.yaml.vocabulary.keys import DEFAULTS, FILE, LANGUAGE, ONE_SESSION, STEP, TEST


def test_every_key_is_about_something() -> None:
    """Each has a sentence, without a bar that would end a table's cell; names of tables differ."""
    tables = LANGUAGE.tables()
    assert len(tables) > 15
    assert len({table.label for table in tables}) == len(tables)
    assert [key.name for table in tables for key in table.keys if not key.about or "|" in key.about] == []


def test_a_row_has_one_key_of_each_name() -> None:
    """A row has the keys of setup, world, session and `expect`; none of them may be another's."""
    for table in LANGUAGE.tables():
        assert len(table.by_name()) == len(table.keys), table.what


def test_how_layers_are_merged() -> None:
    """Tables of names by name, zones and faults joined; a key has one rule in all tables whose keys are layers."""
    rules = {rule: {key for key, own in LANGUAGE.merge_rules.items() if own == rule} for rule in ("by name", "join")}
    assert rules == {
        "by name": {"zonedata", "hosts", "main", "policyd_spf", "tables", "table-rules", "define", "given", "expect"}, "join": {"zones", "faults"},
    }  # fmt: skip
    layers = (FILE, DEFAULTS, TEST, STEP, ONE_SESSION)
    other = [key.name for table in layers for key in table.keys if key.merge != LANGUAGE.merge_rules.get(key.name, "replace")]
    assert other == []
