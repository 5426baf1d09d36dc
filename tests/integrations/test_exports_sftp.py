"""Files fetched from a real SFTP server (asyncssh on loopback): new ones only, its key checked, faults as fates."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from domain.errors import Permanent, Temporary
from domain.ports import SourceWindow
from domain.stays import Cursor, Stay
from integrations.fidelio.exports.sftp import Server, SftpFetch
from integrations.fidelio.exports.source import ExportsSource
from tests.integrations.exports_files import IVANOV, MAP, PETROVA, csv_file, put

asyncssh = pytest.importorskip("asyncssh")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()


class Door(asyncssh.SSHServer):
    def begin_auth(self, username):
        return True

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("exports", "тайна")


@pytest.fixture
async def served(tmp_path):
    """(the server's folder, how to reach it, the server)."""
    root = tmp_path / "server"
    (root / "out").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")

    def sftp(channel):
        return asyncssh.SFTPServer(channel, chroot=str(root))

    listener = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Door, server_host_keys=[key], sftp_factory=sftp
    )
    public = key.export_public_key().decode().strip()
    server = Server("127.0.0.1", "exports", public, listener.get_port(), "тайна", folder="out")
    yield root / "out", server, listener
    listener.close()
    await listener.wait_closed()


@pytest.fixture
def into(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


async def test_only_new_files_come(served, into):
    out, server, _ = served
    put(out, "arrivals_1.csv", csv_file(IVANOV), "cp1251", at=AT)
    put(out, "arrivals_2.csv.part", csv_file(PETROVA), "cp1251", at=AT)
    (out / "old").mkdir()
    fetch = SftpFetch(server)
    assert await fetch.check() == "sftp 127.0.0.1: 1"
    assert await fetch.fetch(into) == 1
    assert (into / "arrivals_1.csv").stat().st_mtime == AT
    (into / "arrivals_1.csv").unlink()  # it was read and put away
    assert await SftpFetch(server).fetch(into) == 0
    put(out, "arrivals_1.csv", csv_file(IVANOV, PETROVA), "cp1251", at=AT + 60)
    assert await fetch.fetch(into) == 1
    assert sorted(path.name for path in out.iterdir()) == ["arrivals_1.csv", "arrivals_2.csv.part", "old"]


async def test_fetched_files_are_read(served, into, tmp_path):
    out, server, _ = served
    put(out, "arrivals.csv", csv_file(IVANOV), "cp1251", at=AT)
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")

    async def at_once(_seconds):
        pass

    door = ExportsSource(into, tmp_path / "map.toml", fetch=SftpFetch(server), sleep=at_once)
    window = SourceWindow(date(2026, 1, 1), date(2027, 1, 1))
    for expected in (1, 0):
        found = [one async for one in door.changed_since(Cursor(), window) if isinstance(one, Stay)]
        await door.confirm()
        assert len(found) == expected
    status = await door.check()
    assert status.ok
    assert "sftp 127.0.0.1: 1" in status.detail


async def test_a_wrong_password_is_for_people(served, into):
    _, server, _ = served
    wrong = Server(server.host, server.username, server.host_key, server.port, "не та", folder="out")
    with pytest.raises(Permanent) as told:
        await SftpFetch(wrong).fetch(into)
    assert (told.value.code, told.value.detail) == ("exports-sftp", "PermissionDenied")


async def test_a_server_with_another_key_gets_nothing(served, into):
    _, server, _ = served
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with pytest.raises(Permanent) as told:
        await SftpFetch(Server(server.host, "exports", other, server.port, "тайна", folder="out")).fetch(into)
    assert told.value.detail == "HostKeyNotVerifiable"
    with pytest.raises(Permanent):
        await SftpFetch(Server(server.host, "exports", "nonsense", server.port, "тайна")).fetch(into)


async def test_a_folder_that_is_not_there_is_for_people(served, into):
    _, server, _ = served
    gone = Server(server.host, "exports", server.host_key, server.port, "тайна", folder="nowhere")
    with pytest.raises(Permanent) as told:
        await SftpFetch(gone).fetch(into)
    assert "SFTPNoSuchFile" in told.value.detail


async def test_a_server_that_is_away_is_a_passing_fault(served, into):
    _, server, listener = served
    listener.close()
    await listener.wait_closed()
    await asyncio.sleep(0)
    with pytest.raises(Temporary) as told:
        await SftpFetch(server).fetch(into)
    assert told.value.code == "exports-sftp"
