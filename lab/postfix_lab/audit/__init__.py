"""What `postfix-lab check` does: start a configuration, probe it, and report what is wrong with it.

`as_written.py` is the configuration as the admin wrote it, `probes.py` plans the probes, `examine.py` runs them in a
lab, `examined.py` holds the results. The other modules are pure: each derives one kind of finding from configuration
and results. `findings.py` calls all of them, `audit_report.py` prints them.
"""
