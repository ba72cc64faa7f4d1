"""Settings: the environment over the file, secrets from files, and nothing that is not known."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from tidegate.runtime.config import SERVICES, ConfigError, Mode, fields, load, variable


def written(folder: Path, text: str) -> Path:
    path = folder / "tidegate.toml"
    path.write_text(text)
    return path


def test_without_file_and_environment_there_are_defaults() -> None:
    settings = load(environment={})
    assert settings.mode is Mode.DEVELOPMENT
    assert settings.zone == "Asia/Shanghai"
    assert [settings.service(name).port for name in SERVICES] == [7101, 7102, 7104, 7103]
    assert settings.database_of("identity").startswith("sqlite:////")
    assert settings.database_of("identity").endswith("/tidegate-data/identity.db")


def test_the_environment_wins_over_the_file_table_by_table(tmp_path: Path) -> None:
    path = written(tmp_path, '[delivery]\nport = 1\nhttp_port = 2\n[log]\nlevel = "debug"\n')
    settings = load(path, {"TIDEGATE_DELIVERY__PORT": "3"})
    assert (settings.delivery.port, settings.delivery.http_port, settings.log.level) == (3, 2, "debug")


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "drain_seconds = 7\n")
    assert load(environment={"TIDEGATE_CONFIG": str(path)}).drain_seconds == 7


@pytest.mark.parametrize(
    ("text", "wrong", "nearest"),
    [
        ("[delivery]\nprot = 1\n", "delivery.prot", "delivery.port"),
        ('data_dirr = "x"\n', "data_dirr", "data_dir"),
        ("[limit]\nstreams = 1\n", "limit.streams", "limits.streams"),
    ],
)
def test_an_unknown_key_names_the_nearest_one(tmp_path: Path, text: str, wrong: str, nearest: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        load(path, {})
    assert str(raised.value) == f"{path}: there is no setting {wrong}; did you mean {nearest}?"


def test_every_unknown_variable_is_named() -> None:
    with pytest.raises(ConfigError) as raised:
        load(environment={"TIDEGATE_DELIVERY_PORT": "1", "TIDEGATE_ZONEE": "x", "PATH": "/bin"})
    assert str(raised.value).splitlines() == [
        "there is no setting TIDEGATE_DELIVERY_PORT; did you mean TIDEGATE_DELIVERY__PORT?",
        "there is no setting TIDEGATE_ZONEE; did you mean TIDEGATE_ZONE?",
    ]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"TIDEGATE_IDENTITY__PORT": "70000"}, "identity.port (TIDEGATE_IDENTITY__PORT)"),
        ({"TIDEGATE_ZONE": "Mars/Base"}, "zone (TIDEGATE_ZONE): 'Mars/Base' is no IANA time zone"),
        ({"TIDEGATE_MODE": "test"}, "mode (TIDEGATE_MODE)"),
        ({"TIDEGATE_SECRET_KEY": "short"}, "secret_key (TIDEGATE_SECRET_KEY)"),
        ({"TIDEGATE_PEER_TOKEN": "short"}, "peer_token (TIDEGATE_PEER_TOKEN)"),
        ({"TIDEGATE_PEER_TOKEN": ""}, "peer_token (TIDEGATE_PEER_TOKEN)"),
        ({"TIDEGATE_MODE": "production", "TIDEGATE_CLOCK_FILE": "/x"}, "clock_file drives the time"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load(environment=variables)
    assert named in str(raised.value)
    assert "short" not in str(raised.value).replace("shorter", "")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    token = "s3cret" * 6
    secret.write_text(f"{token}\n")
    settings = load(environment={"TIDEGATE_PEER_TOKEN_FILE": str(secret)})
    assert settings.peer_token == SecretStr(token)
    assert "s3cret" not in repr(settings)


def test_a_secret_file_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("\n")
    with pytest.raises(ConfigError, match="peer_token"):
        load(environment={"TIDEGATE_PEER_TOKEN_FILE": str(secret)})


def test_a_database_url_and_a_named_secret_come_from_files(tmp_path: Path) -> None:
    url = tmp_path / "url"
    url.write_text("postgresql://u:p@h/d")
    settings = load(
        environment={
            "TIDEGATE_DELIVERY__DATABASE_URL_FILE": str(url),
            "TIDEGATE_SECRETS__SMTP_FILE": str(url),
        }
    )
    assert settings.database_of("delivery") == "postgresql://u:p@h/d"
    assert settings.secrets["smtp"].get_secret_value() == "postgresql://u:p@h/d"


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    variables = {"TIDEGATE_PEER_TOKEN": "a", "TIDEGATE_PEER_TOKEN_FILE": str(tmp_path / "b")}
    with pytest.raises(ConfigError, match="are both set"):
        load(environment=variables)


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"TIDEGATE_PEER_TOKEN_FILE: .*No such file"):
        load(environment={"TIDEGATE_PEER_TOKEN_FILE": str(tmp_path / "none")})


def test_callers_file_is_a_setting_and_no_secret(tmp_path: Path) -> None:
    settings = load(environment={"TIDEGATE_CALLERS_FILE": str(tmp_path / "c.toml")})
    assert settings.callers_path == tmp_path / "c.toml"


def test_one_url_serves_all_that_name_none() -> None:
    settings = load(
        environment={
            "TIDEGATE_DATABASE_URL": "postgresql://all",
            "TIDEGATE_JOURNEY__DATABASE_URL": "sqlite://",
        }
    )
    assert settings.database_of("identity") == "postgresql://all"
    assert settings.database_of("journey") == "sqlite://"


def test_adapters_have_tables_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path, '[channels.email]\nhost = "mx"\n')
    assert load(path, {}).channels == {"email": {"host": "mx"}}


def test_a_file_that_is_missing_or_no_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: the settings file can't be read"):
        load(tmp_path / "none.toml", {})
    with pytest.raises(ConfigError, match="no valid TOML"):
        load(written(tmp_path, "= 1"), {})


def test_every_setting_says_what_it_is() -> None:
    assert [variable(*path) for path, field in fields() if not field.description] == []
