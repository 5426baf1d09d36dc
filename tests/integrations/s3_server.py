"""A real S3-speaking server on loopback: moto's, in a thread of its own. obstore brings its own HTTP client."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

SECRETS = {"access_key": "house", "secret_key": "of-secrets"}


@dataclass(frozen=True)
class S3Server:
    """Where it is, and the bucket that is there."""

    endpoint: str
    bucket: str

    def objects(self) -> dict[str, int]:
        """What lies in the bucket, by key: sizes."""
        return {key.name: key.size for key in _bucket(self.bucket).keys.values()}

    def raw(self, key: str):
        """An object as the server has it."""
        return _backend().get_object(self.bucket, key)

    def uploads(self) -> int:
        """Uploads by parts that were neither finished nor aborted."""
        return len(_backend().list_multipart_uploads(self.bucket))


def _backend():
    from moto.s3.models import s3_backends

    return s3_backends["123456789012"]["aws"]


def _bucket(name: str):
    return _backend().get_bucket(name)


@pytest.fixture(scope="module")
def s3_process() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_process: str) -> Iterator[S3Server]:
    """An empty bucket."""
    backend = _backend()
    backend.create_bucket("files", "us-east-1")
    yield S3Server(s3_process, "files")
    backend.reset()
