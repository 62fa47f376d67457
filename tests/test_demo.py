"""The demo runs from any folder, behind a proxy, and says so when something is in its way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mockai.files.tape import load
from mockai.http import Break, Chunk

DEMO = Path(__file__).parents[1] / "examples" / "demo.py"
DEAD = "http://127.0.0.1:9"  # the discard port: nobody is there


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"), DEAD)
    environment = {name: value for name, value in os.environ.items() if name.upper() != "NO_PROXY"}
    return subprocess.run(
        [sys.executable, str(DEMO), *map(str, arguments)],
        cwd=folder, env=environment | proxies, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_demo_does_what_it_says(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run(elsewhere, kept)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything is as it should be" in done.stdout
    assert done.stderr == ""
    assert not list(elsewhere.iterdir())
    streamed, whole, limited, broken = load(kept / "demo.yaml").exchanges
    assert len(streamed.reply.body) == 8
    assert [exchange.reply.status for exchange in (streamed, whole, limited, broken)] == [200, 200, 429, 200]
    assert [type(step) for step in broken.reply.body] == [Chunk] * 4 + [Break]

    again = run(elsewhere, kept)
    assert again.returncode == 1
    assert "Name another folder." in again.stdout
