"""Grading by rule: texts compared by the measures that graders name, templates filled, formulas worked out."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

from .embedding import embed
from .embedding import similarity as nearness

Measure = Callable[[str, str], float]

EMBEDDING = "text-embedding-3-small"
MOST_NODES = 500
PLACE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class UnknownVariable(LookupError):
    """A template names what neither the item nor the sample has."""


class BadFormula(ValueError):
    """A formula that is none, or cannot be worked out."""


def filled(template: str, variables: Mapping[str, Any]) -> str:
    """A template with its variables (`{{item.answer}}`, `{{sample.output_text}}`) in it.

    Raises UnknownVariable for one that is not there.
    """
    return PLACE.sub(lambda place: _text(_looked_up(place[1], variables)), template)


def checked(operation: str, given: str, reference: str) -> bool:
    """What a string check finds: eq, ne, or like and ilike, which ask whether the reference occurs."""
    match operation:
        case "eq":
            return given == reference
        case "ne":
            return given != reference
        case "like":
            return reference in given
    return reference.lower() in given.lower()


def similarity(measure: str, given: str, reference: str) -> float:
    """How alike two texts are, from 0 to 1, by one of MEASURES."""
    return round(min(max(MEASURES[measure](given, reference), 0.0), 1.0), 6)


def formula(text: str, scores: Mapping[str, float]) -> float:
    """The value of a formula over the scores of graders, by their names. Raises BadFormula where it has none."""
    try:
        tree = ast.parse(text, mode="eval")
        if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
            raise BadFormula("The formula is too long.")
        found = _value(tree.body, scores)
        if not math.isfinite(found):
            raise BadFormula("it is infinite")
        return float(found)
    except (SyntaxError, ArithmeticError, RecursionError, TypeError, ValueError) as error:
        raise BadFormula(f"The formula {text!r} cannot be worked out: {error}.") from None


def _looked_up(path: str, variables: Mapping[str, Any]) -> Any:
    found: Any = variables
    for step in path.split("."):
        if isinstance(found, Mapping) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise UnknownVariable(path)
    return found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    import orjson

    return orjson.dumps(value).decode()


OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}


def _value(node: ast.expr, scores: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in scores:
            return scores[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, scores)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(left, scores), _value(right, scores))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*(_value(each, scores) for each in args))
    raise BadFormula(f"{ast.unparse(node)} is neither a score, a number nor one of {', '.join(FUNCTIONS)}")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text.lower())


def _grams(words: Sequence[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))


def _shared(given: Sequence[str], reference: Sequence[str], size: int) -> tuple[int, int, int]:
    """How many n-grams two texts share, and how many each has."""
    one, other = _grams(given, size), _grams(reference, size)
    return (one & other).total(), one.total(), other.total()


def _harmonic(shared: float, one: float, other: float) -> float:
    return 2 * shared / (one + other) if one + other else 0.0


def _rouge(size: int) -> Measure:
    """ROUGE-N: the F1 of shared n-grams."""
    return lambda given, reference: _harmonic(*_shared(_words(given), _words(reference), size))


def _rouge_l(given: str, reference: str) -> float:
    """ROUGE-L: the F1 of the longest common subsequence of words."""
    one, other = _words(given), _words(reference)
    row = [0] * (len(other) + 1)
    for word in one:
        above = row
        row = [0]
        for index, counterpart in enumerate(other):
            row.append(above[index] + 1 if word == counterpart else max(above[index + 1], row[-1]))
    return _harmonic(row[-1], len(one), len(other))


def _bleu(given: str, reference: str) -> float:
    """BLEU-4 of one sentence: shared n-grams up to four words, smoothed by one, short texts made to pay."""
    one, other = _words(given), _words(reference)
    if not one or not other:
        return float(one == other)
    parts = [_shared(one, other, size) for size in range(1, 5)]
    if not parts[0][0]:
        return 0.0
    logs = [
        math.log((shared + (size > 0)) / (total + (size > 0)))
        for size, (shared, total, _) in enumerate(parts)
        if total or size
    ]
    return min(1.0, math.exp(1 - len(other) / len(one))) * math.exp(sum(logs) / len(logs))


def _gleu(given: str, reference: str) -> float:
    """GLEU: shared n-grams up to four words, of the text that has more of them."""
    parts = [_shared(_words(given), _words(reference), size) for size in range(1, 5)]
    most = max(sum(part[1] for part in parts), sum(part[2] for part in parts))
    return sum(part[0] for part in parts) / most if most else 1.0


def _meteor(given: str, reference: str) -> float:
    """METEOR by words alone: recall counts nine times as much as precision, and words out of order cost."""
    one, other = _words(given), _words(reference)
    free: dict[str, list[int]] = {}
    for index, word in enumerate(other):
        free.setdefault(word, []).append(index)
    places = [free[word].pop(0) for word in one if free.get(word)]
    if not places:
        return float(one == other)
    precision, recall = len(places) / len(one), len(places) / len(other)
    mean = 10 * precision * recall / (recall + 9 * precision)
    runs = 1 + sum(after != before + 1 for before, after in pairwise(places))
    return mean * (1 - (0.5 * (runs / len(places)) ** 3 if runs > 1 else 0.0))


MEASURES: Mapping[str, Measure] = {
    "fuzzy_match": lambda given, reference: SequenceMatcher(None, given, reference, autojunk=False).ratio(),
    "bleu": _bleu,
    "gleu": _gleu,
    "meteor": _meteor,
    "cosine": lambda given, reference: nearness(embed(given, EMBEDDING), embed(reference, EMBEDDING)),
    **{f"rouge_{size}": _rouge(size) for size in range(1, 6)},
    "rouge_l": _rouge_l,
}
"""Measures of how alike two texts are, by the names that graders have for them."""
