"""What the SMS adapters share: tables of codes, numbers, and the texts of refusals."""

from tidegate_adapters.sms.codes import Codes

__all__ = ["Codes"]
