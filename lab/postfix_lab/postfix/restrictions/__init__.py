"""An EXPLAIN for Postfix: from smtpd's own verbose log to what was evaluated, in which order, with which result.

The log says what happened (`lines`, `record`), the configuration what might have (`restrictions`, `place`);
`evaluated` lays one over the other. What neither says is unknown, and is never guessed.
"""

from __future__ import annotations

from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions.evaluation import Command, Evaluation, Result, Step, evaluate
from postfix_lab.postfix.restrictions.restriction import Restriction

__all__ = ["Command", "Evaluation", "Place", "Restriction", "Result", "Step", "evaluate"]
