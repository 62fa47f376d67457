"""mockai: a mock OpenAI server that cannot lie. Start with `MockAI`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .clock import ManualClock as ManualClock
    from .clock import SystemClock as SystemClock
    from .conditions import anything as anything
    from .conditions import contains as contains
    from .conditions import matches as matches
    from .edges.mocked import mock_openai as mock_openai
    from .errors import MockaiError as MockaiError
    from .errors import VerificationError as VerificationError
    from .hindsight import calling as calling
    from .mock import MockAI as MockAI
    from .redaction import Redaction as Redaction
    from .requirements import has_tool as has_tool
    from .requirements import headers as headers
    from .requirements import key as key
    from .requirements import last_user as last_user
    from .requirements import parts as parts
    from .requirements import query as query
    from .requirements import system as system
    from .requirements import turn as turn

__version__ = "0.1.0"

# Where each public name lives; looked up on first use, so that `import mockai` costs next to nothing.
_PUBLIC = {
    "MockAI": "mock",
    "ManualClock": "clock",
    "SystemClock": "clock",
    "contains": "conditions",
    "matches": "conditions",
    "anything": "conditions",
    "has_tool": "requirements",
    "headers": "requirements",
    "key": "requirements",
    "last_user": "requirements",
    "parts": "requirements",
    "query": "requirements",
    "system": "requirements",
    "turn": "requirements",
    "MockaiError": "errors",
    "Redaction": "redaction",
    "VerificationError": "errors",
    "calling": "hindsight",
    "mock_openai": "edges.mocked",
}
__all__ = [
    "ManualClock",
    "MockAI",
    "MockaiError",
    "Redaction",
    "SystemClock",
    "VerificationError",
    "anything",
    "calling",
    "contains",
    "has_tool",
    "headers",
    "key",
    "last_user",
    "matches",
    "mock_openai",
    "parts",
    "query",
    "system",
    "turn",
]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'mockai' has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f".{_PUBLIC[name]}", __name__), name)
    return found
