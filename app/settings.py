"""Every setting, one pydantic class: environment over ``concierge.toml`` over the default (decision 14)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableEnvironment

from app import environment
from app.api import Api
from app.files import Files
from app.mappings import faults_of
from app.observability import Observability
from app.sections import (
    Bitrix24,
    CallbackSection,
    HotelSection,
    PersonGrant,
    PrivacySection,
    Service,
    Support,
    Telegram,
)
from app.sources import tidy_location, union_fault
from domain.people import Grant, Role


class _File(TomlConfigSettingsSource):
    """The file, with what the environment sets inside its lists of tables."""

    def __init__(
        self, settings_cls: type[BaseSettings], file: Path, inside_lists: Mapping[tuple[str, ...], str]
    ) -> None:
        super().__init__(settings_cls, file)
        self._inside_lists = inside_lists

    def __call__(self) -> dict[str, Any]:
        data = super().__call__()
        environment.put_in(data, self._inside_lists)
        return data


class Settings(BaseSettings):
    """All of it. ``CONCIERGE_BITRIX24__WEBHOOK_URL`` sets ``[bitrix24] webhook_url``, and so on."""

    model_config = SettingsConfigDict(
        env_prefix="CONCIERGE_",
        env_nested_delimiter="__",
        extra="forbid",
    )
    file: ClassVar[Path] = Path("concierge.toml")

    service: Service = Service()
    bitrix24: Bitrix24 = Bitrix24()
    telegram: Telegram = Telegram()
    support: Support = Support()
    callback: CallbackSection = CallbackSection()
    privacy: PrivacySection = PrivacySection()
    files: Files = Files()
    api: Api = Api()
    observability: Observability = Observability()
    people: list[PersonGrant] = []
    hotels: list[HotelSection] = []

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        inside_lists: dict[tuple[str, ...], str] = {}
        if isinstance(env_settings, EnvSettingsSource):
            inside_lists = environment.of_lists(env_settings.env_vars)
            taken = {(environment.PREFIX + environment.DELIMITER.join(path)) for path in inside_lists}
            env_settings.env_vars = {k: v for k, v in env_settings.env_vars.items() if k.lower() not in taken}
        return init_settings, env_settings, _File(settings_cls, cls.file, inside_lists)

    @model_validator(mode="after")
    def _codes_are_unique(self) -> "Settings":
        codes = [hotel.code for hotel in self.hotels]
        if len(codes) != len(set(codes)):
            raise ValueError("hotels: two hotels have the same code")
        return self

    def grants(self) -> dict[str, list[Grant]]:
        """Roles by portal user id, as file and environment give them (departments are resolved at start)."""
        found: dict[str, list[Grant]] = {}
        for ids, role in (
            (self.bitrix24.support_users, Role.SUPPORT),
            (self.bitrix24.managers, Role.MANAGER),
            (self.bitrix24.representatives, Role.REPRESENTATIVE),
        ):
            for user in ids:
                found.setdefault(str(user), []).append(Grant(role))
        for person in self.people:
            if person.user is not None:
                grant = Grant(person.role, tuple(person.hotels), person.privacy)
                found.setdefault(str(person.user), []).append(grant)
        return found

    def department_grants(self) -> dict[str, list[Grant]]:
        """Roles by department id; who is in one only the portal knows."""
        found: dict[str, list[Grant]] = {}
        for person in self.people:
            if person.department is not None:
                grant = Grant(person.role, tuple(person.hotels), person.privacy)
                found.setdefault(str(person.department), []).append(grant)
        return found


class SettingsError(Exception):
    """Wrong configuration: ``faults`` are readable lines that name the key."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def load_settings(path: Path | None) -> Settings:
    """Read the settings; SettingsError with one line per fault."""
    file = path or Settings.file
    if path is not None and not path.is_file():
        raise SettingsError([f"{path}: no such file"])

    class Located(Settings):
        """The same settings, read from one file."""

    Located.file = file
    try:
        return _with_mappings(Located())
    except ValidationError as error:
        raise SettingsError([fault_line(one) for one in error.errors(include_input=False)]) from None
    except UnreadableEnvironment as error:
        raise SettingsError([f"environment: {error}"]) from None
    except ValueError as error:  # TOMLDecodeError names line and column
        raise SettingsError([f"{file}: {error}"]) from error
    except OSError as error:
        raise SettingsError([f"{file}: {error.strerror}"]) from error


def _with_mappings(settings: Settings) -> Settings:
    """The settings, unless a mapping file they name can't be used."""
    if faults := faults_of((hotel.mapping for hotel in settings.hotels), settings.service.language):
        raise SettingsError(faults)
    return settings


_PLAIN = {"extra_forbidden": "no such key", "missing": "is missing"}


def fault_line(error: Any) -> str:
    """``[section] key: what is wrong``, ``[[hotels]] 2 source.url: …`` for the second table of a list."""
    section, *path = [part + 1 if isinstance(part, int) else str(part) for part in error["loc"]] or [""]
    path = tidy_location(path)
    says = union_fault(error["type"], error.get("ctx", {})) or _PLAIN.get(
        error["type"], str(error["msg"]).removeprefix("Value error, ")
    )
    if not path:
        return f"[{section}]: {says}" if section else says
    number, rest = (f"{path[0]} ", path[1:]) if isinstance(path[0], int) else ("", path)
    table = f"[[{section}]]" if number else f"[{section}]"
    return f"{table} {number}{'.'.join(map(str, rest))}".rstrip() + f": {says}"
