"""Every key of a scenario in YAML, declared once with its kind of value: `keys.LANGUAGE`."""
