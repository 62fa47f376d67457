"""Whose connection it is that is opened now: mockai's own, to ask an upstream, or that of the code under test."""

from __future__ import annotations

from contextvars import ContextVar

OURS: ContextVar[bool] = ContextVar("mockai_ours", default=False)
