"""Scenarios in YAML, in two phases: `read/` knows the language and no Postfix, `bind/` makes what was read fit a setup.

`vocabulary/` declares every key, for the reader, the JSON Schema and the reference; `write/` is the way back. The door
is `bind.play.plays(path, wanted)`: the tests of a file that can be run.
"""
