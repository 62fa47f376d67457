"""mockai in pytest: a doorway. Options, a marker, a few fixtures, a report section; all else lives in `mockai`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockai import MockAI
    from mockai.scopes import Scopes

MODES = ("none", "once", "new_episodes", "all", "rewrite")
LOOPBACK = "127.0.0.1,localhost,::1"
KEY = "sk-mockai"

_mock = pytest.StashKey["MockAI"]()
_cut_short = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockai", "a mock OpenAI API")
    group.addoption(
        "--mockai-record",
        choices=MODES,
        default="none",
        help="record cassettes: %(choices)s (default: none, which never touches the network)",
    )
    group.addoption(
        "--mockai-upstream",
        metavar="URL",
        default="https://api.openai.com/v1",
        help="the API to record from (default: %(default)s)",
    )
    group.addoption(
        "--mockai-unused",
        choices=("error", "warn", "ignore"),
        default="error",
        help="a stub that was never used fails its test (error, the default), is warned of, or is ignored",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "mockai(cassette=…, record_mode=…, seed=…, …): options of this test's MockAI; cassette is a path beside the "
        "test file, all others are MockAI's own.",
    )
    if config.option.mockai_record != "none" and in_ci():
        raise pytest.UsageError(
            f"--mockai-record={config.option.mockai_record} is forbidden where CI is set: a build must not depend on "
            "the real API. Record on your machine and commit the cassettes."
        )


def in_ci() -> bool:
    """Whether this is a build, which only ever replays."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


class MockServer:
    """The running server: `url` is its base URL; each test opens a scope of its own on it."""

    def __init__(self, root: str, scopes: Scopes) -> None:
        self.root = root
        self.url = f"{root}/v1"
        self.scopes = scopes
        self.count = 0

    def open(self, mock: MockAI) -> tuple[str, str]:
        """Let `mock` answer under a name of its own; gives that name and the base URL for its clients."""
        self.count += 1
        name = f"test-{self.count}"
        self.scopes.open(name, mock)
        return name, f"{self.root}/t/{name}/v1"


@pytest.fixture(scope="session")
def mockai_server() -> Iterator[MockServer]:
    """The running mock server of this session (one for each xdist worker)."""
    from mockai import MockAI
    from mockai.edges.server import serving
    from mockai.scopes import Scopes

    scopes = Scopes(MockAI())
    with serving(scopes) as url:
        yield MockServer(url.removesuffix("/v1"), scopes)


@pytest.fixture
def mockai_config() -> dict[str, Any]:
    """Options for MockAI; override it to change them for a module or a whole suite."""
    return {}


@pytest.fixture
def mockai_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of this test's cassette; `cassettes/{module}` beside the test file unless overridden."""
    return request.path.parent / "cassettes" / request.path.stem


@pytest.fixture
def mockai_cassette_name(request: pytest.FixtureRequest) -> str:
    """The name of this test's cassette without its ending; no two tests of a module share one."""
    chain = request.node.listchain()
    module = max(index for index, node in enumerate(chain) if isinstance(node, pytest.File))
    name = ".".join(node.name for node in chain[module + 1 :])
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")
    if plain == name and len(name) <= 100:
        return plain
    return f"{plain[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@pytest.fixture
def mockai(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    mockai_server: MockServer,
    mockai_config: dict[str, Any],
    mockai_cassette_dir: Path,
    mockai_cassette_name: str,
) -> Iterator[MockAI]:
    """A fresh MockAI on the session's server, with OPENAI_BASE_URL, OPENAI_API_KEY and NO_PROXY set for this test.

    A request nobody answered, a stub nobody used, or no request at all fails the test at its end.
    """
    from mockai import MockAI, MockaiError, VerificationError

    unused = request.config.option.mockai_unused
    try:
        mock = MockAI(**options_of(request, mockai_config, mockai_cassette_dir / f"{mockai_cassette_name}.yaml"))
    except MockaiError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    name, mock.url = mockai_server.open(mock)
    request.node.stash[_mock] = mock
    for variable, value in environment(mock).items():
        monkeypatch.setenv(variable, value)
    yield mock
    mockai_server.scopes.close(name)
    try:
        mock.close()
        if request.node.stash.get(_cut_short, False):
            return
        if not mock.number and not mock.heard:
            raise VerificationError(
                f"This test took the fixture `mockai` and made no request through it. Its client went elsewhere, or "
                f"nowhere: let it take its address from OPENAI_BASE_URL ({mock.url}) when the test runs, not at "
                f"import, and do not patch its transport; or do not take the fixture."
            )
        mock.verify(unused=unused == "error")
    except (VerificationError, MockaiError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    for words in mock.unused() if unused == "warn" else ():
        request.node.warn(pytest.PytestWarning(words))


def options_of(request: pytest.FixtureRequest, config: dict[str, Any], tape: Path) -> dict[str, Any]:
    """The options of a test's MockAI: those of its markers before those of `config`, and its cassette."""
    from dataclasses import fields
    from difflib import get_close_matches

    from mockai import MockAI

    options = {"record_mode": request.config.option.mockai_record, **config}
    for marker in reversed(list(request.node.iter_markers("mockai"))):
        if marker.args:
            pytest.fail(f"@pytest.mark.mockai takes options by name, not {marker.args[0]!r}.", pytrace=False)
        options |= marker.kwargs
    known = [option.name for option in fields(MockAI)]
    for wrong in options.keys() - known:
        near = get_close_matches(wrong, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(known)}."
        pytest.fail(f"MockAI has no option {wrong!r}. {hint}", pytrace=False)
    named = options.pop("cassette", None)
    tape = request.path.parent / named if named else tape
    if named or tape.exists():
        options["cassette"] = tape
    if options["record_mode"] == "none" or in_ci():
        return options | {"record_mode": "none", "upstream": None}
    return {"upstream": request.config.option.mockai_upstream, "record_to": tape, **options}


def environment(mock: MockAI) -> dict[str, str]:
    """What a client finds in the environment: the mock's address, a key it takes, and no proxy on the way to it.

    While an upstream is asked, a key that is there already stays, for it may be the real one.
    """
    before = os.environ
    key = before.get("OPENAI_API_KEY") if mock.forwards else None
    direct = {name: ",".join(filter(None, (before.get(name), LOOPBACK))) for name in ("NO_PROXY", "no_proxy")}
    return {"OPENAI_BASE_URL": mock.url, "OPENAI_API_KEY": key or next(iter(mock.api_key), KEY), **direct}


@pytest.fixture
def openai_client(mockai: MockAI) -> Iterator[Any]:
    """The official SDK's client on `mockai`."""
    openai = pytest.importorskip("openai", reason="the fixture openai_client needs the openai package")
    with openai.OpenAI(base_url=mockai.url) as client:
        yield client


@pytest.fixture
def async_openai_client(mockai: MockAI) -> Any:
    """The SDK's async client on `mockai`, in process: no socket of it has to be closed in the event loop it ran in."""
    openai = pytest.importorskip("openai", reason="the fixture async_openai_client needs the openai package")
    from mockai.edges.transport import library_of

    wrapper = openai.DefaultAsyncHttpxClient
    direct = wrapper(transport=mockai.transport(library_of(wrapper)))
    return openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", http_client=direct)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test came to its end, and show the exchanges of one that failed."""
    report = yield
    if not report.passed and report.when != "teardown":
        item.stash[_cut_short] = True
    mock = item.stash.get(_mock, None)
    if report.failed and mock is not None:
        report.sections.append(("mockai: exchanges of this test", mock.journal.told() or "none"))
    return report
