"""Killed at any step of writing, a cassette is the old one or the new one, and the next writer goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mockai.clock import ManualClock
from mockai.files.recorder import Recorder
from mockai.files.tape import load
from mockai.http import Chunk, Exchange, Reply, Request

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process with SIGKILL")

STEPS = ("open", "write", "fsync", "close", "replace", "unlink")
LARGE = b"\xff" * 3000


def exchange(number: int) -> Exchange:
    body = LARGE + bytes([number])
    request = Request("GET", f"/v1/files/file-{number}/content")
    return Exchange(
        request, Reply(200, (("content-type", "audio/mpeg"),), (Chunk(0.0, body),)), at=number, number=number
    )


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def record(path: Path, number: int) -> None:
    tape = Recorder(path, upstream="http://127.0.0.1:9/v1", clock=ManualClock())
    tape.add(exchange(number))
    tape.close()


def die_at(step: int, half: bool) -> None:
    """Count the calls of the operating system that write, and kill this process before (or within) the given one."""
    left = step

    def counting(name: str):  # type: ignore[no-untyped-def]
        real = getattr(os, name)

        def call(*args, **more):  # type: ignore[no-untyped-def]
            nonlocal left
            left -= 1
            if left == 0:
                try:
                    if half:
                        real(*(args if name != "write" else (args[0], bytes(args[1])[: len(args[1]) // 2])), **more)
                finally:
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **more)

        return call

    for name in STEPS:
        setattr(os, name, counting(name))


def killed(path: Path, step: int, half: bool) -> bool:
    """Record a second exchange in a process that dies at `step`; False once there is no such step."""
    pid = os.fork()
    if pid == 0:
        try:
            die_at(step, half)
            record(path, 2)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("half", [False, True], ids=["before", "within"])
def test_killed_at_any_step_the_file_is_old_or_new(tmp_path: Path, half: bool) -> None:
    seen = []
    for step in range(1, 200):
        folder = tmp_path / str(step)
        path = folder / "c.yaml"
        record(path, 1)
        old = path.read_bytes()
        alive = not killed(path, step, half)
        assert path.read_bytes() == old or len(load(path).exchanges) == 2
        seen.append(len(load(path).exchanges))
        record(path, 3)
        assert [kept.number for kept in load(path).exchanges] == list(range(1, seen[-1] + 2))
        leftovers = [name for name in names(folder) if name.startswith(".") and not name.endswith(".lock")]
        assert leftovers == []
        if alive:
            break
    assert seen == sorted(seen), "once the new file is there it stays"
    assert {*seen} == {1, 2}
    assert len(seen) > 15, "there are that many steps"


def test_a_recording_process_killed_from_outside_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\nfrom test_kill import *\n"
        "tape = Recorder(Path(sys.argv[2]), upstream='http://x/v1', clock=ManualClock())\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    tape.add(exchange(number % 200))\n"
        "    tape.flush()\n"
        "    print(number, flush=True)\n"
    )
    for stop in (1, 4, 9):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(Path(__file__).parent), str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        before = len(load(path).exchanges) if path.exists() else 0
        for line in process.stdout:
            if int(line) >= stop:
                process.kill()
                break
        process.stdout.close()
        process.wait()
        assert len(load(path).exchanges) >= before + stop
