"""A mail server that keeps or counts what it gets, and misbehaves on request."""

from tidegate_simulators.mail.script import Moment, Script, Step
from tidegate_simulators.mail.sink import Mail, MailSink

__all__ = ["Mail", "MailSink", "Moment", "Script", "Step"]
