"""The start of a lab, in the order that lets the user see a first verdict soonest.

`LabAhead` (`ahead.py`) opens the lab in a thread of its own, before pytest is loaded; `launch.py` starts the containers
before the lab's own modules are loaded, and `seed_lab.py`, loaded meanwhile, boots the mail hosts in them. Two pieces
are elsewhere because of who may import whom: `engine/head_start.py` asks Docker for the containers without docker-py,
and `inside/internet/start.py`, which runs in the Internet, answers before it has loaded the agent.
docs/startup.md says what each piece buys, and lists every import of the package that is inside a function.
"""
