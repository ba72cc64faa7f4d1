"""What simulators of HTTP endpoints share: a server in a thread of its own, and a script of what goes wrong."""

from tidegate_simulators.web.courier import Courier
from tidegate_simulators.web.faulty import answer
from tidegate_simulators.web.script import Entry, Fault, Script
from tidegate_simulators.web.served import Served

__all__ = ["Courier", "Entry", "Fault", "Script", "Served", "answer"]
