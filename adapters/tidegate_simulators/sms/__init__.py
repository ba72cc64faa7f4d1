"""What the simulated SMS clouds share: texts, templates, limits by number, and what was taken."""

from tidegate_simulators.sms.limits import Frequencies, PerSecond, Window
from tidegate_simulators.sms.taken import Sms, Taken
from tidegate_simulators.sms.templates import Kind, Template
from tidegate_simulators.sms.texts import BEIJING, REFUSALS, beijing_time, has_address, now_utc, parts_of

__all__ = [
    "BEIJING",
    "REFUSALS",
    "Frequencies",
    "Kind",
    "PerSecond",
    "Sms",
    "Taken",
    "Template",
    "Window",
    "beijing_time",
    "has_address",
    "now_utc",
    "parts_of",
]
