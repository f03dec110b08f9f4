"""`postfix-lab check`: a configuration is started, tried and looked through, and what is wrong with it is found.

`written.py` is the configuration as the admin wrote it, `plan.py` says what is tried, `examine.py` tries it in a
lab, `seen.py` is what was seen. The other modules are pure: each reads one kind of finding from what was written and
what was seen. `judge.py` asks all of them, `report.py` tells.
"""
