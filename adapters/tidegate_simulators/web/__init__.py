"""What simulators of HTTP endpoints share: a server in a thread of its own, and a script of what goes wrong."""

from tidegate_simulators.web.script import Entry, Fault, Script
from tidegate_simulators.web.served import Served

__all__ = ["Entry", "Fault", "Script", "Served"]
