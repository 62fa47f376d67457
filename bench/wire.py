"""What the recorder adds to a stream, and how true a replay is: 8 pieces 150 ms apart, one cut inside a character.

`python bench/wire.py [ROUNDS]` prints milliseconds; nothing is asserted here (tests/test_wire.py asserts the bytes).
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from local_upstream import eight, serving
from wires import Raw, chat, mockai, request

GAP = 0.15


def heard(url: str, times: int = 8) -> tuple[list[float], list[bytes]]:
    """When each HTTP chunk of the stream arrived (monotonic seconds), and the chunks."""
    moments, pieces = [], []
    with Raw(url) as raw:
        raw.send(request("POST", "/v1/chat/completions", chat("pieces")))
        raw.until(b"\r\n\r\n")
        for _ in range(times):
            size = int(raw.until(b"\r\n"), 16)
            pieces.append(raw.exactly(size + 2)[:-2])
            moments.append(time.monotonic())
    return moments, pieces


def gaps(moments: list[float]) -> list[float]:
    """Milliseconds between moments."""
    return [(later - earlier) * 1000 for earlier, later in pairwise(moments)]


def shown(name: str, values: list[float]) -> None:
    """One line of figures."""
    print(f"{name:<58}{median(values):8.1f}{max(values):8.1f}")


def main(rounds: int) -> None:
    print(f"{f'{rounds} rounds, milliseconds':<58}{'median':>8}{'most':>8}")
    with serving(GAP) as upstream, tempfile.TemporaryDirectory() as folder:
        tape = Path(folder, "c.yaml")
        first, every = [], []
        with mockai("record", "--upstream", upstream.url, "--to", tape) as process:
            for _ in range(rounds):
                upstream.sent.clear()
                moments, pieces = heard(process.url)
                assert pieces == list(eight())
                late = [(here - there) * 1000 for here, there in zip(moments, upstream.sent, strict=True)]
                first.append(late[0])
                every += late
        shown("recorder: first piece after the upstream sent it", first)
        shown("recorder: any piece after the upstream sent it", every)
        with mockai("replay", tape, "--replay-speed", "recorded") as process:
            runs = [heard(process.url) for _ in range(rounds)]
        assert all(pieces == list(eight()) for _, pieces in runs)
        shown("replay, recorded: gap between pieces (upstream: 150)", [gap for run, _ in runs for gap in gaps(run)])
        shown("replay, recorded: first to last (upstream: 1050)", [(run[-1] - run[0]) * 1000 for run, _ in runs])
        with mockai("replay", tape, "--exact-pieces") as process:
            runs = [heard(process.url) for _ in range(rounds)]
        assert all(pieces == list(eight()) for _, pieces in runs)
        shown("replay, instant, exact pieces: first to last", [(run[-1] - run[0]) * 1000 for run, _ in runs])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
