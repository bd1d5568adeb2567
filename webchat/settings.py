"""All server settings. This is the only module that reads the environment."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from webchat.errors import WebchatError
from webchat.hosts import is_safe_address, is_this_machine
from webchat.storage.location import default_url

PREFIX = "WEBCHAT_"

SERVICES = ("freegpt", "chatgptfree", "aichatfree", "chatgptt", "flowgpt")
"""The free services whose address can be set with `WEBCHAT_<SERVICE>_BASE_URL`."""

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
"""A path of plain segments, which mean the same to every proxy."""

_MICROSOFT = {"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"}
_MANY_TENANTS = {"common", "organizations", "consumers"}
"""What Microsoft has in place of an organization. There is then no single issuer to check tokens against."""

_PLAIN = re.compile(r"[\x21-\x7e]+")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class SettingsError(WebchatError):
    """A setting has an invalid value. The message lists each one and what it should be."""

    code = "settings_invalid"


class Settings(BaseSettings):
    """The settings of a running webchat.

    Values come from the command line, else from the environment (`WEBCHAT_PORT` for `port`), else from the
    defaults. An empty variable counts as unset.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(3000, ge=1, le=65535, description="Port to listen on.")
    public_url: str | None = Field(
        None,
        description="Address people type when webchat is behind a reverse proxy, such as "
        "`https://chat.example.org` or `https://home.example.org/chat`. Separate several with commas; their "
        "path must be the same.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="Addresses or networks of the reverse proxies whose `X-Forwarded-For` and "
        "`X-Forwarded-Proto` are believed. Separate several with commas.",
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("webchat", appauthor=False),
        description="Folder for the database and all other data.",
    )
    database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the database, with an async driver."
    )
    backups: int = Field(
        7,
        ge=0,
        le=366,
        description="Number of daily backups to keep in the folder `backups` of the data folder; "
        "0 turns them off.",
    )
    files: int = Field(
        2048, ge=0, le=1_000_000_000, description="Megabytes that the files of all people together may take."
    )
    files_per_person: int = Field(
        2048, ge=0, le=1_000_000_000, description="Megabytes that the files of one person may take."
    )
    oidc_issuer: str | None = Field(
        None,
        description="OpenID Connect issuer through which people can sign in, such as "
        "`https://login.example.org/realms/home` "
        "([more](docs/hosting.md#sign-in-through-openid-connect)).",
    )
    oidc_client_id: str | None = Field(
        None, description="Name under which webchat is registered with the issuer."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, description="Secret that the issuer has given to webchat."
    )
    oidc_name: str | None = Field(
        None,
        max_length=40,
        description="Name of the issuer on the sign-in button, “Continue with …”. Its host if not set.",
    )
    oidc_allowed_domains: str | None = Field(
        None,
        description="Domains of verified e-mail addresses, such as `example.org`: only people with such an "
        "address may sign in through the issuer, also without an invitation. Separate several with commas.",
    )
    oidc_allowed_groups: str | None = Field(
        None,
        description="Groups at the issuer, in the same way. If domains are set too, a person must match "
        "both.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Offer figures for Prometheus at `/metrics` to requests with this bearer token.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="Lowest level of log messages to write (to standard error)."
    )
    connect_timeout: Seconds = Field(10.0, description="Seconds to wait for a connection to a provider.")
    first_text_timeout: Seconds = Field(60.0, description="Seconds to wait for an answer's first text.")
    idle_timeout: Seconds = Field(60.0, description="Seconds to wait for an answer's next text.")
    total_timeout: Seconds = Field(600.0, description="Seconds an answer may take in total.")
    write_titles: bool = Field(
        True, description="Let a model write the title of a conversation after its first answer."
    )
    rate_limits: bool = Field(
        True,
        description="Limit how often one person or address may send, share, upload, import, export and "
        "test providers.",
    )
    find_local_servers: bool = Field(
        True,
        description="Look for model servers on this machine "
        "(Ollama, llama.cpp, LM Studio, vLLM, LiteLLM, Jan, KoboldCpp).",
    )
    proxy: SecretStr | None = Field(
        None,
        description="HTTP or SOCKS5 proxy for every provider without its own. It may contain a password.",
    )
    freegpt_base_url: str | None = Field(
        None, description="Address of FreeGpt. Separate several mirrors with commas."
    )
    chatgptfree_base_url: str | None = Field(None, description="Address of ChatgptFree.")
    aichatfree_base_url: str | None = Field(None, description="Address of AIChatFree.")
    chatgptt_base_url: str | None = Field(None, description="Address of ChatGptt.")
    flowgpt_base_url: str | None = Field(None, description="Address of FlowGpt.")
    openai_base_url: str | None = Field(
        None,
        validation_alias=AliasChoices("openai_base_url", "OPENAI_BASE_URL"),
        description="Address of an OpenAI-compatible service to offer from the start.",
    )
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"),
        description="API key for that service, if it needs one.",
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("public_url")
    @classmethod
    def _plain_addresses(cls, value: str | None) -> str | None:
        paths = set()
        for url in comma_separated(value):
            parts = urlsplit(url)
            is_plain = _PATH.fullmatch(parts.path) and not parts.query and not parts.fragment
            if parts.scheme not in {"http", "https"} or not parts.hostname or not is_plain:
                raise ValueError(
                    "use an address such as https://chat.example.org or https://chat.example.org/chat"
                )
            paths.add(parts.path.rstrip("/"))
        if len(paths) > 1:
            raise ValueError("all addresses must have the same path")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _private_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        is_plain = not (parts.query or parts.fragment or parts.username)
        if value and not (is_plain and is_safe_address(value)):
            raise ValueError("use an address such as https://login.example.org")
        if (parts.hostname or "") in _MICROSOFT and parts.path.strip("/").split("/")[0] in _MANY_TENANTS:
            raise ValueError(
                "name one organization of Microsoft Entra, such as "
                "https://login.microsoftonline.com/TENANT/v2.0 with its directory (tenant) ID for TENANT"
            )
        return value

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _without_spaces(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text is not None and not _PLAIN.fullmatch(text):
            raise ValueError("use letters, digits and signs of ASCII, without spaces")
        return value

    @field_validator("oidc_allowed_domains")
    @classmethod
    def _domains(cls, value: str | None) -> str | None:
        if not all(map(_DOMAIN.fullmatch, comma_separated(value))):
            raise ValueError("use domains such as example.org")
        return value

    @field_validator(*(f"{service}_base_url" for service in ("openai", *SERVICES)))
    @classmethod
    def _web_addresses(cls, value: str | None) -> str | None:
        for url in comma_separated(value):
            if not (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname):
                raise ValueError("it must start with http:// or https://")
        return value

    @model_validator(mode="after")
    def _deadlines_nest(self) -> Self:
        longest = max(self.connect_timeout, self.first_text_timeout, self.idle_timeout)
        if longest > self.total_timeout:
            raise ValueError(
                "WEBCHAT_TOTAL_TIMEOUT is shorter than another timeout, which could never be reached"
            )
        return self

    @model_validator(mode="after")
    def _openid_connect_is_whole(self) -> Self:
        needed = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        others = (self.oidc_name, self.oidc_allowed_domains, self.oidc_allowed_groups)
        if any((*needed, *others)) and not all(needed):
            raise ValueError(
                "WEBCHAT_OIDC_ISSUER, WEBCHAT_OIDC_CLIENT_ID and WEBCHAT_OIDC_CLIENT_SECRET must be set "
                "together"
            )
        if self.oidc_issuer and not self.public_urls and not is_this_machine(self.host):
            raise ValueError(
                "WEBCHAT_OIDC_ISSUER needs WEBCHAT_PUBLIC_URL, the address to which people come back"
            )
        for text in (self.oidc_allowed_domains, self.oidc_allowed_groups):
            if text and not comma_separated(text):
                raise ValueError("WEBCHAT_OIDC_ALLOWED_DOMAINS or WEBCHAT_OIDC_ALLOWED_GROUPS names none")
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for network in comma_separated(value):
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError("use addresses or networks such as 10.0.0.2 or 10.0.0.0/24") from error
        return value

    @property
    def public_urls(self) -> tuple[str, ...]:
        """The addresses in `public_url`."""
        return comma_separated(self.public_url)

    @property
    def public_address(self) -> str | None:
        """The first of `public_urls`, without a slash at its end; None to use the address of the request."""
        return next((url.rstrip("/") for url in self.public_urls), None)

    @property
    def public_origins(self) -> tuple[str, ...]:
        """The addresses in `public_url` without their path."""
        return tuple(url.removesuffix("/").removesuffix(self.base_path) for url in self.public_urls)

    @property
    def base_path(self) -> str:
        """The path of `public_url`, without a slash at its end: empty, or for example `/chat`."""
        return next((urlsplit(url).path.rstrip("/") for url in self.public_urls), "")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where people open webchat: the public addresses, else its own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_urls or (f"http://{host}:{self.port}",)

    @property
    def needs_accounts(self) -> bool:
        """Whether others can reach this webchat, so that nobody may use it without an account."""
        return bool(self.public_urls) or not is_this_machine(self.host)

    @property
    def is_behind_tls(self) -> bool:
        """Whether people reach it over https alone."""
        return bool(self.public_urls) and all(url.startswith("https:") for url in self.public_urls)

    @property
    def oidc_shown_name(self) -> str:
        """What people call the issuer of OpenID Connect."""
        return self.oidc_name or urlsplit(self.oidc_issuer or "").hostname or ""

    def service_urls(self, service: str) -> tuple[str, ...]:
        """The addresses set for one of `SERVICES`; none for its default address."""
        return comma_separated(getattr(self, f"{service}_base_url"))

    @property
    def database(self) -> str:
        """The SQLAlchemy URL of the database in use. It may contain a password, so never show it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return default_url(self.data_dir)


def comma_separated(value: str | None) -> tuple[str, ...]:
    """The comma-separated parts of a setting; a part may contain spaces."""
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def variable_name(field: str) -> str:
    """Return the environment variable of a field: `port` → `WEBCHAT_PORT`."""
    return field.upper() if field.startswith("openai_") else f"{PREFIX}{field.upper()}"


def load_settings(**given: Any) -> Settings:
    """Load the settings. Values in `given` (the command line) that are not None take precedence.

    Raises:
        SettingsError: a value is invalid. The message never repeats the value of a secret.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(lines=_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False):
        words = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines.append(words)
            continue
        field = str(problem["loc"][0]).lower()
        secret = field in Settings.model_fields and "Secret" in str(Settings.model_fields[field].annotation)
        shown = "" if secret else f" is {problem['input']!r}"
        lines.append(f"{variable_name(field)}{shown}: {words}")
    return "\n".join(f"  {line}" for line in lines)


_in_use: Settings | None = None


def get_settings() -> Settings:
    """Return the current settings, loaded from the environment on the first call.

    Raises:
        SettingsError: a value is invalid.
    """
    global _in_use
    if _in_use is None:
        _in_use = load_settings()
    return _in_use


def use_settings(settings: Settings | None) -> None:
    """Set what `get_settings` returns; None makes the next call load the environment again."""
    global _in_use
    _in_use = settings
