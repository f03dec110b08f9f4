"""What `postfix-lab check` does: start a configuration, probe it, and report what is wrong with it.

`as_written.py` is the configuration as the admin wrote it, `probes.py` says what is tried, `examine.py` tries it in a
lab, `examined.py` is what was seen. The other modules are pure: each reads one kind of finding from what was written
and what was seen. `findings.py` asks all of them, `audit_report.py` prints them.
"""
