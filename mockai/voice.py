"""What a model says when nobody has scripted it: words on the topic, a tool call where one is due, JSON where asked.

Nothing here knows an endpoint: a behaviour turns its request into a Prompt, and the Utterance that comes back into
the shapes of its own answers. The same prompt and the same dice give the same words, in every process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from . import catalogue
from .value import value

if TYPE_CHECKING:
    from .maker import Values
    from .phrases import Language


@value(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called: its `arguments` are JSON text, or free text for a custom tool.

    `id` is the call's own; without one the endpoint makes one up.
    """

    name: str
    arguments: str
    id: str | None = None


@value(frozen=True, slots=True)
class Utterance:
    """What a model says in one choice, before any endpoint has shaped it.

    `pieces` are the cuts a stream makes in `text` (by tokens where there are none). `finish` is the finish reason,
    derived from the rest where it is None. `reasoning` is how many tokens were thought before the first word, as the
    model and its effort have it where that is None; `thoughts` are their words, where they are to be shown.
    """

    text: str | None = None
    pieces: tuple[str, ...] | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish: str | None = None
    reasoning: int | None = None
    thoughts: str | None = None


@value(frozen=True, slots=True)
class Tool:
    """A tool the model may call: `schema` is that of its arguments, or None for a custom tool that takes text.

    `pattern` is the regular expression a custom tool's text must match, `grammar` that of Lark's whose sentence it
    must be, if it has one.
    """

    name: str
    about: str = ""
    schema: dict[str, Any] | None = None
    pattern: str | None = None
    grammar: str | None = None


def custom(name: str, about: str, form: Mapping[str, Any]) -> Tool:
    """A custom tool, whose text is free or bound: `form` is its `format`, as chats or responses have it."""
    bound = form.get("grammar") or form
    syntax = {bound.get("syntax"): bound.get("definition")}
    return Tool(name, about, None, syntax.get("regex"), syntax.get("lark"))


@value(frozen=True, slots=True)
class Prompt:
    """What a model is asked: `topic` is the user's last message.

    `choice` is `none`, `auto` or `required` among `tools`; `parallel` whether several may be called at once;
    `answered` whether the conversation ends in a tool's result, which the model now has to put into words; `done` are
    the names of tools that were called since the user last spoke, told where the choice is `required`.
    `schema` is that of the answer where JSON is asked for (`{}` is any object). `expected` is what the request says
    its answer will be; `verbosity` is `low`, `medium` or `high`.
    """

    topic: str = ""
    tools: Sequence[Tool] = ()
    choice: str = "auto"
    parallel: bool = True
    answered: bool = False
    done: Collection[str] = ()
    schema: Any = None
    expected: str | None = None
    verbosity: str | None = None


@value(frozen=True, slots=True)
class Voice:
    """Words for whoever has none; it keeps no state, so one serves every thread.

    `manner` is `plain` (a few sentences on the topic, in its language), `echo` (the user's words again), `lorem`, or
    `template:TEXT`, whose `{topic}` and `{last_user}` are filled in. `length` is how many words plain and lorem
    answers have; in languages that put no blanks between words it counts characters. `values` is the manner of values
    by a schema: `plausible`, `smallest` or `varied`.
    """

    manner: str = "plain"
    length: int | None = None
    values: Values = "plausible"

    def utter(self, prompt: Prompt, rng: Random) -> Utterance:
        """What the model says to `prompt`.

        Under `required` it calls the tools the user names, else the one that fits best, one after another. Under `auto`
        it calls a tool only when the user's words name it or speak of what it does, and never right after a tool's
        result.
        Raises Unsatisfiable where a schema of the prompt has no value that could be made up.
        """
        called = self._wanted(prompt)
        if called:
            spaced = len(called) > 1
            return Utterance(
                tool_calls=tuple(
                    ToolCall(tool.name, _arguments(tool, prompt, rng, spaced, self.values)) for tool in called
                )
            )
        if prompt.schema is not None:
            return Utterance(text=orjson.dumps(_object(prompt, rng, self.values)).decode())
        return Utterance(text=prompt.expected or self.words(prompt.topic, rng, prompt.verbosity))

    def words(self, topic: str, rng: Random, verbosity: str | None = None) -> str:
        """What there is to say about `topic`: where plain two to four sentences, more or less by `verbosity`."""
        kind, _, template = self.manner.partition(":")
        if kind == "echo":
            return topic
        if kind == "template":
            filled = {"{topic}": subject(topic), "{last_user}": topic}
            return re.sub(r"\{(?:topic|last_user)\}", lambda found: filled[found[0]], template)
        if kind == "lorem":
            return _lorem(rng, self.length or rng.randint(20, 60))
        tongue, about = tongue_of(topic), subject(topic)
        least, most = _SENTENCES.get(verbosity or "medium", (1, 3))
        said = [rng.choice(tongue.openings), *rng.sample(tongue.middles, rng.randint(least, most))]
        gap = " " if tongue.spaced else ""
        if self.length is None:
            return gap.join(line.format(about=about) for line in said)
        said = [line.format(about=about) for line in said]
        size = sum(_size(line, tongue) for line in said)
        while size < self.length:
            said.append(rng.choice(tongue.middles).format(about=about))
            size += _size(said[-1], tongue)
        return _cut(gap.join(said), self.length, tongue)

    def _wanted(self, prompt: Prompt) -> list[Tool]:
        if prompt.choice == "none" or not prompt.tools or (prompt.answered and prompt.choice != "required"):
            return []
        said = _vocabulary(prompt.topic)
        tools = [tool for tool in prompt.tools if tool.name not in prompt.done] or prompt.tools
        named = [tool for tool in tools if _vocabulary(tool.name) <= said]
        if named:
            return named if prompt.parallel else named[:1]
        best = max(tools, key=lambda tool: _fit(tool, said))
        return [best] if prompt.choice == "required" or _fit(best, said) else []


def subject(topic: str) -> str:
    """What a message is about, in up to three of its own words."""
    words = re.findall(r"\w[\w'’-]*", topic[:4000])
    tongue = tongue_of(topic)
    known = [word for word in dict.fromkeys(words) if word.lower() not in tongue.common]
    telling = sorted(known, key=len, reverse=True)[:3]
    return " ".join(word[:40] for word in sorted(telling, key=words.index)) if telling else tongue.nothing


def tongue_of(topic: str) -> Language:
    """The language of a message."""
    from .phrases import language  # a mock whose words are given needs none of them

    return language(topic)


def thought(model: str, effort: str | None, throw: Callable[[int, int], int]) -> int:
    """How many tokens `model` thinks before it speaks, 0 for most models.

    Models before gpt-5.2 think in whole blocks of 64, later ones as little as they need and often not at all, as
    recorded answers of up to October 2026 tell. `effort` is the request's `reasoning_effort`, None for the model's own;
    `throw` gives a whole number between two, both included.
    """
    family = catalogue.like(model)
    if not family.reasoning:
        return 0
    block, efforts = (1, _TOKENS) if "day" in family.features else (64, _BLOCKS)
    low, high = efforts.get(effort or family.effort or "medium", efforts["medium"])
    return block * max(0, throw(low, high))


_NONE = {"none": (0, 0), "minimal": (0, 0)}

_BLOCKS = {**_NONE, "low": (0, 2), "medium": (1, 6), "high": (6, 20), "xhigh": (16, 40), "max": (32, 64)}
"""The blocks of 64 tokens that are thought by effort, at least and at most."""

_TOKENS = {**_NONE, "low": (-30, 30), "medium": (-80, 80), "high": (-40, 200), "xhigh": (0, 400), "max": (0, 800)}
"""The tokens that are thought by effort; none at all where chance is below 0."""

_SENTENCES = {"low": (1, 1), "medium": (1, 3), "high": (4, 5)}
"""How many sentences come after the first, at least and at most."""


def _size(text: str, tongue: Language) -> int:
    """How many words a sentence of ours has: there is one blank between two of them."""
    return text.count(" ") + 1 if tongue.spaced else len(text)


def _cut(text: str, length: int, tongue: Language) -> str:
    """The first so many words of a text, with a full stop behind them."""
    if not tongue.spaced:
        return text[: length - 1].rstrip("。，") + "。"
    return " ".join(text.split()[:length]).rstrip(" .,:;!?") + "."


def _lorem(rng: Random, length: int) -> str:
    """So many words of Latin in sentences, the first the one that everybody knows."""
    from .phrases import LOREM

    known = LOREM.split()
    words = [*known[:length], *rng.choices(known, k=max(length - len(known), 0))]
    return " ".join(" ".join(words[start : start + 9]).capitalize() + "." for start in range(0, length, 9))


def _vocabulary(text: str) -> set[str]:
    """The words of a text or of a name, in lower case: `getCurrent_weather` is get, current and weather."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[^\W\d_A-Z]+|[A-Z][^\W\d_A-Z]*|\d+", text[:4000])}


def _fit(tool: Tool, said: set[str]) -> int:
    """How much of what was said the tool is about: words of its name count most, words of three letters not at all."""
    name = sum(len(word) > 3 for word in _vocabulary(tool.name) & said)
    about = sum(len(word) > 3 for word in _vocabulary(tool.about) & said)
    return 2 * name + (about if about > 1 or name else 0)


def _arguments(tool: Tool, prompt: Prompt, rng: Random, spaced: bool, values: Values) -> str:
    if tool.grammar:
        return _sentence(tool, tool.grammar, rng)
    if tool.schema is None and not tool.pattern:
        return subject(prompt.topic)
    if tool.schema == {}:
        return "{}"
    from .synthesize import Unsatisfiable, synthesize

    schema = {"type": "string", "pattern": tool.pattern} if tool.schema is None else tool.schema
    try:
        value = synthesize(schema, rng, values=values)
    except Unsatisfiable as error:
        raise Unsatisfiable(str(error), tool=tool.name) from error
    if tool.schema is None:
        return str(value)
    text = orjson.dumps(value).decode()
    return re.sub(r'("(?:[^"\\]|\\.)*")|([:,])', lambda m: m[1] or m[2] + " ", text) if spaced else text


def _sentence(tool: Tool, grammar: str, rng: Random) -> str:
    from .lark import BadGrammar, sentence
    from .synthesize import Unsatisfiable

    try:
        return sentence(grammar, rng)
    except BadGrammar as error:
        raise Unsatisfiable(f"Its grammar cannot be kept: {error}.", tool=tool.name) from None


def _object(prompt: Prompt, rng: Random, values: Values) -> Any:
    if not prompt.schema:
        return {
            "topic": subject(prompt.topic),
            "answer": rng.choice(tongue_of(prompt.topic).middles).format(about=subject(prompt.topic)),
        }
    from .synthesize import synthesize

    return synthesize(prompt.schema, rng, values=values)
