"""The doors of a hotel as the configuration has them: one model per kind, told apart by ``kind``."""

import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, ClassVar, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from integrations.fidelio.fias.names import NameFormat
from integrations.fidelio.fias.options import Options, read_url

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Source(BaseModel):
    """What every kind has. ``needs``: a library that isn't among the usual ones, and the extra that brings it."""

    model_config = ConfigDict(extra="forbid")
    needs: ClassVar[tuple[str, str] | None] = None
    live: ClassVar[bool] = False

    kind: str
    same_ids: bool | None = None

    @model_validator(mode="after")
    def _library_is_there(self) -> "Source":
        if self.needs is not None and find_spec(self.needs[0]) is None:
            raise ValueError(missing_library(self.kind, *self.needs))
        return self


def missing_library(what: str, library: str, extra: str) -> str:
    """The line for a door whose library isn't installed."""
    return f"{what} needs the library {library}: pip install 'concierge-b24[{extra}]'"


def _web_address(url: str, sample: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"must be http:// or https://, for example {sample}")
    return url


class Suite8Source(Source):
    """The Suite 8 XML Interface."""

    kind: Literal["suite8"]
    url: str
    username: str = ""
    password: SecretStr = SecretStr("")
    vendor: str = "Suite8"
    packed: bool = True
    postings: bool = False
    nights: bool = False

    @field_validator("url")
    @classmethod
    def _http(cls, url: str) -> str:
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("must be http:// or https://…/FidelioXMLInterface.DataHandler?ic=XX")
        return url


class FiasSource(Source):
    """FIAS over IFC8: guests in house within seconds."""

    live: ClassVar[bool] = True

    kind: Literal["fias"]
    url: str
    encoding: Literal["cp1251", "cp866", "utf-8", "koi8-r", "cp850"] = "cp1251"
    listen: bool = False
    peer: str = ""
    family: str = Field("MS", pattern=r"^[A-Z]{2}$")
    fields: dict[str, str] = {}
    name_format: str = "last"
    room_status: bool = False
    move_window_seconds: float = Field(3.0, ge=0, le=60)
    resync: Literal["auto", "never"] = "auto"

    @field_validator("url")
    @classmethod
    def _tcp(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "tcp" or not parts.hostname or parts.port is None:
            raise ValueError("must be tcp://HOST:PORT, for example tcp://10.0.0.6:5010")
        return url

    @model_validator(mode="after")
    def _usable(self) -> "FiasSource":
        self.options("UTC")  # its ValueError names the key
        return self

    def options(self, timezone: str) -> Options:
        """The link as the adapter takes it."""
        host, port = read_url(self.url)
        return Options(
            host,
            port,
            listen=self.listen,
            peer=self.peer,
            encoding=self.encoding,
            timezone=timezone,
            family=self.family,
            fields=self.fields,
            name_format=cast("NameFormat", self.name_format),
            room_status=self.room_status,
            move_window_s=self.move_window_seconds,
            resync=self.resync,
        )


class SftpSection(BaseModel):
    """``[hotels.source.sftp]``: fetch the files from a server into ``path`` first."""

    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = Field(22, ge=1, le=65535)
    username: str
    password: SecretStr = SecretStr("")
    key_file: Path | None = None
    host_key: str
    folder: str = "."

    @model_validator(mode="after")
    def _library_is_there(self) -> "SftpSection":
        if find_spec("asyncssh") is None:
            raise ValueError(missing_library("sftp", "asyncssh", "sftp"))
        return self


class ExportsSource(Source):
    """Export files in a watched folder."""

    kind: Literal["exports"]
    path: Path
    map: Path
    keep_days: int = Field(30, ge=0)
    steady_seconds: float = Field(5.0, ge=0)
    sftp: SftpSection | None = None


class OperaDbSource(Source):
    """The PMS's Oracle database, read only."""

    needs: ClassVar[tuple[str, str] | None] = ("oracledb", "oracle")

    kind: Literal["opera_db"]
    dsn: str
    username: str
    password: SecretStr = SecretStr("")
    profile: Literal["suite8", "opera5"]
    resort: str = ""
    owner: str = Field("", pattern=r"^[A-Za-z0-9_$#]*$")
    server_timezone: str = ""
    thick: bool = False

    @model_validator(mode="after")
    def _one_hotel_of_many(self) -> "OperaDbSource":
        if self.profile == "opera5" and not self.resort:
            raise ValueError("resort is missing: the hotel's code in OPERA (RESORT)")
        return self

    @field_validator("server_timezone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise ValueError(f"{zone!r} is no time zone, for example Europe/Moscow")
        return zone


class OperaCloudSource(Source):
    """OPERA Cloud through OHIP."""

    kind: Literal["opera_cloud"]
    url: str
    client_id: str
    client_secret: SecretStr = SecretStr("")
    app_key: SecretStr = SecretStr("")
    hotel_id: str
    external_system: str = ""
    enterprise_id: str = ""
    scope: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        return _web_address(url, "https://HOST.oracleindustry.com")


class OxiSource(Source):
    """OXI messages that the PMS posts to ``/oxi/{key}``."""

    live: ClassVar[bool] = True

    kind: Literal["oxi"]
    key: SecretStr

    @field_validator("key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,80}", key.get_secret_value()):
            raise ValueError("16 to 80 letters, digits, - and _: it is the secret part of the address")
        return key


AnySource = Annotated[
    Suite8Source | FiasSource | ExportsSource | OperaDbSource | OperaCloudSource | OxiSource,
    Field(discriminator="kind"),
]

KINDS = ("suite8", "fias", "exports", "opera_db", "opera_cloud", "oxi")


def door_names(sources: list[AnySource]) -> list[str]:
    """A name per door, unique within the hotel: its kind, and a number from the second of a kind on."""
    counts: dict[str, int] = {}
    names = []
    for source in sources:
        counts[source.kind] = counts.get(source.kind, 0) + 1
        names.append(source.kind if counts[source.kind] == 1 else f"{source.kind}-{counts[source.kind]}")
    return names


def tidy_location(path: Sequence[int | str]) -> list[int | str]:
    """A fault's place as the file has it: pydantic puts the kind into it, as if it were a table."""
    return [
        part
        for index, part in enumerate(path)
        if not (part in KINDS and index and (path[index - 1] == "source" or isinstance(path[index - 1], int)))
    ]


def union_fault(error_type: str, context: Mapping[str, object]) -> str | None:
    """The words for a door without a kind, or of a kind that there isn't; None for any other fault."""
    if error_type == "union_tag_not_found":
        return f"kind is missing (one of {', '.join(KINDS)})"
    if error_type == "union_tag_invalid":
        return f"kind = {context.get('tag')!r} is none of {', '.join(KINDS)}"
    return None
