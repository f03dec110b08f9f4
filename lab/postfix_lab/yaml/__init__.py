"""Scenarios in YAML: `plays(path, wanted)` reads a file and returns the tests that can be run."""
