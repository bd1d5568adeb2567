from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from webchat.settings import Settings, SettingsError, get_settings, load_settings, use_settings, variable_name

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_name(field), raising=False)


def test_defaults() -> None:
    settings = load_settings()

    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert settings.database == f"sqlite:///{settings.data_dir}/webchat.db"
    assert settings.data_dir.is_absolute()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_accounts(host: str) -> None:
    assert not load_settings(host=host).needs_accounts
    assert load_settings(host=host, public_url="https://chat.example.org").needs_accounts


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "box.lan", "localhost.example"])
def test_any_other_address_needs_accounts(host: str) -> None:
    assert load_settings(host=host).needs_accounts


def test_cookies_are_for_tls_where_every_address_has_it() -> None:
    assert load_settings(public_url="https://chat.example.org").is_behind_tls
    assert not load_settings(public_url="https://chat.example.org, http://box.lan").is_behind_tls
    assert not load_settings().is_behind_tls


def test_every_field_is_read_from_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {
        "host": "::1",
        "port": "8080",
        "public_url": "https://chat.example.org, http://chat.lan:8080",
        "trusted_proxies": "10.0.0.2, 10.1.0.0/16",
        "data_dir": str(tmp_path),
        "database_url": "sqlite+aiosqlite:////elsewhere.db",
        "backups": "3",
        "files": "500",
        "files_per_person": "100",
        "oidc_issuer": "https://login.example.org/realms/home",
        "oidc_client_id": "webchat",
        "oidc_client_secret": "of-the-issuer",
        "oidc_name": "Home",
        "oidc_allowed_domains": "example.org, example.com",
        "oidc_allowed_groups": "family, /the staff",
        "metrics_token": "0123456789abcdef",
        "log_level": "INFO",
        "connect_timeout": "1",
        "first_text_timeout": "2",
        "idle_timeout": "3",
        "total_timeout": "4.5",
        "write_titles": "false",
        "find_local_servers": "false",
        "rate_limits": "false",
        "proxy": "socks5://proxy:1080",
        "freegpt_base_url": "https://one.example, https://two.example",
        "chatgptfree_base_url": "https://a.example",
        "aichatfree_base_url": "https://b.example",
        "chatgptt_base_url": "https://c.example",
        "flowgpt_base_url": "https://d.example",
        "openai_base_url": "http://127.0.0.1:11434/v1",
        "openai_api_key": "key",
    }
    for field, value in values.items():
        monkeypatch.setenv(variable_name(field), value)
    settings = load_settings()

    assert set(values) == set(Settings.model_fields)
    assert settings.model_dump() == values | {
        "port": 8080,
        "data_dir": tmp_path,
        "database_url": SecretStr("sqlite+aiosqlite:////elsewhere.db"),
        "backups": 3,
        "files": 500,
        "files_per_person": 100,
        "oidc_client_secret": SecretStr("of-the-issuer"),
        "metrics_token": SecretStr("0123456789abcdef"),
        "log_level": "info",
        "connect_timeout": 1.0,
        "first_text_timeout": 2.0,
        "idle_timeout": 3.0,
        "total_timeout": 4.5,
        "write_titles": False,
        "find_local_servers": False,
        "rate_limits": False,
        "proxy": SecretStr("socks5://proxy:1080"),
        "openai_api_key": SecretStr("key"),
    }
    assert settings.service_urls("freegpt") == ("https://one.example", "https://two.example")
    assert settings.public_urls == ("https://chat.example.org", "http://chat.lan:8080")
    assert settings.database == "sqlite+aiosqlite:////elsewhere.db"


def test_the_path_of_the_public_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBCHAT_PUBLIC_URL", "https://home.example.org/a/chat/, http://home.lan:8080/a/chat")
    below = load_settings()
    monkeypatch.setenv("WEBCHAT_PUBLIC_URL", "https://chat.example.org/")
    root = load_settings()

    assert (below.base_path, root.base_path, load_settings(public_url="").base_path) == ("/a/chat", "", "")
    assert below.public_origins == ("https://home.example.org", "http://home.lan:8080")
    assert root.public_origins == ("https://chat.example.org",)


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBCHAT_PORT", "1111")
    monkeypatch.setenv("WEBCHAT_HOST", "localhost")

    settings = load_settings(port=2222, host=None)

    assert (settings.host, settings.port) == ("localhost", 2222)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBCHAT_PORT", "")

    assert load_settings().port == 3000


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("WEBCHAT_PORT", "eighty", "WEBCHAT_PORT is 'eighty': "),
        ("WEBCHAT_PORT", "70000", "WEBCHAT_PORT is '70000': "),
        ("WEBCHAT_LOG_LEVEL", "loud", "WEBCHAT_LOG_LEVEL is 'loud': "),
        ("WEBCHAT_IDLE_TIMEOUT", "0", "WEBCHAT_IDLE_TIMEOUT is '0': "),
        ("WEBCHAT_IDLE_TIMEOUT", "nan", "WEBCHAT_IDLE_TIMEOUT is 'nan': "),
        ("WEBCHAT_TOTAL_TIMEOUT", "5", "WEBCHAT_TOTAL_TIMEOUT is shorter"),
        (
            "WEBCHAT_PUBLIC_URL",
            "chat.example.org",
            "WEBCHAT_PUBLIC_URL is 'chat.example.org': use an address",
        ),
        ("WEBCHAT_PUBLIC_URL", "https://a.example/chat?x", "use an address such as"),
        ("WEBCHAT_PUBLIC_URL", "https://a.example/a b", "use an address such as"),
        ("WEBCHAT_PUBLIC_URL", "https://a.example/chat,https://b.example", "must have the same path"),
        ("WEBCHAT_TRUSTED_PROXIES", "proxy.lan", "use addresses or networks"),
        ("WEBCHAT_OIDC_NAME", "Home", "WEBCHAT_OIDC_CLIENT_SECRET must be set together"),
        ("WEBCHAT_OIDC_ISSUER", "https://a.example", "WEBCHAT_OIDC_CLIENT_SECRET must be set together"),
        ("WEBCHAT_OIDC_ISSUER", "http://a.example", "use an address such as https://login"),
        ("WEBCHAT_OIDC_ISSUER", "https://a.example/?x", "use an address such as https://login"),
        ("WEBCHAT_OIDC_ISSUER", "https://me:word@a.example", "use an address such as https://login"),
        ("WEBCHAT_OIDC_CLIENT_ID", "web chat", "WEBCHAT_OIDC_CLIENT_ID is 'web chat': use letters"),
        ("WEBCHAT_OIDC_CLIENT_SECRET", "canary word", "WEBCHAT_OIDC_CLIENT_SECRET: use letters"),
        ("WEBCHAT_OIDC_ALLOWED_DOMAINS", "@example.org", "use domains such as example.org"),
        ("WEBCHAT_OIDC_ALLOWED_DOMAINS", "*", "use domains such as example.org"),
        ("OPENAI_BASE_URL", "localhost:8000", "OPENAI_BASE_URL is 'localhost:8000': it must start with http"),
    ],
)
def test_a_broken_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match=re.escape(words)):
        load_settings()


ISSUER = {"oidc_issuer": "https://a.example/", "oidc_client_id": "webchat", "oidc_client_secret": "word"}


def test_issuer_needs_an_address_to_come_back_to() -> None:
    with pytest.raises(SettingsError, match="needs WEBCHAT_PUBLIC_URL"):
        load_settings(host="0.0.0.0", **ISSUER)

    public = load_settings(host="0.0.0.0", public_url="https://chat.example.org", **ISSUER)
    local = load_settings(oidc_name="Home", **ISSUER | {"oidc_issuer": "http://127.0.0.1:9"})

    assert (public.oidc_shown_name, local.oidc_shown_name) == ("a.example", "Home")


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers"])
def test_issuer_of_many_organizations_is_refused_with_what_to_enter(tenant: str) -> None:
    many = f"https://login.microsoftonline.com/{tenant}/v2.0"
    with pytest.raises(SettingsError, match=r"login\.microsoftonline\.com/TENANT/v2\.0"):
        load_settings(**ISSUER | {"oidc_issuer": many})

    one = "https://login.microsoftonline.com/0f1e2d3c-0000-4000-8000-9a8b7c6d5e4f/v2.0"
    assert load_settings(**ISSUER | {"oidc_issuer": one}).oidc_issuer == one
    elsewhere = f"https://login.example.org/{tenant}/v2.0"
    assert load_settings(**ISSUER | {"oidc_issuer": elsewhere}).oidc_issuer == elsewhere


@pytest.mark.parametrize("name", ["oidc_allowed_domains", "oidc_allowed_groups"])
def test_list_that_names_nobody_lets_nobody_in(name: str) -> None:
    """It is not the same as no list, with which invited people may come in."""
    with pytest.raises(SettingsError, match="names none"):
        load_settings(**ISSUER, **{name: " , "})


def test_secrets_show_up_in_no_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "canary-key")
    monkeypatch.setenv("WEBCHAT_DATABASE_URL", "postgresql+asyncpg://user:canary-word@db/webchat")
    settings = load_settings()

    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_settings_are_read_once_until_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    use_settings(None)
    try:
        first = get_settings()
        monkeypatch.setenv("WEBCHAT_PORT", "1111")
        assert get_settings() is first

        use_settings(load_settings(port=2222))
        assert get_settings().port == 2222
    finally:
        use_settings(None)


def test_the_readme_lists_every_setting_as_it_is() -> None:
    """The table is this one; paste it into README.md when a setting changes."""
    table = "\n".join(
        ["| Variable | Default | What it does |", "|---|---|---|", *map(row, Settings.model_fields)]
    )

    assert table in README.read_text()


def row(name: str) -> str:
    field = Settings.model_fields[name]
    shown = {
        "data_dir": "the system's data folder, such as `~/.local/share/webchat`",
        "database_url": "`webchat.db` in the data folder",
    }.get(name)
    if shown is None:
        shown = "–" if field.default is None else f"`{str(field.default).lower()}`"
    return f"| `{variable_name(name)}` | {shown} | {field.description} |"
