"""What the SMS adapters share: calls over kept connections, tables of codes, numbers, and the texts of refusals."""

from tidegate_adapters.sms.codes import Codes
from tidegate_adapters.sms.web import Answer, Web, WebSettings

__all__ = ["Answer", "Codes", "Web", "WebSettings"]
