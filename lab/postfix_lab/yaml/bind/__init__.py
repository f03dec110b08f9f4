"""Bind tests that were read to a setup: worlds, sessions and checks that can be run and judged."""
