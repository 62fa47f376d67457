"""Decisions: every question is answered about the same input, with how sure the model is.

What an option says and what the input says decide: words they share make it likely; a little chance does the rest.
Probabilities in hundredths and the order of the fields are a recorded answer's of gpt-6-luna.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from .. import kinds, tokens
from ..answers import answer
from ..call import Call
from ..dice import dice
from ..http import Reply
from . import Mock, behaviour

PER_ANSWER = 1
"""Tokens that an answer costs: one of them names the option."""


@behaviour("decisions.create")
def create(call: Call, _mock: Mock) -> Reply:
    """An answer to each question, in their order."""
    asked = kinds.fields(call)
    text, model = _text(asked["input"]), asked["model"]
    answers = [_answer(question, text, dice(call.seed, text, repr(question))) for question in asked["questions"]]
    read = sum(tokens.count(_text(each["instructions"]), model) for each in asked["questions"])
    read += tokens.count(text, model)
    written = PER_ANSWER * len(answers)
    usage = {
        "input_tokens": read,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": written,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + written,
    }
    return answer({"model": model, "answers": answers, "usage": usage})


def _answer(question: dict[str, Any], text: str, rng: Random) -> dict[str, Any]:
    head = {"type": question["type"], "name": question.get("name")}
    if question["type"] == "predicate":
        return head | {"probability": _shares([_text(question["instructions"]), ""], text, rng)[0]}
    options = question["choices" if question["type"] == "choice" else "levels"]
    names = [each["value"] if question["type"] == "choice" else each["label"] for each in options]
    shares = _shares(
        [f"{name} {each.get('description', '')}" for name, each in zip(names, options, strict=True)], text, rng
    )
    best = max(shares, default=0.0)
    if question["type"] == "choice":
        likely = [{"value": name, "probability": share} for name, share in zip(names, shares, strict=True)]
        return head | {"choice": names[shares.index(best)], "probabilities": likely, "confidence": best}
    rated = [
        {"value": index, "label": name, "probability": share}
        for index, (name, share) in enumerate(zip(names, shares, strict=True))
    ]
    score = round(sum(index * share for index, share in enumerate(shares)), 2)
    return head | {"score": score, "probabilities": rated, "confidence": best}


def _shares(options: Sequence[str], text: str, rng: Random) -> list[float]:
    """How likely each option is, in hundredths; together they are 1."""
    known = _words(text)
    weights = [1 + rng.random() + 8 * len(_words(option) & known) for option in options]
    parts = [int(100 * weight / sum(weights)) for weight in weights]
    best = max(range(len(parts)), key=weights.__getitem__, default=0)
    return [(part + (100 - sum(parts) if place == best else 0)) / 100 for place, part in enumerate(parts)]


def _text(value: Any) -> str:
    """All that is said in an input: a text, or messages and what came of calls, with their parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(_text(each) for each in value)
    return "\n".join(
        _text(value[name]) for name in ("content", "text", "output", "input", "arguments") if name in value
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.lower()))
