"""mockai in pytest: a doorway. Options, a marker, a few fixtures, a report section; all else lives in `mockai`."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
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
_failed = pytest.StashKey[bool]()


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
    if config.option.mockai_record != "none" and os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        raise pytest.UsageError(
            f"--mockai-record={config.option.mockai_record} is forbidden where CI is set: a build must not depend on "
            "the real API. Record on your machine and commit the cassettes."
        )


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
    name = request.node.name
    if request.cls is not None:
        name = f"{request.cls.__name__}.{name}"
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
    from mockai import MockAI, VerificationError
    from mockai.errors import MockaiError

    option = request.config.option
    marker = request.node.get_closest_marker("mockai")
    options = {**mockai_config, **(marker.kwargs if marker else {})}
    named = options.pop("cassette", None)
    tape = request.path.parent / named if named else mockai_cassette_dir / f"{mockai_cassette_name}.yaml"
    if named or tape.exists():
        options["cassette"] = tape
    if option.mockai_record != "none":
        options.setdefault("record_mode", option.mockai_record)
        options.setdefault("upstream", option.mockai_upstream)
        options.setdefault("record_to", tape)
    try:
        mock = MockAI(**options)
    except MockaiError as error:
        pytest.fail(str(error), pytrace=False)
    name, url = mockai_server.open(mock)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    if not mock.forwards or "OPENAI_API_KEY" not in os.environ:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, ",".join(filter(None, (os.environ.get(variable), LOOPBACK))))
    mock.url = url
    request.node.stash[_mock] = mock
    yield mock
    mockai_server.scopes.close(name)
    try:
        mock.close()
        if request.node.stash.get(_failed, False):
            return
        if not mock.number:
            raise VerificationError(
                f"This test took the fixture `mockai` and made no request through it. Its client went elsewhere, or "
                f"nowhere: let it take its address from OPENAI_BASE_URL ({url}) when the test runs, not at import, "
                f"and do not patch its transport; or do not take the fixture."
            )
        mock.verify(unused=option.mockai_unused == "error")
    except (VerificationError, MockaiError) as error:
        pytest.fail(str(error), pytrace=False)
    if option.mockai_unused == "warn":
        for words in mock.unused():
            request.node.warn(pytest.PytestWarning(words))


@pytest.fixture
def openai_client(mockai: MockAI) -> Iterator[Any]:
    """The official SDK's client on `mockai`."""
    openai = pytest.importorskip("openai", reason="the fixture openai_client needs the openai package")
    with openai.OpenAI(base_url=mockai.url) as client:
        yield client


@pytest.fixture
def async_openai_client(mockai: MockAI) -> Any:
    """The official SDK's async client on `mockai`, in process: no socket has to be closed in an event loop of its own."""
    openai = pytest.importorskip("openai", reason="the fixture async_openai_client needs the openai package")
    from mockai.edges.transport import library_of

    wrapper = openai.DefaultAsyncHttpxClient
    return openai.AsyncOpenAI(
        base_url="http://127.0.0.1/v1", http_client=wrapper(transport=mockai.transport(library_of(wrapper)))
    )  # fmt: skip


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test failed, and show the exchanges of one that did."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed:
        item.stash[_failed] = True
        mock = item.stash.get(_mock, None)
        if mock is not None:
            from mockai.journal import told

            report.sections.append(("mockai: exchanges of this test", told(mock.journal) or "none"))
