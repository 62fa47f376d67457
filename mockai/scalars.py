"""Texts and numbers that a schema allows, the likeliest for their name first."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import chain, count, islice
from math import ceil, floor, inf, lcm
from typing import TYPE_CHECKING, Any

from . import plausible
from .expected import is_a as is_a
from .patterns import matches, texts

if TYPE_CHECKING:
    from .conjunction import Plain
    from .maker import Values

MANY = 400
"""How many different values of one place are offered before it counts as unfillable."""


LONGEST = 1_000_000
"""Characters of the longest text that is made."""

LONG, FAR = 300, 2.0**53 - 1
"""Characters of a long text, and the number furthest from zero, where the schema knows no bounds."""

ODD = 'Zoë Łukasz 東京 🚀 שלום "a\\b"\t<i>&</i>\n'
"""Signs that are often forgotten."""


@lru_cache(maxsize=64)
def _format(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for({"format": name}, validate_formats=True)


def strings(plain: Plain, name: str, rng: random.Random, values: Values) -> Iterator[str]:
    """Different texts that keep to lengths, patterns and formats."""
    least, most = max([0, *plain.gather("minLength")]), min([inf, *plain.gather("maxLength")])
    patterns, formats = plain.gather("pattern"), plain.gather("format")
    if least > LONGEST:
        return

    def fits(text: str) -> bool:
        return (
            least <= len(text) <= most
            and all(matches(pattern, text) for pattern in patterns)
            and all(bool(_format(form).is_valid(text)) for form in formats)
        )

    seen: set[str] = set()
    lists = [given for given in plain.gather("examples") if isinstance(given, list)]
    examples = [text for given in lists for text in given if isinstance(text, str)]
    drafts = _drafts(patterns, formats, name, rng, least, most, values == "plausible")
    first = _edges(ceil(least), most, examples[:1] or [plausible.text(name, rng)], rng) if values == "varied" else ()
    for text in islice(chain(first, examples, drafts), 10 * MANY):
        if text not in seen and fits(text):
            seen.add(text)
            yield text
            if len(seen) >= MANY:
                return


def _edges(low: int, most: float, likely: list[str], rng: random.Random) -> list[str]:
    """The likely text, the shortest, a long one, and one in many scripts, in any order."""
    long = int(most) if most <= LONG else max(low, LONG)
    many = ODD * (low // len(ODD) + 1)
    return rng.sample([*likely, "x" * low, (plausible.words(rng, long))[:long], many[: int(min(most, len(many)))]], 4)


def _drafts(
    patterns: list[str], formats: list[str], name: str, rng: random.Random, least: float, most: float, varied: bool
) -> Iterator[str]:
    """Texts that may fit: of the format, of the name, of the pattern, then anything of the right length."""
    low, high = ceil(least), None if most == inf else floor(most)
    for form in formats:
        if form in plausible.FORMATS:
            yield from (plausible.FORMATS[form](rng) for _ in range(MANY))
    likely = [plausible.text(name, rng) for _ in range(4)]
    yield from likely
    for pattern in patterns:
        yield from texts(pattern, rng, low, high)
    if varied and not patterns:
        yield plausible.words(rng, rng.randint(0, 6))
    for text in likely:
        longer = text
        while len(longer) < low:
            longer += " " + plausible.words(rng)
        yield (
            longer[: max(low, len(text))]
            if high is None
            else longer[: min(high, max(low, len(text)))].strip().ljust(low, "a")
        )
    for number in count():
        if patterns:
            yield from texts(patterns[number % len(patterns)], rng, low, high)
        tail = str(number)
        yield tail.rjust(low, "0")
        yield (likely[0] + tail)[: None if high is None else max(0, high)]
        yield chr(ord("a") + number % 26) * max(low, 0 if number == 0 else 1)


def numbers(plain: Plain, name: str, kind: str, rng: random.Random, values: Values) -> Iterator[float]:
    """Different numbers that keep to bounds and multiples: first one likely for the name, then along the range."""
    least = max([-inf, *plain.gather("minimum"), *plain.gather("exclusiveMinimum")])
    most = min([inf, *plain.gather("maximum"), *plain.gather("exclusiveMaximum")])
    steps = [Fraction(str(step)) for step in plain.gather("multipleOf")]
    whole = kind == "integer"
    if whole:
        steps.append(Fraction(1))
    above, below = plain.gather("exclusiveMinimum"), plain.gather("exclusiveMaximum")
    exact = [step for step in plain.gather("multipleOf") if isinstance(step, float)]
    seen: set[float] = set()
    step = _common(steps)
    along = _along(least, most, step, plausible.span(name), rng, values == "plausible")
    first = _outermost(least, most, step or (Fraction(1, 2)), rng) if values == "varied" else ()
    for draft in islice(chain(first, along), 10 * MANY):
        number: float = int(draft) if draft == int(draft) and abs(draft) < 2**63 else float(draft)
        inside = (
            least <= number <= most
            and all(number > edge for edge in above)
            and all(number < edge for edge in below)
            and all((number / step).is_integer() for step in exact)  # what binary arithmetic makes of it, too
        )
        if inside and number not in seen:
            seen.add(number)
            yield number
            if len(seen) >= MANY:
                return


def _common(steps: list[Fraction]) -> Fraction | None:
    """The smallest number that is a multiple of every step."""
    if not steps:
        return None
    common = steps[0]
    for step in steps[1:]:
        bottom = lcm(common.denominator, step.denominator)
        common = Fraction(lcm(int(common * bottom), int(step * bottom)), bottom)
    return common


def _outermost(least: float, most: float, step: Fraction, rng: random.Random) -> list[Fraction]:
    """The lowest and the highest number, those beside them, and zero, in any order; on multiples of `step`."""
    lowest = step * ceil(Fraction(max(least, -FAR)) / step)
    highest = step * floor(Fraction(min(most, FAR)) / step)
    return rng.sample([lowest, lowest + step, Fraction(0), highest - step, highest], 5)


def _along(
    least: float, most: float, step: Fraction | None, likely: tuple[float, float], rng: random.Random, varied: bool
) -> Iterator[Fraction]:
    """Numbers from `least` to `most`, on multiples of `step` if there is one."""
    low, high = max(least, likely[0]), min(most, likely[1])
    if low > high:
        low = least if least > -inf else min(most - 100, -100.0)
        high = most if most < inf else low + 100
    bottom, top = Fraction(low), Fraction(high)
    start = bottom if varied or not (least <= 1 <= most) else Fraction(1)
    grain = step or (Fraction(1) if top - bottom >= 2 else (top - bottom) / 64 or Fraction(1))
    if step is None and top - bottom < 2:
        thrown = [Fraction(f"{rng.uniform(low, high):.2f}"), (bottom + top) / 2]
    else:
        thrown = [
            grain * rng.randint(ceil(bottom / grain), max(ceil(bottom / grain), floor(top / grain))) for _ in range(3)
        ]
    yield from thrown
    for edge in (start, bottom, top, Fraction(0)):
        first = grain * ceil(edge / grain) if step else edge
        for number in range(MANY):
            yield first + grain * number
            yield first - grain * number
