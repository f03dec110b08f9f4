"""Registers the profile that `make fuzz` names, before pytest looks for it."""

from tests.unit.hostile import profile

__all__ = ["profile"]
