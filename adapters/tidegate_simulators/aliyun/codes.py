"""What the cloud's codes come with, as data. The texts of refusals are those that its callers meet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GATEWAY: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "Throttling": (400, "Request was denied due to request throttling."),
        "Throttling.User": (400, "Request was denied due to user flow control."),
        "Throttling.Api": (400, "Request was denied due to api flow control."),
        "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation."),
        "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
        "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
        "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
        "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
        "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
        "InvalidSecurityToken.Malformed": (400, "Specified SecurityToken is malformed."),
        "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
        "InvalidVersion": (400, "Specified parameter Version is not valid."),
        "Forbidden.RAM": (403, "User not authorized to operate on the specified resource."),
        "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
        "InternalError": (500, "The request processing has failed due to some unknown error."),
    }
)
"""The gateway's refusals: HTTP status and message. `Missing…` of a parameter has status 400, too."""

BUSINESS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "isp.SYSTEM_ERROR": "系统错误",
        "isp.GATEWAY_ERROR": "网关错误",
        "isp.RAM_PERMISSION_DENY": "RAM权限DENY",
        "isv.ACCOUNT_ABNORMAL": "账户异常",
        "isv.ACCOUNT_NOT_EXISTS": "账户不存在",
        "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
        "isv.BLACK_KEY_CONTROL_LIMIT": "黑名单管控",
        "isv.BUSINESS_LIMIT_CONTROL": "业务限流",
        "isv.CUSTOMER_REFUSED": "用户已退订推广短信",
        "isv.DAY_LIMIT_CONTROL": "触发日发送限额",
        "isv.DENY_IP_RANGE": "源IP地址所在的地区被禁用",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": "国际/港澳台消息模板不支持发送境内号码",
        "isv.EXTEND_CODE_ERROR": "扩展码使用错误",
        "isv.INVALID_JSON_PARAM": "JSON参数不合法，只接受字符串值",
        "isv.INVALID_PARAMETERS": "参数异常",
        "isv.MOBILE_COUNT_OVER_LIMIT": "手机号码数量超过限制",
        "isv.MOBILE_NUMBER_ILLEGAL": "手机号码格式错误",
        "isv.MONTH_LIMIT_CONTROL": "触发月发送限额",
        "isv.OUT_OF_SERVICE": "业务停机",
        "isv.PARAM_LENGTH_LIMIT": "参数超出长度限制",
        "isv.PARAM_NOT_SUPPORT_URL": "不支持URL",
        "isv.PRODUCT_UN_SUBSCRIPT": "未开通云通信产品的阿里云客户",
        "isv.SMS_SIGNATURE_ILLEGAL": "该账号下找不到对应签名",
        "isv.SMS_TEMPLATE_ILLEGAL": "该账号下找不到对应模板",
        "isv.TEMPLATE_MISSING_PARAMETERS": "模板变量缺少对应参数值",
        "isv.TEMPLATE_PARAMS_ILLEGAL": "模板变量里包含非法关键字",
        "isv.UNSUPPORTED_CONTENT": "短信内容包含禁止发送内容",
    }
)
"""The service's refusals: message. Their HTTP status is 200; a code that is not here is told as its own message."""

RECEIPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DELIVERED": "用户接收成功",
        "DELIVRD": "用户接收成功",
        "MOBILE_NOT_ON_SERVICE": "手机号不在服务区",
        "IS_CLOSED": "手机关机停机",
        "MOBILE_IN_BLACK": "手机号在黑名单",
        "MOBILE_SEND_LIMIT": "单个号码日或月发送上限",
        "CONTENT_ERROR": "推广短信未带退订",
        "CONTENT_KEYWORD": "内容关键字拦截",
        "INVALID_NUMBER": "号码状态异常",
        "USER_REJECT": "用户已退订",
        "NO_ROUTE": "无路由",
        "SP_UNKNOWN_ERROR": "运营商未知错误",
    }
)
"""What receipts say beside their code; other codes are said as they are."""

DELIVERED: Final = frozenset({"DELIVERED", "DELIVRD"})
"""The results of receipts that are successes."""

WAITING: Final = "REQUEST_SUCCESS"
"""What a query says of a message whose result is not known yet (unverified)."""
