"""Settings of an account of the channel `sms.tencent`."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.sms.endpoint import endpoint_problem
from tidegate_adapters.sms.marketing import CLOSES, OPENS, SUFFIX, Marketing
from tidegate_adapters.sms.texts import REFUSALS


@dataclass(frozen=True, slots=True)
class TencentSettings:
    """Credentials, and the application and signature under which messages go out."""

    secret_id: str = setting("SecretId of a user who may send SMS", minimum=1)
    secret_key: Secret = secret("SecretKey of that user")
    sdk_app_id: str = setting("SmsSdkAppId of the application", minimum=1)
    sign_name: str = setting("Approved signature, without its brackets; for mainland numbers", minimum=1, maximum=64)
    token: Secret = secret("Token of temporary (STS) credentials", default=Secret(""))
    sender_id: str = setting("SenderId for foreign numbers; empty = the provider's", default="", maximum=20)
    region: str = setting("Region in which the provider is called", default="ap-guangzhou", minimum=1)
    endpoint: str = setting("Where the provider listens", default="https://sms.tencentcloudapi.com")
    pulls: bool = setting(
        "Whether receipts and answers are pulled, too; the provider activates that on request", default=False
    )
    marketing_suffix: str = setting(
        "How the text of marketing to mainland numbers must end; empty = not looked at", default=SUFFIX
    )
    marketing_opens: int = setting(
        "From which hour marketing to mainland numbers goes out, in China's time", default=OPENS, minimum=0, maximum=23
    )
    marketing_closes: int = setting("Until which hour it goes out", default=CLOSES, minimum=1, maximum=24)
    refusal_words: tuple[str, ...] = setting("Whole answers that refuse further messages", default=REFUSALS)
    connections: int = setting("Most connections to the provider", default=32, minimum=1, maximum=256)
    connect_timeout: float = setting("Seconds for a connection", default=5.0, minimum=0.05, maximum=10.0)
    timeout: float = setting("Seconds for an answer", default=10.0, minimum=1.0, maximum=15.0)

    def __post_init__(self) -> None:
        problems = [Problem("endpoint", problem)] if (problem := endpoint_problem(self.endpoint)) else []
        if self.marketing_opens >= self.marketing_closes:
            problems.append(Problem("marketing_closes", "must be later than marketing_opens"))
        if problems:
            raise SettingsError(problems)

    @property
    def marketing(self) -> Marketing:
        """What is demanded of marketing."""
        return Marketing(self.marketing_suffix, self.marketing_opens, self.marketing_closes)
