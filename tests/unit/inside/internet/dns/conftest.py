"""A running DNS for the tests of this folder."""

from tests.unit.running_dns import _hear, _question, _tell, dns

__all__ = ["_hear", "_question", "_tell", "dns"]
