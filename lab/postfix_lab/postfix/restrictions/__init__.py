"""Which restrictions Postfix evaluated, in which order, with which result, from smtpd's verbose log.

`trace.py` reads what was evaluated, `restriction.py` and `stages.py` the configured lists; `evaluation.py` combines
them. What neither contains is unknown and is not guessed.
"""

from __future__ import annotations

from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions.evaluation import EvaluatedCommand, Evaluation, Result, Step, evaluate
from postfix_lab.postfix.restrictions.restriction import Restriction

__all__ = ["EvaluatedCommand", "Evaluation", "Place", "Restriction", "Result", "Step", "evaluate"]
