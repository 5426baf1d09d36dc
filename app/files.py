"""`[files]`: where the requests' attachments lie, and how they are handed out."""

from datetime import timedelta
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from app.sections import Section
from app.sources import LOOPBACK, missing_library
from domain.ports import FileStore
from integrations.files.local import LocalFiles


class Files(Section):
    """A folder (`[service] files`), or a bucket of S3."""

    kind: Literal["local", "s3"] = "local"
    endpoint: str = ""
    bucket: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: SecretStr = SecretStr("")
    prefix: str = Field("", pattern=r"^[A-Za-z0-9_./-]*$")
    path_style: bool = True
    max_mb: int = Field(100, ge=1, le=100)
    link_hours: int = Field(24, ge=1, le=168)
    links: Literal["service", "store"] = "service"

    @field_validator("endpoint")
    @classmethod
    def _safe_way(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("must look like https://s3.example or http://minio:9000 (keys stand apart)")
        if parts.scheme == "http" and not _is_near(parts.hostname):
            raise ValueError("must be https:// (http only towards this machine and private networks)")
        return url.rstrip("/")

    @field_validator("prefix")
    @classmethod
    def _no_climbing(cls, prefix: str) -> str:
        if ".." in prefix.split("/"):
            raise ValueError("can't lead upwards")
        return prefix.strip("/")

    @model_validator(mode="after")
    def _whole(self) -> "Files":
        if bool(self.access_key) != bool(self.secret_key.get_secret_value()):
            raise ValueError("access_key and secret_key belong together")
        if self.kind == "local":
            if self.links == "store":
                raise ValueError('links = "store" needs kind = "s3": a folder has no address of its own')
            return self
        if not self.bucket:
            raise ValueError('bucket: kind = "s3" needs one')
        if find_spec("obstore") is None:
            raise ValueError(missing_library("s3", "obstore", "s3"))
        return self


def _is_near(host: str) -> bool:
    """Whether it is this machine, a private address, or a bare name, which only a private network (as Compose's) resolves."""
    if host in LOOPBACK or ("." not in host and ":" not in host):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback


def file_store(folder: Path, files: Files) -> FileStore:
    """The store of a process. With a bucket, what still lies in the folder is found there."""
    local = LocalFiles(folder)
    if files.kind == "local":
        return local
    from integrations.files.both import BothFiles  # noqa: PLC0415 - obstore is an extra
    from integrations.files.s3 import S3Files, S3Options  # noqa: PLC0415

    options = S3Options(
        bucket=files.bucket,
        endpoint=files.endpoint,
        region=files.region,
        access_key=files.access_key,
        secret_key=files.secret_key.get_secret_value(),
        prefix=files.prefix,
        path_style=files.path_style,
    )
    return BothFiles(S3Files(options), local) if folder.is_dir() else S3Files(options)


def link_lifetime(files: Files) -> timedelta:
    """How long a link to a file is good."""
    return timedelta(hours=files.link_hours)
