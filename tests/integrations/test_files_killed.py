"""A process killed by the system between a file's upload and its row: the next one finds the file, and no other."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from handlers.desk.attachments import Attachments
from integrations.files.s3 import S3Files, S3Options
from storage import Database
from tests.integrations.s3_server import SECRETS, s3, s3_process  # noqa: F401 - fixtures
from tests.lab import open_lab

pytestmark = [
    pytest.mark.drill,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]
ROOT = Path(__file__).parents[2]
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from handlers.desk.attachments import Attachments
from integrations.files.s3 import S3Files, S3Options
from storage import Database, attachments
from tests.conftest import FakeClock
from tests.handlers.desk import file
from tests.lab import open_lab

async def killed(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

async def main(url, folder, endpoint):
    lab = await open_lab(Database.open(url), FakeClock(), Path(folder))
    request = await file(lab, await lab.known("5"))
    store = S3Files(S3Options("files", endpoint, access_key="house", secret_key="of-secrets"))
    kept = Attachments(lab.scopes, store, lambda _id: lab.outside)
    async with lab.scopes.writing(lab.portal.id) as scope:
        (one,) = await kept.keep_for(scope, request.id, [lab.bitrix.upload("log.txt", b"log" * 1000)])
    attachments.mark_stored = killed
    await kept.content(lab.portal.id, one.id)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_after_the_upload(s3, sqlite_url, clock, tmp_path):  # noqa: F811
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, sqlite_url, str(tmp_path), s3.endpoint,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert await child.wait() == -signal.SIGKILL
    assert list(s3.objects().values()) == [3000], "it was put away"
    database = Database.open(sqlite_url)
    lab = await open_lab(database, clock, tmp_path)  # whose messenger knows no such file
    kept = Attachments(
        lab.scopes, S3Files(S3Options("files", s3.endpoint, **SECRETS)), lambda _id: lab.outside
    )
    (key,) = s3.objects()
    content = await kept.content(lab.portal.id, int(key.rpartition("/")[2]))
    assert (content.data, content.mime) == (b"log" * 1000, "text/plain")
    assert list(s3.objects()) == [key]
    await database.close()
