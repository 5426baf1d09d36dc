"""`[files]`: what is refused before anything is stored, and the store that comes out."""

import pytest
from pydantic import ValidationError

from app.commands import doctor
from app.files import Files, file_store
from app.settings import Settings
from integrations.files.both import BothFiles
from integrations.files.local import LocalFiles
from integrations.files.s3 import S3Files
from tests.integrations.s3_server import SECRETS, s3, s3_process  # noqa: F401 - fixtures

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")

S3 = {"kind": "s3", "bucket": "files"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "s3"}, "bucket"),
        ({**S3, "access_key": "a"}, "belong together"),
        ({**S3, "endpoint": "http://s3.example"}, "must be https"),
        ({**S3, "endpoint": "http://8.8.8.8:9000"}, "must be https"),
        ({**S3, "endpoint": "ftp://s3.example"}, "must look like"),
        ({**S3, "endpoint": "https://key:secret@s3.example"}, "keys stand apart"),
        ({**S3, "prefix": "a/../b"}, "upwards"),
        ({"links": "store"}, "kind"),
        ({"max_mb": 0}, "greater"),
    ],
)
def test_what_can_not_be(given, says):
    with pytest.raises(ValidationError, match=says):
        Files(**given)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://s3.example/",
        "http://minio:9000",
        "http://127.0.0.1:9000",
        "http://10.1.2.3",
        "http://[::1]:9000",
    ],
)
def test_addresses_that_may_be(endpoint):
    assert Files(**S3, endpoint=endpoint).endpoint == endpoint.rstrip("/")


def test_the_library_is_asked_for_by_its_extra(monkeypatch):
    monkeypatch.setattr("app.files.find_spec", lambda _name: None)
    with pytest.raises(ValidationError, match=r"concierge-b24\[s3\]"):
        Files(**S3)


@pytest.mark.parametrize(("bucket", "ok"), [("files", True), ("nowhere", False)])
async def test_the_doctor_looks_into_the_bucket(s3, bucket, ok):  # noqa: F811
    files = Files(kind="s3", bucket=bucket, endpoint=s3.endpoint, **SECRETS)
    found = await doctor._bucket(Settings(files=files))
    assert (found.part, found.ok) == ("files", ok)
    assert ok or ("bucket" in found.detail and found.remedy)


def test_the_store_that_comes_out(tmp_path):
    bucket = Files(**S3, endpoint="http://127.0.0.1:9", access_key="a", secret_key="b")
    assert isinstance(file_store(tmp_path, Files()), LocalFiles)
    assert isinstance(file_store(tmp_path / "none", bucket), S3Files)
    assert isinstance(file_store(tmp_path, bucket), BothFiles)
    assert "b" not in repr(bucket.secret_key)
