"""The image's steps without an engine: the wheel holds all that the service reads, the steps of the Dockerfile work."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"][
    "packages"
]


def tracked() -> set[str]:
    """What of the rooms is in the repository, whatever lies beside it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", *ROOMS], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("no repository here")
    return {line for line in listed.stdout.splitlines() if (ROOT / line).exists()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as the image's last build step makes it, of the files the build sees."""
    source, out = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("wheel")
    for name in [*ROOMS, "pyproject.toml", "README.md", "LICENSE"]:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, source / name)
    command = "wheel --no-deps --no-build-isolation --no-index --quiet --disable-pip-version-check ."
    subprocess.run(
        [sys.executable, "-m", "pip", *command.split(), "--wheel-dir", str(out)], cwd=source, check=True
    )
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_every_file_of_every_room(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    missing = {name for name in tracked() if name not in held}
    assert not missing
    endings = {Path(name).suffix for name in held}
    assert {".ftl", ".toml", ".html", ".css", ".js", ".mako", ".txt"} <= endings


def test_the_wheel_serves_without_the_tree(wheel, tmp_path):
    """Unpacked elsewhere: texts, migrations, pages and mappings are found beside the code."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "there")
    code = (
        "import asyncio, sys; import app; assert 'there' in app.__file__, app.__file__;"
        "from storage import migrate; asyncio.run(migrate('sqlite+aiosqlite:///x.db'));"
        "from bot.texts import text; print(text('bot-name', 'ru'));"
        "from domain.mapping.mapping import default_mapping; default_mapping()"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "there")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# --- the Dockerfile ----------------------------------------------------------------------------------------


def steps(word: str) -> list[str]:
    return re.findall(rf"^{word} (.*)$", DOCKERFILE, re.MULTILINE)


def test_the_image_has_what_every_setting_may_ask_for():
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    from tests.lock import IMAGE_EXTRAS

    assert set(IMAGE_EXTRAS) == extras
    locked = (ROOT / "requirements-image.lock").read_text(encoding="utf-8")
    for name in ("obstore", "oracledb", "asyncssh", "sentry-sdk", "opentelemetry-sdk"):
        assert re.search(rf"^{name}==\S+ .*\n +--hash=sha256:", locked, re.MULTILINE), name


def locked(name: str) -> dict[str, set[str]]:
    """Per package its versions, each with the Pythons it is for."""
    found: dict[str, set[str]] = {}
    for package, rest in re.findall(
        r"^([\w.-]+)(==[^\\\n]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE
    ):
        found.setdefault(package, set()).add(rest.strip())
    return found


def test_all_locks_agree():
    whole = locked("requirements-dev.lock")
    for name in ("requirements.lock", "requirements-image.lock"):
        for package, versions in locked(name).items():
            assert {one.split(" ;")[0] for one in versions} == {
                one.split(" ;")[0] for one in whole[package]
            }, package


def health_command() -> list[str]:
    (check,) = re.findall(r"HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE, re.MULTILINE)
    return list(json.loads(check))


@pytest.mark.parametrize(("answer", "code"), [("200 OK", 0), ("503 Service Unavailable", 1), (None, 1)])
def test_the_health_check_tells_a_well_service_from_a_broken_one(answer, code):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program, *words = health_command()
        assert program == "python"
        words = [word.replace(":8080/", f":{port}/") for word in words]
        if answer is None:
            server.close()
        process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
        if answer is not None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1000).startswith(b"GET /healthz ")
                connection.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        assert (process.wait(timeout=10) != 0) == bool(code)


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_the_build_steps_work_in_a_folder(tmp_path):
    """RUN and COPY of the first stage, with a folder in the place of the root: a whole installation, hashes checked."""
    first = DOCKERFILE.split("\nFROM ", 2)[1].splitlines()[1:]
    home, source = tmp_path / "opt", tmp_path / "src"
    source.mkdir()
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment["PATH"] = f"{home}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    for line in filter(None, map(str.strip, first)):
        word, _, rest = line.partition(" ")
        if word == "COPY":
            *sources, target = rest.split()
            for name in sources:
                place = ROOT / name
                if place.is_dir():
                    shutil.copytree(place, source / target)
                else:
                    shutil.copy(place, source / target / place.name)
        elif word == "RUN":
            command = [part.replace("/opt/concierge", str(home)) for part in shlex.split(rest)]
            subprocess.run(command, cwd=source, env=environment, check=True, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        [home / "bin" / "concierge", "--version"], check=True, capture_output=True, text=True
    )
    assert re.fullmatch(r"\d+\.\d+\.\d+", done.stdout.strip())
    code = "import obstore, oracledb, asyncssh, sentry_sdk, opentelemetry.sdk, app.service"
    subprocess.run([home / "bin" / "python", "-c", code], cwd=tmp_path, check=True)
