"""A use of a tool that the API itself knows: what it is used for, and what stands in the output for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from ..dice import token
from . import Mock

Item: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a tool: the tool as the request describes it, what it is used for, and what may be told of it.

    `model` is who uses it, `said` the words that follow, `seen` whether the user has shown a picture of the screen,
    `items` what was said and done before.
    """

    tool: Mapping[str, Any]
    topic: str
    include: frozenset[str]
    rng: Random
    mock: Mock
    model: str
    said: str = ""
    seen: bool = False
    items: Sequence[Mapping[str, Any]] = ()

    def call_id(self) -> str:
        """An id by which the result of a call is told to belong to it."""
        return f"call_{token(self.rng, 24)}"


@dataclass(frozen=True, slots=True)
class Made:
    """What a use puts out: items with their types but without ids, and notes that the text which follows takes."""

    items: tuple[Item, ...]
    notes: tuple[Item, ...] = ()


def always(_tool: Mapping[str, Any]) -> bool:
    """A tool that OpenAI runs by itself, so that the model's words follow at once."""
    return True


def never(_tool: Mapping[str, Any]) -> bool:
    """A tool that the client runs, so that the model waits for what comes of it."""
    return False


@dataclass(frozen=True, slots=True)
class Known:
    """A tool that the API knows: the type of its item, what a use puts out, and the words it is about.

    `answers` says of a tool, as a request describes it, whether the model goes on at once.
    """

    item: str
    made: Callable[[Use], Made]
    about: str
    answers: Callable[[Mapping[str, Any]], bool] = always
