"""The sweep: every DNS question of a scenario fails in turn, in every way, and what follows is a table."""
