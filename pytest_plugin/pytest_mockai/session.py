"""What a session knows: the test that runs, the mock it has taken, who is watched, the cassettes it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from .settings import setting

if TYPE_CHECKING:
    from mockai.edges.blocking import Watch

    from .taken import Taken
    from .tapes import Tapes

Node: TypeAlias = pytest.Item | pytest.Collector

RUNNING: list[pytest.Item] = []
"""The test that runs; behind it those that wait for the end of a session within them (of `pytester`).

Fixtures look here, for one that takes pytest's `request` or its config costs each test a tenth of a millisecond.
"""

TAKEN: pytest.StashKey[Taken] = pytest.StashKey()
WATCH: pytest.StashKey[Watch] = pytest.StashKey()
TAPES: pytest.StashKey[Tapes] = pytest.StashKey()

SHARING = {"class": pytest.Class, "module": pytest.Module, "session": pytest.Session}


def owner() -> Node:
    """The test that runs, or the class, the module or the session that its mock is shared by."""
    item = RUNNING[-1]
    kind: Any = SHARING.get(setting(item.config, "scope"))
    return (item.getparent(kind) or item) if kind else item


def is_live(node: Node) -> bool:
    """Whether a test is for the real API, and is to have it."""
    return bool(setting(node.config, "live")) and node.get_closest_marker("mockai_live") is not None
