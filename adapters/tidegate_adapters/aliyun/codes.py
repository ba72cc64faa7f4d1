"""Alibaba Cloud's codes: what calls are answered with, and what receipts say. Data (November 2026)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tidegate.channels import OutcomeKind, Scope

from tidegate_adapters.sms.codes import Codes
from tidegate_adapters.sms.waits import Wait, until_next_month, until_tomorrow

_K, _S = OutcomeKind, Scope

OK: Final = "OK"

CALLS: Final = Codes(
    {
        OK: (_K.ACCEPTED, _S.MESSAGE),
        "isp.SYSTEM_ERROR": (_K.RETRYABLE, _S.CALL),
        "isp.GATEWAY_ERROR": (_K.RETRYABLE, _S.CALL),
        "Throttling": (_K.RATE_LIMITED, _S.CALL),
        "Throttling.User": (_K.RATE_LIMITED, _S.CALL),
        "isv.BUSINESS_LIMIT_CONTROL": (_K.RATE_LIMITED, _S.RECIPIENT),
        "isv.DAY_LIMIT_CONTROL": (_K.RATE_LIMITED, _S.ACCOUNT),
        "isv.MONTH_LIMIT_CONTROL": (_K.RATE_LIMITED, _S.ACCOUNT),
        "isv.MOBILE_NUMBER_ILLEGAL": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "isv.SMS_TEST_NUMBER_LIMIT": (_K.INVALID_RECIPIENT, _S.MESSAGE),
        "isv.CUSTOMER_REFUSED": (_K.NOT_SUBSCRIBED, _S.RECIPIENT),
        "isv.SMS_CONTENT_ILLEGAL": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.BLACK_KEY_CONTROL_LIMIT": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.TEMPLATE_PARAMS_ILLEGAL": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.PARAM_NOT_SUPPORT_URL": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.PARAM_LENGTH_LIMIT": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.UNSUPPORTED_CONTENT": (_K.CONTENT_REJECTED, _S.MESSAGE),
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE": (_K.CONTENT_REJECTED, _S.TEMPLATE),
        "isv.SMS_SIGN_ILLEGAL": (_K.PERMANENT, _S.TEMPLATE),
        "isv.SIGN_STATE_ILLEGAL": (_K.PERMANENT, _S.TEMPLATE),
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL": (_K.PERMANENT, _S.TEMPLATE),
        "isv.SMS_TEMPLATE_ILLEGAL": (_K.PERMANENT, _S.TEMPLATE),
        "isv.SMS_SIGNATURE_ILLEGAL": (_K.PERMANENT, _S.TEMPLATE),
        "isv.EXTEND_CODE_ERROR": (_K.PERMANENT, _S.TEMPLATE),
        "isv.ONE_CODE_MULTIPLE_SIGN": (_K.PERMANENT, _S.TEMPLATE),
        "SIGNATURE_BLACKLIST": (_K.PERMANENT, _S.TEMPLATE),
        "isv.TEMPLATE_MISSING_PARAMETERS": (_K.PERMANENT, _S.MESSAGE),
        "isv.INVALID_JSON_PARAM": (_K.PERMANENT, _S.MESSAGE),
        "isv.INVALID_PARAMETERS": (_K.PERMANENT, _S.MESSAGE),
        "isv.MOBILE_COUNT_OVER_LIMIT": (_K.PERMANENT, _S.MESSAGE),
        "isp.RAM_PERMISSION_DENY": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.DENY_IP_RANGE": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.OUT_OF_SERVICE": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.AMOUNT_NOT_ENOUGH": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.PRODUCT_UN_SUBSCRIPT": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.PRODUCT_UNSUBSCRIBE": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.ACCOUNT_NOT_EXISTS": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.ACCOUNT_ABNORMAL": (_K.AUTH_ERROR, _S.ACCOUNT),
        "isv.SECURITY_FROZEN_ACCOUNT": (_K.AUTH_ERROR, _S.ACCOUNT),
        "SignatureDoesNotMatch": (_K.AUTH_ERROR, _S.ACCOUNT),
        "InvalidTimeStamp.Expired": (_K.AUTH_ERROR, _S.ACCOUNT),
        "SignatureNonceUsed": (_K.UNCERTAIN, _S.MESSAGE),
        # The gateway's own, which all of the provider's services share.
        "IncompleteSignature": (_K.AUTH_ERROR, _S.ACCOUNT),
        "InvalidTimeStamp": (_K.AUTH_ERROR, _S.ACCOUNT),
        "InvalidAccessKeyId": (_K.AUTH_ERROR, _S.ACCOUNT),
        "InvalidSecurityToken": (_K.AUTH_ERROR, _S.ACCOUNT),
        "Forbidden": (_K.AUTH_ERROR, _S.ACCOUNT),
        "ServiceUnavailable": (_K.RETRYABLE, _S.CALL),
    },
    has_groups=True,
)
"""Codes in the answers to calls: exact ones, and groups by the part before the first dot."""

OF_ONE_NUMBER: Final = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        "isv.SMS_TEST_NUMBER_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.BUSINESS_LIMIT_CONTROL",
    }
)
"""Codes by which a whole call is refused because of one number in it."""

OF_ONE_TEXT: Final = frozenset(
    {
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.UNSUPPORTED_CONTENT",
        "isv.TEMPLATE_MISSING_PARAMETERS",
    }
)
"""Codes by which a whole call is refused because of one message's variables: others in it may have better ones."""

WAITS: Final[tuple[tuple[str, str, Wait], ...]] = (
    ("isv.BUSINESS_LIMIT_CONTROL", "分钟", timedelta(minutes=1)),
    ("isv.BUSINESS_LIMIT_CONTROL", "小时", timedelta(hours=1)),
    ("isv.BUSINESS_LIMIT_CONTROL", "天", until_tomorrow),
    ("isv.DAY_LIMIT_CONTROL", "", until_tomorrow),
    ("isv.MONTH_LIMIT_CONTROL", "", until_next_month),
)
"""How long limits last, by code and by what the provider's words hold."""

RECEIPTS: Final = Codes(
    {
        "DELIVERED": (_K.ACCEPTED, _S.MESSAGE),
        "DELIVRD": (_K.ACCEPTED, _S.MESSAGE),
        "REQUEST_SUCCESS": (_K.UNCERTAIN, _S.MESSAGE),
        "IS_CLOSE": (_K.RETRYABLE, _S.CALL),
        "IS_CLOSED": (_K.RETRYABLE, _S.CALL),
        "MOBILE_NOT_ON_SERVICE": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "INVALID_NUMBER": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "MOBILE_ACCOUNT_ABNORMAL": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "MOBLLE_TERMINAL_ERROR": (_K.RETRYABLE, _S.RECIPIENT),
        "MOBILE_SEND_LIMIT": (_K.RATE_LIMITED, _S.RECIPIENT),
        "MOBILE_IN_BLACK": (_K.NOT_SUBSCRIBED, _S.RECIPIENT),
        "USER_REJECT": (_K.NOT_SUBSCRIBED, _S.RECIPIENT),
        "CONTENT_KEYWORD": (_K.CONTENT_REJECTED, _S.TEMPLATE),
        "CONTENT_ERROR": (_K.CONTENT_REJECTED, _S.TEMPLATE),
        "PARAMS_ILLEGAL": (_K.PERMANENT, _S.MESSAGE),
        "NO_ROUTE": (_K.PERMANENT, _S.TEMPLATE),
        "PORT_NOT_REGISTERED": (_K.PERMANENT, _S.TEMPLATE),
        "SP_NOT_BY_INTER_SMS": (_K.INVALID_RECIPIENT, _S.RECIPIENT),
        "SP_UNKNOWN_ERROR": (_K.PERMANENT, _S.MESSAGE),
    }
)
"""Codes in receipts. `MOBLLE_TERMINAL_ERROR` is the provider's spelling, and it writes both IS_CLOSE and IS_CLOSED."""
