"""Attachments in S3 (AWS, MinIO, any store that speaks it), over obstore; needs the extra ``s3``."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import obstore
from obstore import exceptions
from obstore.store import S3Store

from domain.errors import Permanent, Temporary
from domain.files import disposition, inert_type
from domain.ports import StoredFile
from integrations.files.keys import checked

PART_BYTES = 8 << 20
"""Larger files go up in parts, few at a time, so that an upload holds no second copy of the file."""
PARTS_AT_ONCE = 2
PIECE = 1 << 18
PACK = 500
CONNECT_S, ANSWER_S, RETRY_S = 5.0, 60.0, 20.0
LONGEST_LINK = timedelta(days=7)
"""S3's own bound for a presigned address (Signature Version 4)."""


@dataclass(frozen=True, slots=True)
class S3Options:
    """Where the bucket is and how we come in. Without keys the machine's own role is asked (on AWS)."""

    bucket: str
    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = ""
    prefix: str = ""
    path_style: bool = True


class S3Files:
    """A FileStore in one bucket. The bucket is made by whoever owns it, never by us."""

    def __init__(self, options: S3Options) -> None:
        config: dict[str, Any] = {
            "region": options.region,
            "virtual_hosted_style_request": not options.path_style,
        }
        if options.endpoint:
            config["endpoint"] = options.endpoint
        if options.access_key:
            config["access_key_id"] = options.access_key
            config["secret_access_key"] = options.secret_key
        self._store = S3Store(
            options.bucket,
            prefix=options.prefix.strip("/") or None,
            config=config,  # type: ignore[arg-type] # a TypedDict made piece by piece
            client_options={
                "allow_http": options.endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "timeout": timedelta(seconds=ANSWER_S),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=RETRY_S)},
        )

    async def put(self, key: str, data: bytes, name: str, mime: str) -> None:
        """S3 shows an object whole or not at all; parts of an upload that was cut off are never seen."""
        attributes = {"Content-Type": inert_type(mime), "Content-Disposition": disposition(name)}
        with _told("files-bucket"):
            await obstore.put_async(
                self._store,
                checked(key),
                data,
                attributes=attributes,
                use_multipart=len(data) > PART_BYTES,
                chunk_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
            )

    async def get(self, key: str) -> bytes:
        """Permanent("file-gone") when it isn't there."""
        with _told():
            found = await obstore.get_async(self._store, checked(key))
            return bytes(await found.bytes_async())

    async def size(self, key: str) -> int | None:
        try:
            with _told():
                return int((await obstore.head_async(self._store, checked(key)))["size"])
        except Permanent as fault:
            if fault.code != "file-gone":
                raise
            return None

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        with _told():
            found = await obstore.get_async(self._store, checked(key))
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)

    async def listed(self, prefix: str) -> AsyncIterator[Sequence[StoredFile]]:
        with _told("files-bucket"):
            async for pack in obstore.list(self._store, prefix.rstrip("/") or None, chunk_size=PACK):
                yield [StoredFile(one["path"], one["size"], one["last_modified"]) for one in pack]

    async def delete(self, key: str) -> None:
        """Gone afterwards, whether it was there or not."""
        try:
            with _told():
                await obstore.delete_async(self._store, checked(key))
        except Permanent as fault:
            if fault.code != "file-gone":
                raise

    async def link(self, key: str, for_s: float) -> str | None:
        """A presigned address. Type and disposition are the object's own since it was put."""
        with _told():
            return await obstore.sign_async(
                self._store, "GET", checked(key), min(timedelta(seconds=for_s), LONGEST_LINK)
            )


@contextmanager
def _told(missing: str = "file-gone") -> Iterator[None]:
    """The store's faults in our words; ``missing`` says what isn't there when something isn't."""
    try:
        yield
    except (exceptions.NotFoundError, FileNotFoundError) as error:
        raise Permanent(missing, "the store knows no such thing") from error
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError, PermissionError) as error:
        raise Permanent("files-refused", type(error).__name__) from error
    except (exceptions.BaseError, OSError) as error:
        # A listing's refusals have no class of their own.
        if "NoSuchBucket" in str(error):
            raise Permanent("files-bucket", "the store knows no such bucket") from error
        if "403 Forbidden" in str(error):
            raise Permanent("files-refused", type(error).__name__) from error
        raise Temporary("files-unavailable", type(error).__name__) from error
