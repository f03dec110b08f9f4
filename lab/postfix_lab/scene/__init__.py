"""What the pytest fixtures return: the scene of a test (`lab`), and what adds hosts and DNS to its world."""

from postfix_lab.scene.dns import Dns
from postfix_lab.scene.remote import MakeRemote, Remote
from postfix_lab.scene.scene import CompletedRun, Scene

__all__ = ["CompletedRun", "Dns", "MakeRemote", "Remote", "Scene"]
