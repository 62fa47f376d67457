"""`make bench-plugin`: 200 tests of one call each with the fixture, beside the same on other tools, in turns.

The yardstick is a transport written by hand, in process. Tools that are not installed are left out; each is told by
what a test costs more than the yardstick's, and the session by what its first test costs more than the next ones.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

TESTS, ROUNDS = 200, 5
HEAD = """
import json
import pytest, openai, httpx2

BODY = {body!r}
CLIENT = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", http_client=httpx2.Client())

def ask(client):
    messages = [{{"role": "user", "content": "hi"}}]
    said = client.chat.completions.create(model="gpt-5", messages=messages)
    assert said.choices[0].message.content == "Hello"
"""
BODY = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
}  # fmt: skip
SUITES = {
    "a transport by hand": (
        "httpx2",
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n):
    faked = httpx2.Client(transport=httpx2.MockTransport(lambda request: httpx2.Response(200, json=BODY)))
    ask(CLIENT.with_options(base_url="http://127.0.0.1:9/v1", http_client=faked))
""",
    ),
    "mockai": (
        "pytest_mockai",
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, mockai):
    mockai.on("chat.completions.create").reply("Hello")
    ask(CLIENT.with_options(base_url=mockai.url))
""",
    ),
    "mockai in process": (
        "pytest_mockai",
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, mockai):
    mockai.on("chat.completions.create").reply("Hello")
    faked = httpx2.Client(transport=mockai.transport(httpx2))
    ask(CLIENT.with_options(base_url="http://127.0.0.1:9/v1", http_client=faked))
""",
    ),
    "respx": (
        "respx",
        """
import httpx

@pytest.mark.parametrize("n", range({tests}))
def test_it(n, respx_mock):
    respx_mock.post("http://127.0.0.1:9/v1/chat/completions").mock(return_value=httpx.Response(200, json=BODY))
    ask(CLIENT)
""",
    ),
    "pytest-httpx": (
        "pytest_httpx",
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, httpx_mock):
    httpx_mock.add_response(json=BODY)
    ask(CLIENT)
""",
    ),
}
# What a test takes, from the end of the one before; the first one's is the session's start.
CLOCK = """
import json, os, time
ends = []
def pytest_collection_finish(session): ends.append(time.perf_counter())
def pytest_runtest_logfinish(nodeid, location): ends.append(time.perf_counter())
def pytest_sessionfinish(session, exitstatus):
    with open(os.environ["TIMES"], "w") as file: json.dump([int(exitstatus), ends], file)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name, (module, _) in SUITES.items() if find_spec(module)]
        for name in names:
            place = Path(folder) / name.replace(" ", "_")
            place.mkdir()
            (place / "conftest.py").write_text(CLOCK)
            (place / "test_it.py").write_text(HEAD.format(body=BODY) + SUITES[name][1].format(tests=TESTS))
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
        for _ in range(ROUNDS):
            for name in names:
                if (taken := run(Path(folder) / name.replace(" ", "_"))) is not None:
                    runs[name].append(taken)
    yard = min(each for _, each in runs[names[0]])
    for name in names:
        if not runs[name]:
            print(f"{name}: does not intercept this openai", flush=True)
            continue
        start, each = min(first for first, _ in runs[name]), min(each for _, each in runs[name])
        more = f"{(each - yard) * 1000:+.2f} ms (wanted ≤ 1)" if name != names[0] else "the yardstick"
        print(
            f"{name}: {each * 1000:.2f} ms a test, {more}; first test {start * 1000:.0f} ms (wanted ≤ 150)", flush=True
        )


def run(place: Path) -> tuple[float, float] | None:
    """Seconds of the first test, and of another one (the median); None where the tests fail."""
    times = place / "times.json"
    environment = {**os.environ, "TIMES": str(times), "NO_PROXY": "*"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(place)]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, cwd=place, check=False)
    status, ends = json.loads(times.read_text())
    took = [after - before for before, after in pairwise(ends)]
    return (took[0], statistics.median(took[1:])) if status == 0 else None


if __name__ == "__main__":
    main()
