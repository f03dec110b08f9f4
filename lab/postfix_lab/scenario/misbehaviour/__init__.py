"""Clients that misbehave: each name changes one thing of an ordinary dialogue into an error, and nothing else."""

from postfix_lab.scenario.misbehaviour.bdat import ABUSES, bdat
from postfix_lab.scenario.misbehaviour.change import Misbehaviour
from postfix_lab.scenario.misbehaviour.connection import half_closed, reset_in_data, slow
from postfix_lab.scenario.misbehaviour.crowd import crowd, many_recipients
from postfix_lab.scenario.misbehaviour.octet import (
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
from postfix_lab.scenario.misbehaviour.smuggling import SMUGGLING, smuggled
from postfix_lab.scenario.misbehaviour.timing import early_talk, ehlo_again, pipelined, starttls_injection

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
