"""What a model says when nobody has scripted it: words on the topic, a tool call where one is due, JSON where asked.

Nothing here knows an endpoint: a behaviour turns its request into a Prompt, and the Utterance that comes back into
the shapes of its own answers. The same prompt and the same dice give the same words, in every process.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import orjson

from . import catalogue


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called: its `arguments` are JSON text, or free text for a custom tool.

    `id` is the call's own; without one the endpoint makes one up.
    """

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a model says in one choice, before any endpoint has shaped it.

    `pieces` are the cuts a stream makes in `text` (by tokens where there are none). `finish` is the finish reason,
    derived from the rest where it is None. `reasoning` is how many tokens were thought before the first word, as the
    model and its effort have it where that is None.
    """

    text: str | None = None
    pieces: tuple[str, ...] | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish: str | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call: `schema` is that of its arguments, or None for a custom tool that takes text.

    `pattern` is the regular expression a custom tool's text must match, if it has one.
    """

    name: str
    about: str = ""
    schema: dict[str, Any] | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked: `topic` is the user's last message.

    `choice` is `none`, `auto` or `required` among `tools`; `parallel` whether several may be called at once;
    `answered` whether the conversation ends in a tool's result, which the model now has to put into words.
    `schema` is that of the answer where JSON is asked for (`{}` is any object). `expected` is what the request says
    its answer will be.
    """

    topic: str = ""
    tools: Sequence[Tool] = ()
    choice: str = "auto"
    parallel: bool = True
    answered: bool = False
    schema: Any = None
    expected: str | None = None


class Voice:
    """Words for whoever has none; it keeps no state, so one serves every thread."""

    def utter(self, prompt: Prompt, rng: Random) -> Utterance:
        """What the model says to `prompt`.

        Under `required` it calls the tools the user names, else the one that fits best. Under `auto` it calls a tool
        only when the user's words name it or speak of what it does, and never right after a tool's result.
        Raises Unsatisfiable where a schema of the prompt has no value that could be made up.
        """
        called = self._wanted(prompt)
        if called:
            spaced = len(called) > 1
            return Utterance(
                tool_calls=tuple(ToolCall(tool.name, _arguments(tool, prompt, rng, spaced)) for tool in called)
            )
        if prompt.schema is not None:
            return Utterance(text=orjson.dumps(_object(prompt, rng)).decode())
        return Utterance(text=prompt.expected or self.words(prompt.topic, rng))

    def words(self, topic: str, rng: Random) -> str:
        """Two to four sentences about `topic`."""
        about = subject(topic)
        middle = rng.sample(_MIDDLES, rng.randint(1, 3))
        return " ".join(line.format(about=about) for line in (rng.choice(_OPENINGS), *middle))

    def _wanted(self, prompt: Prompt) -> list[Tool]:
        if prompt.choice == "none" or not prompt.tools or (prompt.answered and prompt.choice != "required"):
            return []
        said = _vocabulary(prompt.topic)
        named = [tool for tool in prompt.tools if _vocabulary(tool.name) <= said]
        if named:
            return named if prompt.parallel else named[:1]
        best = max(prompt.tools, key=lambda tool: _fit(tool, said))
        return [best] if prompt.choice == "required" or _fit(best, said) else []


def subject(topic: str) -> str:
    """What a message is about, in up to three of its own words."""
    words = re.findall(r"\w[\w'’-]*", topic[:4000])
    known = [word for word in dict.fromkeys(words) if word.lower() not in _EMPTY]
    telling = sorted(known, key=len, reverse=True)[:3]
    return " ".join(word[:40] for word in sorted(telling, key=words.index)) if telling else "your message"


def thought(model: str, effort: str | None, rng: Random) -> int:
    """How many tokens `model` thinks before it speaks: whole blocks of 64, as the API bills them, 0 for most models.

    `effort` is the request's `reasoning_effort`, None for the model's own.
    """
    family = catalogue.like(model)
    if not family.reasoning:
        return 0
    low, high = _BLOCKS.get(effort or family.effort or "medium", _BLOCKS["medium"])
    return 64 * rng.randint(low, high)


_BLOCKS = {"none": (0, 0), "minimal": (0, 0), "low": (0, 2), "medium": (1, 6), "high": (6, 20), "xhigh": (16, 40)} | {
    "max": (32, 64)
}

_EMPTY = frozenset(
    re.findall(
        r"\S+",
        "a about an and answer are be can could do does explain for from give have how i in is it me of on please say "
        "should tell that the this to was what what's when where which who why will with would write you your",
    )
)

_OPENINGS = (
    "Here is what there is to say about {about}.",
    "A short answer on {about}:",
    "Good question about {about}.",
    "Let us look at {about} step by step.",
    "In brief, {about} comes down to a few points.",
)
_MIDDLES = (
    "The first thing to know is how the parts fit together.",
    "In practice it depends on the details of your case.",
    "A small example usually makes it clear.",
    "Start simple, measure, and change one thing at a time.",
    "Most people find that the obvious approach to {about} works well.",
    "There are exceptions, but they are rare.",
    "If you tell me more, I can be more precise.",
)


def _vocabulary(text: str) -> set[str]:
    """The words of a text or of a name, in lower case: `getCurrent_weather` is get, current and weather."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[^\W\d_A-Z]+|[A-Z][^\W\d_A-Z]*|\d+", text[:4000])}


def _fit(tool: Tool, said: set[str]) -> int:
    """How much of what was said the tool is about: words of its name count most, words of three letters not at all."""
    name = sum(len(word) > 3 for word in _vocabulary(tool.name) & said)
    about = sum(len(word) > 3 for word in _vocabulary(tool.about) & said)
    return 2 * name + (about if about > 1 or name else 0)


def _arguments(tool: Tool, prompt: Prompt, rng: Random, spaced: bool) -> str:
    from .synthesize import synthesize

    if tool.schema is None:
        return (
            str(synthesize({"type": "string", "pattern": tool.pattern}, rng)) if tool.pattern else subject(prompt.topic)
        )
    if not tool.schema:
        return "{}"
    value = synthesize(tool.schema, rng)
    text = orjson.dumps(value).decode()
    return re.sub(r'("(?:[^"\\]|\\.)*")|([:,])', lambda m: m[1] or m[2] + " ", text) if spaced else text


def _object(prompt: Prompt, rng: Random) -> Any:
    if not prompt.schema:
        return {"topic": subject(prompt.topic), "answer": rng.choice(_MIDDLES).format(about=subject(prompt.topic))}
    from .synthesize import synthesize

    return synthesize(prompt.schema, rng)
