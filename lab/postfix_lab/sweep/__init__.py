"""The sweep: repeat a scenario with each of its DNS questions failing in turn, and print the outcomes as a table."""
