"""Settings of an account of the channel `sms.aliyun`."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.channels import Problem, Secret, SettingsError, secret, setting

from tidegate_adapters.sms.endpoint import endpoint_problem
from tidegate_adapters.sms.texts import REFUSALS, SUFFIX


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
    refusal_words: tuple[str, ...] = setting("Whole answers that refuse further messages", default=REFUSALS)
    connections: int = setting("Most connections to the provider", default=16, minimum=1, maximum=256)
    connect_timeout: float = setting("Seconds for a connection", default=5.0, minimum=0.05, maximum=10.0)
    timeout: float = setting("Seconds for an answer", default=10.0, minimum=1.0, maximum=15.0)

    def __post_init__(self) -> None:
        problem = endpoint_problem(self.endpoint)
        if problem:
            raise SettingsError([Problem("endpoint", problem)])
