"""Clients that misbehave: each name makes one thing of an ordinary dialogue go wrong, and nothing else."""

from lab.scenario.misbehaviour.change import Misbehaviour
from lab.scenario.misbehaviour.chunk import ABUSES, bdat
from lab.scenario.misbehaviour.crowd import crowd, many_recipients
from lab.scenario.misbehaviour.line import half_closed, reset_in_data, slow
from lab.scenario.misbehaviour.octet import (
    bare_cr,
    bare_lf,
    eight_bit,
    endless_header,
    endless_headers,
    lf_commands,
    long_command,
    long_line,
    nul,
)
from lab.scenario.misbehaviour.order import early_talk, ehlo_again, pipelined, starttls_injection
from lab.scenario.misbehaviour.smuggling import SMUGGLING, smuggled

__all__ = [
    "ABUSES",
    "SMUGGLING",
    "Misbehaviour",
    "bare_cr",
    "bare_lf",
    "bdat",
    "crowd",
    "early_talk",
    "ehlo_again",
    "eight_bit",
    "endless_header",
    "endless_headers",
    "half_closed",
    "lf_commands",
    "long_command",
    "long_line",
    "many_recipients",
    "nul",
    "pipelined",
    "reset_in_data",
    "slow",
    "smuggled",
    "starttls_injection",
]
