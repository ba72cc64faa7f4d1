"""Settings: what an operator decides about a process.

They come from a TOML file (`--config`, else the one that TIDEGATE_CONFIG names) and from TIDEGATE_*
variables, which win: `[delivery] port` in the file is TIDEGATE_DELIVERY__PORT. A secret may also be read from
a file: TIDEGATE_PEER_TOKEN_FILE=/run/secrets/peer_token. A key or variable that is not known is an error.
"""

import enum
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

PREFIX = "TIDEGATE_"
DELIMITER = "__"
CONFIG_VARIABLE = "TIDEGATE_CONFIG"
SERVICES = ("identity", "segmentation", "delivery", "journey")
"""The services in the order in which they start: each calls only those before it."""
_EVERYWHERE = {"", "0.0.0.0", "::", "[::]"}  # noqa: S104  (where to listen, not where to call)
_FREE = {"secrets", "channels"}  # tables whose keys are not ours


class ConfigError(Exception):
    """The settings, or what they name, are wrong; the message says what is at fault and what would be right.

    ConfigError
    └── CallersError    the callers file
    """


class Mode(enum.StrEnum):
    """What the process is for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_zones = cache(available_timezones)  # it walks through the system's files


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"{name!r} is no IANA time zone; write one such as Asia/Shanghai")
    return name


Port = Annotated[int, Field(ge=0, le=65535)]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The name of an IANA time zone."""


class Group(BaseModel):
    """A table of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ServiceSettings(Group):
    """What every service has."""

    host: str = "127.0.0.1"
    """The address the service listens on; 0.0.0.0 for all."""
    port: Port = 0
    """The port the service listens on; 0 takes a free one."""
    address: str | None = None
    """Where the other services reach it (`identity:7101`). Unset: on loopback, at its port."""
    database_url: SecretStr | None = None
    """Its database. Unset: the common `database_url`, else a SQLite file in `data_dir`."""


class IdentitySettings(ServiceSettings):
    """The identity service."""

    port: Port = 7101
    """The port the service listens on; 0 takes a free one."""


class SegmentationSettings(ServiceSettings):
    """The segmentation service."""

    port: Port = 7102
    """The port the service listens on; 0 takes a free one."""


class JourneySettings(ServiceSettings):
    """The journey service."""

    port: Port = 7103
    """The port the service listens on; 0 takes a free one."""


class DeliverySettings(ServiceSettings):
    """The delivery service."""

    port: Port = 7104
    """The port the service listens on; 0 takes a free one."""
    http_host: str = "127.0.0.1"
    """The address of the HTTP edge: provider callbacks, clicks, opens, one-click unsubscribe."""
    http_port: Port = 7180
    """The port of the HTTP edge; 0 takes a free one."""
    lease_seconds: Annotated[float, Field(ge=1)] = 60
    """How long a replica may hold messages that it has begun to decide or to send before others take them over."""
    gather_seconds: Annotated[float, Field(ge=0, le=3600)] = 60
    """How long marketing of campaigns is gathered before the gate takes the best of it first; 0 gathers nothing."""
    repeat_hours: Annotated[float, Field(ge=0, le=720)] = 24
    """For how long the same content of marketing is not sent to a customer again; 0 lets repeats pass."""
    remind_hours: Annotated[float, Field(ge=0, le=24)] = 4
    """How many hours before a task expires that staff have yet to confirm they are reminded of it; 0 reminds nobody."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Networks of the proxies before the HTTP edge (`["10.0.0.0/8"]`): what they say of clients is believed."""
    tries_per_minute: Annotated[int, Field(ge=1)] = 30
    """How many short links that don't exist one client address may try in a minute."""
    short_link_days: Annotated[int, Field(ge=1, le=366)] = 30
    """How many days short links in SMS live. The fewer live, the harder is one to guess."""
    public_url: str | None = None
    """How the world reaches the HTTP edge (`https://go.example.com`), for links. Unset: its own address."""
    keep_messages_days: Annotated[int, Field(ge=90, le=36_500)] = 400
    """How many days messages are kept after their end, and interactions; slots longer while rules count them."""
    keep_contents_days: Annotated[int, Field(ge=7, le=36_500)] = 30
    """How many days what is personal of messages is kept after their end: variables, and addresses they went to."""

    @model_validator(mode="after")
    def _keep_what_is_needed(self) -> Self:
        for name in ("keep_contents_days", "short_link_days"):
            if getattr(self, name) > self.keep_messages_days:
                raise ValueError(f"{name} must not exceed keep_messages_days, which is {self.keep_messages_days}")
        return self


class MetricsSettings(Group):
    """The side port with /metrics, /healthz and /readyz."""

    host: str = "127.0.0.1"
    """The address it listens on."""
    port: Port = 7100
    """The port it listens on; 0 takes a free one."""


class LogSettings(Group):
    """How the process logs."""

    format: Literal["json", "console"] | None = None
    """One JSON object a line, or text for people. Unset: json in production, console in development."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least level that is written."""


class LimitSettings(Group):
    """What a service bears."""

    max_message_bytes: Annotated[int, Field(ge=8 * 1024 * 1024, le=256 * 1024 * 1024)] = 16 * 1024 * 1024
    """The largest request and answer, in bytes: a page of a feed, of 4 MiB and one change, has to fit."""
    in_flight: Annotated[int, Field(ge=1)] = 256
    """Calls that one service accepts at a time; further ones get RESOURCE_EXHAUSTED."""
    streams: Annotated[int, Field(ge=1)] = 16
    """Streams that one service keeps open at a time; each holds a worker."""
    caller_in_flight: Annotated[int, Field(ge=1)] | None = None
    """Calls that one caller may have under way in one service, unless the callers file says otherwise."""
    caller_calls_per_second: Annotated[float, Field(gt=0)] | None = None
    """Calls that one caller may make per second in one service, unless the callers file says otherwise."""
    deadline_seconds: Annotated[float, Field(gt=0)] = 30
    """The deadline of a call that brings none."""
    stream_deadline_seconds: Annotated[float, Field(gt=0)] = 3600
    """The deadline of a stream that brings none."""


class PoolSettings(Group):
    """How much a service does at a time."""

    workers: Annotated[int, Field(ge=4)] = 32
    """Threads that answer calls, per service. Streams hold one each; half of the others may wait for news."""
    connections: Annotated[int, Field(ge=1)] = 8
    """Database connections kept open, per service."""


class Settings(BaseSettings):
    """Everything that can be set. Made by `load`; tests and the demo make it directly."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        use_attribute_docstrings=True,
    )

    mode: Mode = Mode.DEVELOPMENT
    """`development` makes a token and secrets of its own; `production` asks for them."""
    data_dir: Path = Path("tidegate-data")
    """Where SQLite files, the analytic store, and in development the token and the secrets are kept."""
    database_url: SecretStr | None = None
    """One PostgreSQL database for all services, a schema for each. Unset: SQLite files in `data_dir`."""
    callers_file: Path | None = None
    """The callers and their hashed tokens. Unset: `callers.toml` in `data_dir`."""
    keys_file: Path | None = None
    """The keys that seal personal data, the newest first. Unset: `keys.toml` in `data_dir`."""
    peer_token: Annotated[SecretStr, Field(min_length=32)] | None = None
    """The token by which the services know each other, when they run in several processes; 32 characters or more."""
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
    """The keys of links and of personal data are derived from it; 32 characters or more. Never change it."""
    zone: ZoneName = "Asia/Shanghai"
    """The company's time zone: calendar windows, quiet hours, and dates without a zone."""
    clock_file: Path | None = None
    """A file that holds the business time for all processes; only in development."""
    drain_seconds: Annotated[float, Field(gt=0)] = 30
    """How long calls and background work may take to finish after SIGTERM."""
    start_seconds: Annotated[float, Field(ge=0)] = 30
    """How long a start waits for a database that can't be reached."""
    feed_days: Annotated[int, Field(ge=1)] | None = None
    """How many days feeds are kept; a reader that comes later must read everything anew. Unset: for good."""
    notice_seconds: Annotated[float, Field(ge=0)] = 0.25
    """After SIGTERM, how long callers are refused with UNAVAILABLE before the ports are closed."""
    identity: IdentitySettings = IdentitySettings()
    segmentation: SegmentationSettings = SegmentationSettings()
    journey: JourneySettings = JourneySettings()
    delivery: DeliverySettings = DeliverySettings()
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    limits: LimitSettings = LimitSettings()
    pools: PoolSettings = PoolSettings()
    secrets: dict[str, SecretStr] = {}
    """Secrets by name, such as the passwords of provider accounts, which name them and never hold them."""
    channels: dict[str, dict[str, Any]] = {}
    """A table for each installed channel adapter that has settings (`[channels.email]`)."""

    @model_validator(mode="after")
    def _drive_only_in_development(self) -> Self:
        if self.clock_file is not None and self.mode is Mode.PRODUCTION:
            raise ValueError("clock_file drives the time of tests and demonstrations; unset it in production")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in counts: the file and the environment are read by `load` alone."""
        return (init_settings,)

    def service(self, name: str) -> ServiceSettings:
        """The table of the service ``name``."""
        table = getattr(self, name)
        assert isinstance(table, ServiceSettings)
        return table

    def database_of(self, service: str) -> str:
        """The URL of the database of ``service``."""
        url = self.service(service).database_url or self.database_url
        if url is not None:
            return url.get_secret_value()
        return f"sqlite:///{self.data_dir.resolve() / service}.db"

    def address_of(self, service: str, *, port: int | None = None) -> str:
        """Where ``service`` is reached: at its `address`, else as a sibling on this host, at ``port``."""
        own = self.service(service)
        host = "127.0.0.1" if own.host in _EVERYWHERE else own.host
        return own.address or f"{host}:{own.port if port is None else port}"

    @property
    def callers_path(self) -> Path:
        """The callers file."""
        return self.callers_file or self.data_dir / "callers.toml"

    @property
    def keys_path(self) -> Path:
        """The keys file."""
        return self.keys_file or self.data_dir / "keys.toml"

    @property
    def company_zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.zone)


def load(config: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings from the file ``config`` (else the one TIDEGATE_CONFIG names) and the environment.

    Raises ConfigError, naming everything that is wrong.
    """
    variables = dict(os.environ if environment is None else environment)
    named = variables.pop(CONFIG_VARIABLE, None)
    path = config or (Path(named) if named else None)
    document = _read_file(path) if path else {}
    variables = _with_secret_files({k: v for k, v in variables.items() if k.upper().startswith(PREFIX)})
    problems = [*_unknown_keys(document, path), *_unknown_variables(variables)]
    if problems:
        raise ConfigError("\n".join(problems))
    return _validated(_merged(document, _read_environment(variables)))


def chosen(names: Sequence[str]) -> list[str]:
    """``names``, or all services when there are none, in the order of their start. Raises ConfigError."""
    unknown = set(names) - set(SERVICES)
    if unknown:
        raise ConfigError(f"there is no service {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    return [name for name in SERVICES if name in names or not names]


def variable(*path: str) -> str:
    """The environment variable of the setting at ``path``: ("delivery", "port") → TIDEGATE_DELIVERY__PORT."""
    return PREFIX + DELIMITER.join(path).upper()


def fields(
    model: type[BaseModel] = Settings, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting with its path, tables before what they hold left out."""
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            yield from fields(nested, (*path, name))
        else:
            yield (*path, name), field


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return TomlConfigSettingsSource(Settings, toml_file=path.resolve(strict=True)).toml_data
    except OSError as error:
        raise ConfigError(f"{path}: the settings file can't be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: no valid TOML: {error}") from error


def _read_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in variables.items()}
    try:
        return source()
    except SettingsError as error:
        raise ConfigError(f"the environment can't be read: {error}") from error


def _with_secret_files(variables: Mapping[str, str]) -> dict[str, str]:
    """``variables`` with what NAME_FILE points to under NAME, for the settings that are secrets."""
    read = dict(variables)
    for name in sorted(key.removesuffix("_FILE") for key in variables if _names_a_secret_file(key)):
        if name in variables:
            raise ConfigError(f"{name} and {name}_FILE are both set; keep one of them")
        path = Path(read.pop(f"{name}_FILE"))
        try:
            read[name] = path.read_text().strip()
        except OSError as error:
            raise ConfigError(f"{name}_FILE: {path} can't be read: {error.strerror}") from error
    return read


def _names_a_secret_file(name: str) -> bool:
    secrets = {variable(*path) for path, field in fields() if "SecretStr" in str(field.annotation)}
    named = name.startswith(f"{PREFIX}SECRETS{DELIMITER}")
    return name.endswith("_FILE") and (named or name.removesuffix("_FILE") in secrets)


def _unknown_keys(document: Mapping[str, Any], path: Path | None) -> Iterator[str]:
    known = {".".join(where) for where, _ in fields()}
    for key in _leaves(document):
        if key not in known and key.partition(".")[0] not in _FREE:
            yield f"{path}: there is no setting {key}; did you mean {_nearest(key, known)}?"


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name


def _unknown_variables(variables: Mapping[str, str]) -> Iterator[str]:
    known = {variable(*path) for path, _ in fields()}
    for name in variables:
        table = name.removeprefix(PREFIX).partition(DELIMITER)[0].lower()
        if name not in known and table not in _FREE:
            yield f"there is no setting {name}; did you mean {_nearest(name, known | {CONFIG_VARIABLE})}?"


def _nearest(name: str, known: set[str]) -> str:
    return max(sorted(known), key=lambda candidate: SequenceMatcher(None, name, candidate).ratio())


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """``below`` with ``above`` laid over it, table by table."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        merged[name] = _merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def _validated(values: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        raise ConfigError("\n".join(_sentence(detail) for detail in error.errors(include_input=False))) from error


def _sentence(detail: Any) -> str:
    path = [str(part) for part in detail["loc"]]
    message = str(detail["msg"]).removeprefix("Value error, ")
    if not path:
        return message
    return f"{'.'.join(path)} ({variable(*path)}): {message}"
