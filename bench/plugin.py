"""`make bench-plugin`: 200 tests of one call each with the fixture, beside the same on other tools, in turns.

The yardstick is a transport written by hand, in process. The other tools are installed into folders of their own in
`.conformance/bench/` when they are first needed; each is told by what a test costs more than the yardstick's, and the
session by what its first test costs: the yardstick's own is what the SDK takes for its first call. Each figure is that
of the best round, for whatever else runs on a machine only ever adds to it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

TESTS, ROUNDS = 200, 10
HEAD = """
import json, os
import pytest, openai, httpx2

BODY = {body!r}
CLIENT = openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", http_client=httpx2.Client())

def ask(client):
    messages = [{{"role": "user", "content": "hi"}}]
    said = client.chat.completions.create(model="gpt-5", messages=messages)
    assert said.choices[0].message.content == "Hello"
"""
# What mockai answers as well: an answer with usage costs the SDK a quarter of a millisecond more than a bare one.
COUNTED = {"audio_tokens": 0, "cached_tokens": 0}
SPENT = {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
BODY = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5",
    "choices": [{
        "index": 0,
        "message": {"role": "assistant", "content": "Hello", "refusal": None, "annotations": []},
        "finish_reason": "stop",
    }],
    "usage": {
        "prompt_tokens": 7, "completion_tokens": 10, "total_tokens": 17,
        "prompt_tokens_details": COUNTED, "completion_tokens_details": SPENT,
    },
    "service_tier": "default",
    "system_fingerprint": None,
}  # fmt: skip
# By name: what pip installs for it, and its tests.
SUITES: dict[str, tuple[tuple[str, ...], str]] = {
    "a transport by hand": (
        (),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n):
    faked = httpx2.Client(transport=httpx2.MockTransport(lambda request: httpx2.Response(200, json=BODY)))
    ask(CLIENT.with_options(base_url="http://127.0.0.1:9/v1", http_client=faked))
""",
    ),
    "mockai": (
        (),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, mockai):
    mockai.on("chat.completions.create").reply("Hello")
    ask(CLIENT.with_options(base_url=mockai.url))
""",
    ),
    "mockai in process": (
        (),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, mockai):
    mockai.on("chat.completions.create").reply("Hello")
    faked = httpx2.Client(transport=mockai.transport(httpx2))
    ask(CLIENT.with_options(base_url="http://127.0.0.1:9/v1", http_client=faked))
""",
    ),
    "respx": (
        ("--no-deps", "respx"),
        """
import httpx

@pytest.mark.parametrize("n", range({tests}))
def test_it(n, respx_mock):
    respx_mock.post("http://127.0.0.1:9/v1/chat/completions").mock(return_value=httpx.Response(200, json=BODY))
    ask(CLIENT)
""",
    ),
    "pytest-httpx": (
        ("--no-deps", "pytest-httpx"),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, httpx_mock):
    httpx_mock.add_response(json=BODY)
    ask(CLIENT)
""",
    ),
    "pytest-recording": (
        ("--no-deps", "pytest-recording", "vcrpy", "wrapt"),
        """
import pathlib
TAPE = pathlib.Path(__file__).parent / "tape.yaml"
REQUEST = {{"method": "POST", "uri": "http://127.0.0.1:9/v1/chat/completions", "body": "", "headers": {{}}}}
RESPONSE = {{"status": {{"code": 200, "message": "OK"}}, "headers": {{"content-type": ["application/json"]}},
            "body": {{"string": json.dumps(BODY)}}}}
TAPE.write_text(json.dumps({{"version": 1, "interactions": [{{"request": REQUEST, "response": RESPONSE}}]}}))

@pytest.mark.vcr(str(TAPE), match_on=["method", "uri"])
@pytest.mark.parametrize("n", range({tests}))
def test_it(n):
    ask(CLIENT)
""",
    ),
    "LLMock": (
        ("llmock",),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, llmock):
    llmock.reply("Hello")
    ask(CLIENT.with_options(base_url=os.environ["OPENAI_BASE_URL"]))
""",
    ),
    "aimock, a server for the session": (
        ("aimock-pytest",),
        """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, aimock_session):
    aimock_session.reset()
    aimock_session.on_message("hi", {{"content": "Hello"}})
    ask(CLIENT.with_options(base_url=aimock_session.base_url + "/v1"))
""",
    ),
}
HOME = Path(__file__).parents[1] / ".conformance" / "bench"
# What a test takes, from the end of the one before; the first one's is the session's start.
# What the imports left for the garbage collector is looked through before, or it would fall on any one test by chance.
CLOCK = """
import gc, json, os, time
ends = []
def pytest_collection_finish(session):
    gc.collect()
    ends.append(time.perf_counter())
def pytest_runtest_logfinish(nodeid, location): ends.append(time.perf_counter())
def pytest_sessionfinish(session, exitstatus):
    with open(os.environ["TIMES"], "w") as file: json.dump([int(exitstatus), ends], file)
"""


def main() -> None:
    """Run the suites in turns and tell what they cost."""
    with tempfile.TemporaryDirectory() as folder:
        tools: dict[str, Path | None] = {}
        for name, (needed, tests) in SUITES.items():
            try:
                tools[name] = installed(needed)
            except subprocess.SubprocessError:
                print(f"{name}: left out, as pip could not install {needed[-1]}", flush=True)
                continue
            place = Path(folder) / name
            place.mkdir()
            (place / "conftest.py").write_text(CLOCK)
            (place / "test_it.py").write_text(HEAD.format(body=BODY) + tests.format(tests=TESTS))
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in tools}
        failing: dict[str, str] = {}
        for _ in range(ROUNDS):
            for name in [name for name in tools if name not in failing]:
                taken = run(Path(folder) / name, tools[name])
                if isinstance(taken, str):
                    failing[name] = taken
                else:
                    runs[name].append(taken)
    yardstick = next(iter(SUITES))
    yard = min(each for _, each in runs[yardstick])
    for name in tools:
        if name in failing:
            print(f"{name}: does not do it with this openai: {failing[name]}", flush=True)
            continue
        start, each = (min(column) for column in zip(*runs[name], strict=True))
        more = f"{(each - yard) * 1000:+.2f} ms (wanted ≤ 1)" if name != yardstick else "the yardstick"
        print(
            f"{name}: {each * 1000:.2f} ms a test, {more}; first test {start * 1000:.0f} ms (wanted ≤ 150)", flush=True
        )


def installed(needed: tuple[str, ...]) -> Path | None:
    """The folder of a tool, beside what this Python has; raises SubprocessError where pip cannot have it."""
    if not needed:
        return None
    folder = HOME / needed[-1]
    if not folder.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), *needed]
        subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


def run(place: Path, tool: Path | None) -> tuple[float, float] | str:
    """Seconds of the first test, and of another one (the median); what is wrong where the tests fail."""
    times = place / "times.json"
    times.unlink(missing_ok=True)
    environment = {**os.environ, "TIMES": str(times), "NO_PROXY": "*"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # all of them are compiled, as what pip has installed is
    if tool is not None:
        environment["PYTHONPATH"] = str(tool)
    command = [sys.executable, "-m", "pytest", "-q", "--maxfail=3", "-p", "no:cacheprovider", str(place)]
    if tool is not None:
        command += ["-p", "no:pytest_mockai"]
    try:
        done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        return "it takes longer than 300 s"
    status, ends = json.loads(times.read_text()) if times.exists() else (1, [])
    if status != 0:
        said = [line for line in done.stdout.splitlines() if line.startswith(("E  ", "ERROR", "FAILED"))]
        return " ".join((said or ["no test ran"])[0].split())[:160]
    took = [after - before for before, after in pairwise(ends)]
    return took[0], statistics.median(took[1:])


if __name__ == "__main__":
    main()
