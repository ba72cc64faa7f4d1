"""Settings of an account of the channel `sms.aliyun`."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.sms.endpoint import endpoint_problem
from tidegate_adapters.sms.marketing import CLOSES, OPENS, SUFFIX, Marketing
from tidegate_adapters.sms.texts import REFUSALS


@dataclass(frozen=True, slots=True)
class AliyunSettings:
    """Credentials, and the signature under which messages go out."""

    access_key_id: str = setting("AccessKey id of a RAM user who may send SMS", minimum=1)
    access_key_secret: Secret = secret("AccessKey secret of that user")
    sign_name: str = setting("Approved signature, without its brackets", minimum=1, maximum=64)
    security_token: Secret = secret("Token of temporary (STS) credentials", default=Secret(""))
    endpoint: str = setting("Where the provider listens", default="https://dysmsapi.aliyuncs.com")
    marketing_suffix: str = setting(
        "How the text of marketing to mainland numbers must end; empty = not looked at", default=SUFFIX
    )
    marketing_opens: int = setting(
        "From which hour marketing to mainland numbers goes out, in China's time", default=OPENS, minimum=0, maximum=23
    )
    marketing_closes: int = setting("Until which hour it goes out", default=CLOSES, minimum=1, maximum=24)
    refusal_words: tuple[str, ...] = setting("Whole answers that refuse further messages", default=REFUSALS)
    connections: int = setting("Most connections to the provider", default=16, minimum=1, maximum=256)
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
