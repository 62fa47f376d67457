"""The pytest plugin, as its users meet it: small suites run by a pytest of their own, in which warnings are errors."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from suites import OTHERS, shown

from mockai import MockAI

CHAT = "chat.completions.create"


def test_a_test_speaks_to_its_own_mock(suite: Callable[..., pytest.RunResult]) -> None:
    result = suite("""
def test_one(mockai):
    mockai.on(CHAT).reply("one")
    assert ask() == "one"
    assert len(mockai.calls(CHAT)) == 1

def test_two(mockai, openai_client):
    assert mockai.calls() == []
    mockai.on(CHAT).reply("two").times(2)
    assert ask(client=openai_client) == ask(client=openai.OpenAI(base_url=mockai.url)) == "two"

class TestClass:
    @pytest.fixture(autouse=True)
    def scripted(self, mockai):
        mockai.on(CHAT).reply("three")

    def test_three(self):
        assert ask() == "three"

def test_in_process_and_after_a_reset(mockai):
    import httpx2
    client = openai.OpenAI(http_client=httpx2.Client(transport=mockai.transport(httpx2)), base_url="http://x/v1")
    assert ask(client=client)
    mockai.reset()
""")
    result.assert_outcomes(passed=4)


def test_the_environment_is_set_for_the_test_and_restored(
    suite: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    before = dict(os.environ)
    suite("""
@pytest.mark.mockai(api_key=["sk-own"])
def test_inside(mockai, mockai_server):
    assert os.environ["OPENAI_BASE_URL"] == mockai.url
    assert mockai.url.startswith(mockai_server.root) and mockai_server.url == mockai_server.root + "/v1"
    assert os.environ["OPENAI_API_KEY"] == "sk-own"
    assert os.environ["NO_PROXY"] == "example.org,127.0.0.1,localhost,::1"
    assert os.environ["no_proxy"] == "127.0.0.1,localhost,::1"
    ask()

def test_outside():
    assert "OPENAI_BASE_URL" not in os.environ and os.environ["OPENAI_API_KEY"] == "sk-real"
    assert os.environ["NO_PROXY"] == "example.org" and "no_proxy" not in os.environ
""").assert_outcomes(passed=2)
    assert {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"} == {
        name: value for name, value in before.items() if name != "PYTEST_CURRENT_TEST"
    }


def test_a_mistake_is_told_where_it_was_made(suite: Callable[..., pytest.RunResult]) -> None:
    result = suite("""
@pytest.mark.mockai(api_key=["sk-own"], seed=7)
def test_misspelt(mockai):
    mockai.on(CHAT, mesages="hi").reply("never")
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["mockai = MockAI(seed=7, api_key=[*][*][*])", "E * Did you mean 'messages'?", "", "test_it.py:*: StubError"]
    )
    result.stdout.no_fnmatch_line("*stubs.py*")
    result.stdout.no_fnmatch_line("*not asked*")
    suite(None, "--full-trace").stdout.fnmatch_lines(["*stubs.py*"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "plugin-miss-swallowed",
            """
def test_swallowed(mockai):
    mockai.on(CHAT, model="gpt-5", messages=contains("weather")).reply("rain")
    try:
        ask("hello")
    except openai.OpenAIError:
        pass
    ask("weather")
    assert len(mockai.calls()) == 2  # the miss was asked once, in spite of max_retries=2
""",
        ),
        (
            "plugin-unused-stub",
            """
def test_unused(mockai):
    mockai.on(CHAT, model="gpt-4o").reply("never")
    mockai.on(CHAT).reply("always")
    ask()
""",
        ),
        (
            "plugin-no-request",
            """
def test_elsewhere(mockai):
    mockai.on(CHAT).reply("never")
""",
        ),
    ],
)
def test_what_a_test_promised_fails_it_at_its_end(
    name: str, text: str, suite: Callable[..., pytest.RunResult], golden: Callable[[str, object], None]
) -> None:
    result = suite(text)
    result.assert_outcomes(passed=1, errors=1)
    golden(name, shown(result))
    assert ("mockai: exchanges of this test" in str(result.stdout)) is True


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("plugin-unknown-option", "@pytest.mark.mockai(sed=1)\ndef test_it(mockai): ask()", ()),
        ("plugin-unknown-option-far", "@pytest.mark.mockai(zzz=1)\ndef test_it(mockai): ask()", ()),
        ("plugin-unnamed-option", "@pytest.mark.mockai('tape.yaml')\ndef test_it(mockai): ask()", ()),
        (
            "plugin-config-no-dict",
            "@pytest.fixture\ndef mockai_config(): return None\ndef test_it(mockai): ask()",
            (),
        ),
        ("plugin-wrong-option", "@pytest.mark.mockai(record_mode='always')\ndef test_it(mockai): ask()", ()),
        ("plugin-no-cassette", "@pytest.mark.mockai(cassette='tape.yaml')\ndef test_it(mockai): ask()", ()),
    ],
)
def test_a_wrong_option_is_said_without_a_traceback(
    name: str,
    text: str,
    options: tuple[str, ...],
    suite: Callable[..., pytest.RunResult],
    golden: Callable[[str, object], None],
    pytester: pytest.Pytester,
) -> None:
    result = suite(text, *options)
    result.assert_outcomes(errors=1)
    golden(name, shown(result).replace(str(pytester.path), "."))


def test_unused_stubs_may_be_warned_of_or_ignored(suite: Callable[..., pytest.RunResult]) -> None:
    text = "def test_it(mockai): mockai.on(CHAT, model='gpt-4o').reply('never'); mockai.on(CHAT).answer(); ask()"
    suite(text, "--mockai-unused=ignore").assert_outcomes(passed=1)
    warned = suite(None, "--mockai-unused=warn", "-W", "default")
    warned.assert_outcomes(passed=1, warnings=1)
    warned.stdout.fnmatch_lines(["*model='gpt-4o'*was never used."])


def test_a_test_that_ends_early_is_not_blamed_twice(suite: Callable[..., pytest.RunResult]) -> None:
    result = suite("""
@pytest.fixture
def broken(mockai):
    raise RuntimeError("elsewhere")

def test_skipped(mockai):
    mockai.on(CHAT).reply("never")
    pytest.skip("later")

def test_setup(broken):
    pass

@pytest.mark.xfail(strict=True)
def test_expected(mockai):
    raise AssertionError

def test_failed(mockai):
    mockai.on(CHAT).reply("never")
    raise AssertionError
""")
    result.assert_outcomes(skipped=1, errors=1, xfailed=1, failed=1)


def test_a_failed_test_shows_what_it_exchanged(suite: Callable[..., pytest.RunResult]) -> None:
    result = suite("""
def test_it(mockai):
    mockai.on(CHAT).reply("It rains.")
    assert ask("How is the weather?") == "The sun shines."
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*mockai: exchanges of this test*",
            "1. POST /v1/chat/completions -> 200 from stub",
            "*> *How is the weather?*",
            "*< *It rains.*",
        ]
    )


RECORDED = """
@pytest.mark.parametrize("text", ["a/b", "a:b", "é", "x" * 200, ""])
def test_it(mockai, text):
    assert ask(text) == "from upstream"

class TestA:
    class TestB:
        def test_it(self, mockai):
            assert ask(stream=False) == "from upstream"

class TestB:
    def test_it(self, mockai):
        assert ask(temperature=0) == "from upstream"

@pytest.mark.mockai(cassette="shared.yaml")
def test_named(mockai):
    assert ask("named") == "from upstream"
"""


def recorded(folder: Path) -> dict[str, str]:
    """The cassettes below a folder, without their times."""
    times = re.compile(r"(after_ms: |at: |delays_ms: ).*|(date|openai-processing-ms), .*|x-request-id.*")
    return {
        str(file.relative_to(folder)): times.sub("", file.read_text("utf-8")) for file in sorted(folder.rglob("*.yaml"))
    }


def test_each_test_records_a_cassette_and_replays_it_without_the_network(
    suite: Callable[..., pytest.RunResult], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real-key-of-mine-1234567890")
    source = MockAI(api_key=["sk-real-key-of-mine-1234567890"])
    source.on(CHAT).reply("from upstream")
    with source.serve() as url:
        suite(RECORDED, "--mockai-record=once", f"--mockai-upstream={url}").assert_outcomes(passed=8)
        assert source.number == 8
        files = recorded(pytester.path)
        assert len(files) == 8
        assert {"shared.yaml", "cassettes/test_it/TestA.TestB.test_it.yaml"} < set(files)
        assert not any("sk-real" in text for text in files.values())
        suite(None, "--mockai-record=once", f"--mockai-upstream={url}").assert_outcomes(passed=8)
        assert source.number == 8  # `once` does not ask again
    suite().assert_outcomes(passed=8)
    assert recorded(pytester.path) == files


def test_a_cassette_miss_fails_the_test(
    suite: Callable[..., pytest.RunResult], golden: Callable[[str, object], None], pytester: pytest.Pytester
) -> None:
    source = MockAI()
    source.on(CHAT).reply("from upstream")
    with source.serve() as url:
        suite("def test_it(mockai): ask('recorded')", "--mockai-record=once", f"--mockai-upstream={url}")
    result = suite("def test_it(mockai):\n    try: ask('another')\n    except openai.OpenAIError: pass\n")
    result.assert_outcomes(passed=1, errors=1)
    golden("plugin-cassette-miss", re.sub(r"\[\w{8}\]", "[KEY]", shown(result).replace(str(pytester.path), ".")))


def test_a_mark_may_record_where_no_option_does(
    suite: Callable[..., pytest.RunResult], pytester: pytest.Pytester
) -> None:
    with MockAI().serve() as url:
        text = f"@pytest.mark.mockai(record_mode='once', upstream={url!r})\ndef test_it(mockai): assert ask()"
        suite(text).assert_outcomes(passed=1)
        suite(text.replace("'once'", "'none'"), "--mockai-record=all").assert_outcomes(passed=1)
    assert len(recorded(pytester.path)) == 1


def test_a_build_never_records(
    suite: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("CI", "true")
    refused = suite("def test_it(mockai): ask()", "--mockai-record=once")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    golden("plugin-ci", str(refused.stderr).strip())
    marked = suite("@pytest.mark.mockai(record_mode='all')\ndef test_it(mockai): assert not mockai.forwards and ask()")
    marked.assert_outcomes(passed=1)


def test_fixtures_can_be_overridden(suite: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
    source = MockAI()
    with source.serve() as url:
        suite(
            f"""
@pytest.fixture
def mockai_config():
    return {{"record_mode": "once", "upstream": {url!r}, "seed": 5}}

@pytest.fixture
def mockai_cassette_dir(tmp_path_factory, request):
    return str(request.config.rootpath / "tapes")

@pytest.fixture
def mockai_cassette_name(mockai_cassette_name):
    return "of_" + mockai_cassette_name

@pytest.mark.mockai(seed=1)
class TestIt:
    @pytest.mark.mockai(jitter=0.5)
    def test_it(self, mockai):
        assert (mockai.seed, mockai.jitter) == (1, 0.5)
        assert ask()
"""
        ).assert_outcomes(passed=1)
    assert list(recorded(pytester.path)) == ["tapes/of_TestIt.test_it.yaml"]


def test_async_clients(suite: Callable[..., pytest.RunResult]) -> None:
    suite("""
import asyncio

MESSAGES = [{"role": "user", "content": "hi"}]

@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_in_process(mockai, async_openai_client):
    mockai.on(CHAT).stream(["He", "llo"])
    stream = await async_openai_client.chat.completions.create(model="gpt-5", messages=MESSAGES, stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == "Hello"

def test_on_the_socket(mockai):
    async def main():
        async with openai.AsyncOpenAI() as client:
            asked = [client.chat.completions.create(model="gpt-5", messages=MESSAGES) for _ in range(5)]
            return {answer.choices[0].message.content for answer in await asyncio.gather(*asked)}
    mockai.on(CHAT).reply("Hello").times(5)
    assert asyncio.run(main()) == {"Hello"}
""").assert_outcomes(passed=2)


def test_a_stream_left_early_while_recording_is_taped_whole(
    suite: Callable[..., pytest.RunResult], pytester: pytest.Pytester
) -> None:
    source = MockAI()
    source.on(CHAT).stream(["He", "llo", " there"], ttft=0.01, tps=50)
    with source.serve() as url:
        suite(
            """
def test_it(mockai, openai_client):
    messages = [{"role": "user", "content": "hi"}]
    with openai_client.chat.completions.create(model="gpt-5", messages=messages, stream=True) as stream:
        assert next(iter(stream)).choices[0].delta.role == "assistant"
""",
            "--mockai-record=once",
            f"--mockai-upstream={url}",
        ).assert_outcomes(passed=1)
    (text,) = recorded(pytester.path).values()
    assert "ended: complete" in text


def test_loading_the_plugin_costs_next_to_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
import sys

def test_before():
    assert "pytest_mockai" in sys.modules
    heavy = ("mockai", "openai", "httpx2", "httpx", "uvicorn", "orjson", "yaml", "asyncio", "hashlib")
    assert [name for name in heavy if name in sys.modules and name in ("mockai", "openai", "httpx2", "uvicorn")] == []

def test_after(mockai):
    import urllib.request
    assert "mockai" in sys.modules
    request = urllib.request.Request(mockai.url + "/models", headers={"Authorization": "Bearer k"})
    urllib.request.urlopen(request).close()
""")
    command = [sys.executable, "-m", "pytest", "-q", *OTHERS, "-W", "error"]
    for extra in ([], ["-p", "pytest_mockai"]):
        done = subprocess.run([*command, *extra], cwd=pytester.path, capture_output=True, text=True, check=False)
        assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_help_names_the_options_and_the_marker(suite: Callable[..., pytest.RunResult]) -> None:
    text = str(suite("", "--help").stdout)
    assert all(option in text for option in ("--mockai-record=", "--mockai-upstream=", "--mockai-unused="))
    suite(None, "--markers").stdout.fnmatch_lines(["@pytest.mark.mockai(*"])
