"""What a pytest test holds in its hands: its scene (the fixture `lab`), and what adds to the world of that scene."""

from postfix_lab.scene.dns import Dns
from postfix_lab.scene.remote import MakeRemote, Remote
from postfix_lab.scene.scene import CompletedRun, Scene

__all__ = ["CompletedRun", "Dns", "MakeRemote", "Remote", "Scene"]
