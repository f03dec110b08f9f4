"""Where the project's own files are: containers, configurations, zones."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTAINERS = ROOT / "containers"
CONFIGURATIONS = ROOT / "fixtures" / "postfix"
ZONES = ROOT / "fixtures" / "zones"
EVIDENCE = Path(".lab")
"""Relative to the folder that a command is typed in."""
