"""What the plugin can be told, as its users meet it: live tests, scopes, a blocked network, traces, cassettes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from pytest_mockai.settings import SETTINGS
from suites import START, shown, summary

from mockai import MockAI

CHAT = "chat.completions.create"
Suite = Callable[..., pytest.RunResult]
Golden = Callable[[str, object], None]


# -- options and the ini file


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda each: each.name)
def test_every_setting_is_an_option_and_stands_in_the_ini_file(
    setting, suite: Suite, pytester: pytest.Pytester
) -> None:
    assert setting.option in str(suite("", "--help").stdout)
    value = "true" if setting.switch else setting.choices[-1] if setting.choices else "http://x.example"
    option = setting.option if setting.switch else f"{setting.option}={setting.choices[0] if setting.choices else 'b'}"
    given = "on" if setting.switch else setting.choices[0] if setting.choices else "b"
    pytester.makeini(f"[pytest]\n{setting.ini} = {value}\n")
    text = f"""
from pytest_mockai.settings import setting
def test_it(pytestconfig):
    assert setting(pytestconfig, {setting.name!r}) == os.environ["WANTED"]
"""
    pytester._monkeypatch.setenv("WANTED", "on" if setting.switch else value)
    suite(text).assert_outcomes(passed=1)
    pytester._monkeypatch.setenv("WANTED", given)
    suite(text, option).assert_outcomes(passed=1)


def test_a_wrong_value_in_the_ini_file_is_said(suite: Suite, pytester: pytest.Pytester, golden: Golden) -> None:
    pytester.makeini("[pytest]\nmockai_trace = always\n")
    result = suite("def test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    golden("plugin-ini", str(result.stderr).strip())


def test_markers_and_fixtures_read_well(suite: Suite, golden: Golden) -> None:
    marks = re.findall(r"(?:^@pytest\.mark\.mockai.*\n)", str(suite("", "--markers").stdout) + "\n", re.MULTILINE)
    listed = str(suite(None, "--fixtures").stdout)
    fixtures = listed[listed.index("fixtures defined from pytest_mockai") :]
    fixtures = re.sub(r" -- .*", "", re.split(r"\n[-=]{3,}", fixtures)[0])
    golden("plugin-listed", "".join(marks) + "\n" + "\n".join(line for line in fixtures.splitlines()[1:] if line))


# -- tests that need the real API


LIVE = """
@pytest.mark.mockai_live("only the API knows")
def test_live(mockai):
    assert ask() == "from upstream"
    assert [exchange.source for exchange in mockai.journal] == ["upstream"]

def test_usual(mockai):
    ask()
"""


def test_live_tests_are_skipped_unless_asked_for(suite: Suite, pytester: pytest.Pytester) -> None:
    result = suite(LIVE, "-rs")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*needs the real API: only the API knows (--mockai-live runs it)"])
    source = MockAI()
    source.on(CHAT).reply("from upstream")
    with source.serve() as url:
        options = ("--mockai-live", f"--mockai-upstream={url}", "--mockai-block-network")
        suite(None, *options).assert_outcomes(passed=2)
    assert source.number == 1
    assert not (pytester.path / "cassettes").exists()


def test_a_live_test_says_why(suite: Suite, golden: Golden) -> None:
    result = suite("@pytest.mark.mockai_live\ndef test_it(mockai): ask()")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    golden("plugin-live-reason", str(result.stderr).strip())


# -- scopes


WIDE = """
class TestIt:
    def test_one(self, mockai):
        mockai.on(CHAT, messages=contains("weather")).reply("rain").times(2)
        assert ask("weather") == "rain"

    def test_two(self, mockai, openai_client):
        assert len(mockai.calls()) == BEFORE
        assert ask("weather", client=openai_client) == "rain"

class TestThat:
    def test_three(self, mockai):
        assert len(mockai.calls()) == LATER
        if LATER == 0: ask()
"""


@pytest.mark.parametrize(("scope", "before", "later"), [("class", 1, 0), ("module", 1, 2), ("session", 1, 2)])
def test_tests_may_share_a_mock(scope: str, before: int, later: int, suite: Suite) -> None:
    text = WIDE.replace("BEFORE", str(before)).replace("LATER", str(later))
    suite(text, f"--mockai-scope={scope}").assert_outcomes(passed=3)


def test_who_shares_a_mock_is_failed_for_what_it_asked_itself(suite: Suite, golden: Golden) -> None:
    result = suite(
        """
def test_one(mockai):
    mockai.on(CHAT, messages=contains("weather")).reply("rain")
    try: ask("news")
    except openai.OpenAIError: pass

def test_two(mockai):
    ask("weather")
""",
        "--mockai-scope=module",
    )
    result.assert_outcomes(passed=1, failed=1)
    golden("plugin-wide-miss", shown(result))


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_a_shared_mock_has_a_cassette_of_its_own(scope: str, suite: Suite, pytester: pytest.Pytester) -> None:
    names = {
        "class": ["pkg/cassettes/test_it/TestA.yaml", "pkg/cassettes/test_it/TestB.yaml"],
        "module": ["pkg/cassettes/test_it/module.yaml"],
        "session": ["cassettes/session.yaml"],
    }
    text = "class TestA:\n    def test_a(self, mockai): ask('a')\nclass TestB:\n    def test_b(self, mockai): ask('b')"
    pytester.makepyfile(**{"pkg/__init__": "", "pkg/test_it": START + text})
    with MockAI().serve() as url:
        suite(None, f"--mockai-scope={scope}", "--mockai-record=once", f"--mockai-upstream={url}").assert_outcomes(
            passed=2
        )
    found = [str(file.relative_to(pytester.path)) for file in sorted(pytester.path.rglob("*.yaml"))]
    assert found == names[scope]
    suite(None, f"--mockai-scope={scope}").assert_outcomes(passed=2)


# -- a blocked network, and clients that go past the mock


@pytest.mark.parametrize(
    "call",
    [
        "ask(client=openai.OpenAI(base_url=REAL, api_key='k'))",
        "try: ask(client=openai.OpenAI(base_url=REAL, api_key='k'))\n    except BaseException: pass",
    ],
)
def test_a_blocked_network_says_who_reached_for_what(call: str, suite: Suite, golden: Golden) -> None:
    result = suite(f"REAL = 'https://api.openai.com/v1'\ndef test_it():\n    {call}", "--mockai-block-network")
    result.assert_outcomes(failed=1)
    golden("plugin-blocked", shown(result))


def test_a_blocked_network_has_doors(suite: Suite) -> None:
    text = """
import socket

def test_it(mockai):
    ask()
    with socket.socket() as tried:
        tried.settimeout(0)
        assert tried.connect_ex(("192.0.2.1", 9)) != 0  # nobody has this address (RFC 5737)
"""
    suite(text, "--mockai-block-network", "--mockai-allow-hosts=db.example, 192.0.2.1").assert_outcomes(passed=1)
    suite(text, "--mockai-block-network").assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "plugin-elsewhere",
            """
def test_it(mockai):
    with pytest.raises(openai.OpenAIError):
        ask(client=openai.OpenAI(base_url="http://127.0.0.1:9/v1", max_retries=0))
""",
        ),
        (
            "plugin-patched",
            """
import httpx2

def test_it(mockai):
    faked = httpx2.MockTransport(lambda request: httpx2.Response(404))
    with pytest.raises(openai.NotFoundError):
        ask(client=openai.OpenAI(http_client=httpx2.Client(transport=faked)))
""",
        ),
        (
            "plugin-past",
            """
import socket

def test_it(mockai, monkeypatch):
    ask()
    from mockai.edges.blocking import Reach
    with pytest.raises(OSError):
        socket.create_connection(("api.openai.com", 0), timeout=0.01)
""",
        ),
    ],
)
def test_a_client_that_goes_past_the_mock_is_found_out(name: str, text: str, suite: Suite, golden: Golden) -> None:
    result = suite(text)
    result.assert_outcomes(passed=1, errors=1)
    golden(name, shown(result))


def test_a_test_that_fails_because_it_asked_another_is_told_so(suite: Suite) -> None:
    result = suite("""
def test_it(mockai):
    mockai.on(CHAT).reply("hi")
    ask(client=openai.OpenAI(base_url="http://127.0.0.1:9/v1", max_retries=0))
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mockai: not asked*", "*Its client went to 127.0.0.1:9 (test_it.py:*, in ask)*"])


# -- reports


def test_a_failed_test_shows_what_nobody_answered_and_no_key(suite: Suite) -> None:
    result = suite("""
def test_it(mockai):
    mockai.on(CHAT, messages=contains("weather")).reply("rain")
    ask("x" * 1000 + " sk-proj-abcdefghijklmnopqrstuvwxyz0123456789",
        client=openai.OpenAI(api_key="sk-proj-abcdefghijklmnopqrstuvwxyz0123456789"))
""")
    result.assert_outcomes(failed=1)
    text = str(result.stdout)
    told = text[text.index("mockai: requests that nobody answered") :]
    assert "No stub answers chat.completions.create (call 1)." in told
    assert "mockai: exchanges of this test" in told
    assert "… (" in told
    exchanges = told[told.index("mockai: exchanges of this test") :]
    assert "sk-proj-abcdef" not in exchanges


def test_a_trace_is_written_for_every_test_or_for_failed_ones(suite: Suite, pytester: pytest.Pytester) -> None:
    text = "@pytest.mark.parametrize('name', ['a b', 'c'])\ndef test_it(mockai, name): assert ask() and name == 'c'"
    suite(text, "--mockai-trace=off").assert_outcomes(passed=1, failed=1)
    assert not (pytester.path / ".mockai").exists()
    result = suite(None, "--mockai-trace=on")
    result.stdout.fnmatch_lines(["The whole of them: .mockai/traces/test_it/test_it-a-b-*.jsonl"])
    traces = sorted((pytester.path / ".mockai" / "traces" / "test_it").iterdir())
    assert len(traces) == 2
    head, exchange = map(json.loads, traces[0].read_text("utf-8").splitlines())
    told = {"test": "test_it.py::test_it[a b]", "outcome": "failed", "misses": [], "cassettes": {}, "trace": "on"}
    assert head == told
    assert exchange["request"]["path"] == "/v1/chat/completions"
    assert exchange["reply"]["status"] == 200
    suite(None, "--mockai-trace=retain-on-failure").assert_outcomes(passed=1, failed=1)
    assert sorted((pytester.path / ".mockai" / "traces" / "test_it").iterdir()) == traces[:1]
    assert (pytester.path / ".mockai" / ".gitignore").read_text() == "*\n"


# -- what nobody asks for


TAPED = """
@pytest.mark.parametrize("what", ["a/b", "a:b", "ä", "A", "a"])
def test_each(mockai, what): ask(what)

def test_two(mockai): ask("one"); ask("two")

def test_all(mockai): ask("all")

def test_gone(mockai): ask("gone")

@pytest.mark.skip("not now")
def test_skipped(mockai): ask("skipped")
"""


def test_the_summary_names_what_nobody_asks_for(suite: Suite, pytester: pytest.Pytester, golden: Golden) -> None:
    with MockAI().serve() as url:
        record = ("--mockai-record=once", f"--mockai-upstream={url}")
        recorded = suite(TAPED.replace('@pytest.mark.skip("not now")', ""), *record)
    recorded.assert_outcomes(passed=9)
    assert len(list(pytester.path.rglob("*.yaml"))) == 9
    assert summary(suite(TAPED)) == ""
    changed = TAPED.replace('ask("one"); ', "").replace("test_gone", "test_new").replace('ask("all")', "MockAI()")
    changed = changed.replace("def test_new(mockai): ask(", "def test_new(): print(")
    result = suite(changed)
    golden("plugin-summary", summary(result))
    whole = summary(result)
    assert summary(suite(None, "test_it.py")) == whole
    for narrowed in (("-k", "two or each"), ("test_it.py::test_two",), ("--ignore=x",), ("--collect-only",)):
        assert "no test has it" not in str(suite(None, *narrowed).stdout)
    assert summary(suite(None, "--mockai-unused=ignore")) == ""


# -- async tests


ASYNC = """
MESSAGES = [{"role": "user", "content": "hi"}]

async def asked(client):
    said = await client.chat.completions.create(model="gpt-5", messages=MESSAGES)
    return said.choices[0].message.content

MARK
async def test_in_process(mockai, async_openai_client):
    mockai.on(CHAT).reply("Hello")
    assert await asked(async_openai_client) == "Hello"

MARK
async def test_on_the_socket(mockai):
    mockai.on(CHAT).reply("Hello")
    async with openai.AsyncOpenAI() as client:
        assert await asked(client) == "Hello"
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio_tests_on_both_loops(backend: str, suite: Suite) -> None:
    mark = f"@pytest.mark.anyio\n@pytest.mark.parametrize('anyio_backend', ['{backend}'])"
    suite(ASYNC.replace("MARK", mark), "--mockai-block-network").assert_outcomes(passed=2)


@pytest.mark.usefixtures("suite")
def test_asyncio_tests(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_asyncio", reason="pytest-asyncio is a development dependency")
    pytester.makeini("[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_it=START + ASYNC.replace("MARK", "@pytest.mark.asyncio"))
    options = ("-p", "no:cacheprovider", "-p", "pytest_asyncio", "--mockai-block-network")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=2)
