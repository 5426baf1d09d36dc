"""Writes the lock files anew: `make lock`. Hashes, no addresses; pip alone installs from them."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMON = [
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-emit-index-url",
    "--no-config", "--quiet",
]  # fmt: skip

IMAGE_EXTRAS = ("observability", "oracle", "s3", "sftp")
"""The image has them all: nobody can add to it."""


def main() -> None:
    """All dependencies first, then the runtime ones at the same versions."""
    compile_lock("requirements-dev.lock", ["--group", "dev"])
    as_chosen = ["--group", "build", "--constraint", "requirements-dev.lock"]
    compile_lock("requirements.lock", as_chosen)
    extras = [word for name in IMAGE_EXTRAS for word in ("--extra", name)]
    compile_lock("requirements-image.lock", [*extras, *as_chosen])


def compile_lock(name: str, more: list[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *COMMON, *more, "-o", name],
        cwd=ROOT,
        check=True,
    )
    path = ROOT / name
    path.write_text(re.sub(r"^#.*\n", "", path.read_text(), flags=re.MULTILINE))


if __name__ == "__main__":
    main()
