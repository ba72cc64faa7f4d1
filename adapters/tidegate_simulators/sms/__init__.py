"""What the simulated SMS clouds share: texts, templates, limits by number, and what was taken."""

from tidegate_simulators.sms.cloud import SmsCloud
from tidegate_simulators.sms.limits import Frequencies, Window
from tidegate_simulators.sms.taken import Sms
from tidegate_simulators.sms.templates import Kind, Template
from tidegate_simulators.sms.texts import BEIJING, REFUSALS, beijing_time, has_address, parts_of

__all__ = [
    "BEIJING",
    "REFUSALS",
    "Frequencies",
    "Kind",
    "Sms",
    "SmsCloud",
    "Template",
    "Window",
    "beijing_time",
    "has_address",
    "parts_of",
]
