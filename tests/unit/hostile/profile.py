"""How hard the properties of this folder are tried: a fast and repeatable share in `make check`, or for long.

`make fuzz` says `--hypothesis-profile=long`, which is registered here before the tests are read.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
LIMIT = timedelta(seconds=20)
"""What takes longer is taken for a hang: it is counted by the clock on the wall, and a machine may be busy."""
LONG = "long"
settings.register_profile(
    LONG, max_examples=5_000, deadline=LIMIT, database=None, suppress_health_check=_SLOW, print_blob=True
)
_QUICK = settings(max_examples=10, deadline=LIMIT, database=None, derandomize=True, suppress_health_check=_SLOW)


def tried() -> settings:
    """The settings of a property: the quick ones, unless somebody asks for the long ones."""
    long = settings.get_current_profile_name() == LONG
    return settings.get_profile(LONG) if long else _QUICK
