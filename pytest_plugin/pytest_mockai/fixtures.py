"""The fixtures, as `pytest --fixtures` shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from .session import RUNNING, is_live, owner
from .settings import folder_scope, scope_of
from .tapes import folder_of, name_of
from .vcr import cassettes

if TYPE_CHECKING:
    from mockai import MockAI
    from mockai.edges.host import Host


@pytest.fixture(scope="session")
def mockai_server() -> Host:
    """The running mock server of this session, one for each xdist worker; `url` is its address."""
    from .taken import server

    return server(RUNNING[-1].config)


@pytest.fixture(scope="session")
def mockai_config() -> Mapping[str, Any]:
    """Options for MockAI; override it to change them for a module or a whole suite."""
    return MappingProxyType({})


@pytest.fixture(scope=folder_scope)
def mockai_cassette_dir() -> Path:
    """The folder of a module's cassettes; `cassettes/{module}` beside the test file unless overridden."""
    return folder_of(owner())


@pytest.fixture(scope=scope_of)
def mockai_cassette_name() -> str:
    """The name of this test's cassette without its ending; no two tests of a module share one."""
    return name_of(owner())


@pytest.fixture(scope=scope_of)
def mockai(mockai_config: Mapping[str, Any], mockai_cassette_dir: Path, mockai_cassette_name: str) -> Iterator[MockAI]:
    """A fresh MockAI on the session's server, with OPENAI_BASE_URL, OPENAI_API_KEY and NO_PROXY set for this test.

    A request nobody answered, a stub nobody used, or no request at all fails the test at its end.
    """
    from .taken import options_of, taken

    node = owner()
    tape, *others = cassettes(node, Path(mockai_cassette_dir, f"{mockai_cassette_name}.yaml"))
    options = options_of(node, mockai_config, tape, others)
    yield from taken(node, options, tape, not is_live(node))


@pytest.fixture(scope=scope_of)
def openai_client(mockai: MockAI) -> Iterator[Any]:
    """The official SDK's client on `mockai`; skips the test where `openai` is not installed."""
    openai = pytest.importorskip("openai", reason="the fixture openai_client needs the openai package")
    with openai.OpenAI(base_url=mockai.url) as client:
        yield client


@pytest.fixture(scope=scope_of)
def async_openai_client(mockai: MockAI) -> Any:
    """The SDK's async client on `mockai`, in process: no socket of it has to be closed in the event loop it ran in."""
    openai = pytest.importorskip("openai", reason="the fixture async_openai_client needs the openai package")
    from mockai.edges.transport import library_of

    wrapper = openai.DefaultAsyncHttpxClient
    direct = wrapper(transport=mockai.transport(library_of(wrapper)))
    return openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", http_client=direct)
