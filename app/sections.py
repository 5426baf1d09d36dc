"""The tables of `concierge.toml`, one pydantic model each; `settings.py` reads them together."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from app.mappings import mapping_of
from app.sources import LOOPBACK, AnySource
from domain.alerts import AlertKind
from domain.business_time import BusinessTimeError, Calendar
from domain.escalation import EscalationError, parse_rules
from domain.mapping import MappingError
from domain.people import Privacy, Role
from domain.privacy import Marketing
from domain.service_levels import LevelsError, parse_levels


class Section(BaseModel):
    """A table of the file; an unknown key is a fault, not a silence."""

    model_config = ConfigDict(extra="forbid")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no such time zone: {name!r} (for example Europe/Moscow)") from error
    return name


class Service(Section):
    """The process itself."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""
    database_url: str = "sqlite+aiosqlite:///var/concierge.db"
    files: Path = Path("var/files")
    language: Literal["ru", "en"] = "ru"
    timezone: str = "Europe/Moscow"
    metrics_token: SecretStr = SecretStr("")
    log_format: Literal["auto", "json", "console"] = "auto"
    trusted_proxies: list[str] = []
    secret_keys: list[SecretStr] = []
    """Keys of what is sealed in the database, ``id:base64``; the first seals, all open."""

    @field_validator("secret_keys")
    @classmethod
    def _are_keys(cls, lines: list[SecretStr]) -> list[SecretStr]:
        if lines:
            from storage.sealing import SecretKey  # noqa: PLC0415 - the cipher only where keys are given

            ids = [SecretKey.parse(line.get_secret_value()).id for line in lines]
            if len(ids) != len(set(ids)):
                raise ValueError("two keys have the same id")
        return lines

    _check_zone = field_validator("timezone")(_zone)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: list[str]) -> list[str]:
        for one in proxies:
            ip_network(one, strict=False)  # its ValueError names the address
        return proxies

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if not url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            raise ValueError("use sqlite+aiosqlite:///FILE or postgresql+asyncpg://…")
        if url.startswith("sqlite") and (":memory:" in url or "mode=memory" in url or url.endswith(":///")):
            raise ValueError("name a file: a database in memory can't be shared")
        return url


class Bitrix24(Section):
    """One portal by inbound webhook, and the app that others install."""

    webhook_url: SecretStr = SecretStr("")
    bot_token: SecretStr = SecretStr("")
    support_users: list[int] = []
    managers: list[int] = []
    representatives: list[int] = []
    poll_seconds: float = Field(2, gt=0)
    rest_seconds: float = Field(15, gt=0)
    settle_seconds: float = Field(65, ge=0)
    event_mode: Literal["fetch", "webhook"] = "fetch"
    robots: bool = True
    """Whether guests and stays that are new start the portal's robots; a first load never does."""
    bucket_capacity: int = Field(50, ge=1)
    calls_per_second: float = Field(2, gt=0)
    client_id: str = Field("", max_length=100)
    client_secret: SecretStr = SecretStr("")
    app_code: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    domain: str = Field("", pattern=r"^([A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._/-]*)?)?$")
    """The installed portal that this file's hotels and people belong to."""
    oauth_servers: list[str] = ["https://oauth.bitrix.info", "https://oauth.bitrix24.tech"]

    @field_validator("oauth_servers")
    @classmethod
    def _are_servers(cls, servers: list[str]) -> list[str]:
        for one in servers:
            _check_origin(one)
            if "*" in one:
                raise ValueError(f"{one!r}: name the server itself")
        return servers

    @model_validator(mode="after")
    def _app_is_whole(self) -> "Bitrix24":
        if bool(self.client_id) != bool(self.client_secret.get_secret_value()):
            raise ValueError("client_id and client_secret belong together")
        return self

    @field_validator("webhook_url")
    @classmethod
    def _webhook_shape(cls, secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value():
            return secret
        url = urlsplit(secret.get_secret_value())
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise ValueError("must be https:// (http only towards this machine)")
        if url.scheme not in {"http", "https"} or not re.fullmatch(r"(/.*)?/rest/\d+/[^/]+/?", url.path):
            raise ValueError(
                "must look like https://PORTAL/rest/USER/CODE/ (an inbound webhook of the portal)"
            )
        return secret

    @field_validator("bot_token")
    @classmethod
    def _token_length(cls, secret: SecretStr) -> SecretStr:
        if len(secret.get_secret_value()) > 40:
            raise ValueError("at most 40 characters")
        return secret

    @property
    def url(self) -> str:
        return self.webhook_url.get_secret_value()

    @property
    def public_url(self) -> str:
        """The portal's address without the secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{parts.path.split('/rest/')[0]}"


class Telegram(Section):
    """The mirror; an empty token means none."""

    token: SecretStr = SecretStr("")
    api_url: str = "https://api.telegram.org"
    support_chat: int = 0
    managers_chat: int = 0
    webhook_url: str = ""

    @property
    def enabled(self) -> bool:
        return bool(self.token.get_secret_value())


class Support(Section):
    """The desk."""

    prefix: str = Field("FB", pattern=r"^[A-Z][A-Z0-9]{0,7}$")
    hours: str = "Mon-Fri 09:00-18:00"
    timezone: str = "Europe/Moscow"
    calendar: str = "RU"
    desk: str = ""
    """The portal (its key) whose staff work the requests of all the others; empty: each has its own desk."""
    responsible: int | None = None
    reopen_days: int = Field(14, ge=0)
    levels: dict[str, dict[str, dict[str, Any]]] = {}
    escalation: dict[str, Any] = {}
    calendar_exceptions: dict[str, str] = {}

    @model_validator(mode="after")
    def _hours_can_be_read(self) -> "Support":
        try:
            calendar = Calendar.from_settings(
                self.hours, self.timezone, self.calendar, self.calendar_exceptions
            )
            parse_levels(self.levels, calendar.hours.full_day)
            parse_rules(self.escalation, calendar.hours.full_day)
        except (BusinessTimeError, LevelsError, EscalationError) as error:
            raise ValueError(str(error)) from error
        return self


class PersonGrant(Section):
    """``[[people]]``: a role for a user or a department."""

    user: int | None = None
    department: int | None = None
    role: Role
    hotels: list[str] = []
    privacy: Privacy | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "PersonGrant":
        if (self.user is None) == (self.department is None):
            raise ValueError("give either user or department")
        return self


class PrivacySection(Section):
    """Personal data."""

    retention_days: int = Field(0, ge=0)
    card_minutes: int = Field(60, ge=0)
    marketing: Marketing = Marketing.OPT_IN
    telegram: Privacy = Privacy.BASIC
    chats: dict[str, Privacy] = {}

    @field_validator("chats")
    @classmethod
    def _chats_are_named(cls, chats: dict[str, Privacy]) -> dict[str, Privacy]:
        for name in chats:
            if not re.fullmatch(r"bitrix24:\S+|telegram:-?\d+", name):
                raise ValueError(f'{name!r} must look like "bitrix24:chat77" or "telegram:-1002000000001"')
        return chats


class CallbackSection(Section):
    """``[callback]``: the form for the hotels' sites."""

    enabled: bool = True
    sites: dict[str, list[str]] = {}
    operator: str = ""
    operator_contact: str = ""
    consent_file: Path | None = None
    consent_version: str = ""
    consent_text: str = ""
    """The operator's own text itself, as the settings page keeps it; a file goes before it."""
    per_ip: int = Field(5, ge=1)
    per_site: int = Field(60, ge=1)
    min_fill_seconds: float = Field(2, ge=0)

    @field_validator("sites")
    @classmethod
    def _origins(cls, sites: dict[str, list[str]]) -> dict[str, list[str]]:
        for key, origins in sites.items():
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", key):
                raise ValueError(f"{key!r}: a site's key has letters, digits, - and _ only")
            for origin in origins:
                _check_origin(origin)
        return sites

    @model_validator(mode="after")
    def _own_text_has_a_version(self) -> "CallbackSection":
        if (self.consent_file is not None or self.consent_text) and not self.consent_version:
            raise ValueError("consent_version: give your own consent text a version, for example 2026-11-01")
        return self


def _check_origin(origin: str) -> None:
    """An origin goes into a header as it stands, so it must be one and nothing else."""
    found = re.fullmatch(r"(https?)://((?:\*\.)?[A-Za-z0-9.-]+)(:\d{1,5})?", origin)
    if found is None or (found[1] == "http" and found[2] not in LOOPBACK):
        raise ValueError(
            f"{origin!r} must look like https://hotel.example (no path; http only on this machine)"
        )


class HotelSync(Section):
    """When and how far a hotel is synced."""

    every_minutes: int = Field(15, ge=1)
    warn_share: float = Field(0.05, ge=0, le=1)
    pause_after: int = Field(5, ge=0)
    full_at: str = Field("04:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    days_back: int = Field(30, ge=0)
    days_ahead: int = Field(365, ge=0)
    remake_deleted: bool = True


class HotelSection(Section):
    """``[[hotels]]``."""

    code: str = Field(pattern=r"^[A-Z0-9_-]{1,20}$")
    name: str
    timezone: str = "Europe/Moscow"
    currency: str = Field("RUB", pattern=r"^[A-Z]{3}$")
    country: str = Field("RU", pattern=r"^[A-Z]{2}$")
    source: AnySource | None = None
    sources: list[AnySource] = []
    sync: HotelSync = HotelSync()
    own_contacts: list[str] = []
    rooms: int | None = Field(None, ge=1)
    morning_at: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    mapping: Path | None = None
    mapping_text: str = ""
    """As the settings page keeps it, instead of a file."""
    alerts: list[AlertKind] = list(AlertKind)
    alert_days: int = Field(1, ge=0, le=14)
    alert_chats: list[str] = []

    _check_zone = field_validator("timezone")(_zone)

    @field_validator("mapping_text")
    @classmethod
    def _mapping_can_be_used(cls, text: str) -> str:
        try:
            mapping_of(None, text)
        except MappingError as error:
            raise ValueError(str(error)) from error
        return text

    @field_validator("alert_chats")
    @classmethod
    def _chats(cls, chats: list[str]) -> list[str]:
        for chat in chats:
            if not re.fullmatch(r"(bitrix24|telegram):\S+", chat):
                raise ValueError(f"{chat!r}: write bitrix24:chat77 or telegram:-100…")
        return chats

    @property
    def doors(self) -> list[AnySource]:
        """The hotel's doors in the order of the file."""
        return [self.source, *self.sources] if self.source else list(self.sources)
