"""WeChat's platform: messages to users of mini-programs and official accounts, and what those users do."""

from tidegate_simulators.wechat.account import Account, User
from tidegate_simulators.wechat.events import Audience
from tidegate_simulators.wechat.fields import Template
from tidegate_simulators.wechat.simulator import WeChatSimulator

__all__ = ["Account", "Audience", "Template", "User", "WeChatSimulator"]
