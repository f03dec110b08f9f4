"""A sheet: scenarios that somebody wrote in YAML. `sheet_of(path)` reads one, `plays` makes what can be run of it."""
