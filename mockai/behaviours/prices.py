"""What things cost: OpenAI's list prices in US dollars as published in 2025 and 2026, enough to make bills add up.

A model costs what the longest name in the table that begins its own costs; an unknown one what gpt-5 costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..value import value

MILLION = 1_000_000

# the beginning of a model's name: dollars for a million tokens of input, cached input, output
_TOKENS = """
gpt-5                  1.25  0.125 10
gpt-5-mini             0.25  0.025 2
gpt-5-nano             0.05  0.005 0.4
gpt-5-pro              15    15    120
gpt-5.2                1.75  0.175 14
gpt-5.2-pro            21    21    168
gpt-5.6                4     0.4   20
gpt-5.6-terra          2     0.2   12
gpt-5.6-luna           0.2   0.02  1.2
gpt-6-astra            10    1     50
gpt-6-sol              2     0.2   10
gpt-6-luna             0.1   0.01  0.5
gpt-6.1-sol            2     0.1   10
gpt-4.1                2     0.5   8
gpt-4.1-mini           0.4   0.1   1.6
gpt-4.1-nano           0.1   0.025 0.4
gpt-4.5                75    37.5  150
gpt-4o                 2.5   1.25  10
gpt-4o-2024-05-13      5     5     15
gpt-4o-mini            0.15  0.075 0.6
gpt-4-turbo            10    10    30
gpt-4-1106             10    10    30
gpt-4-0125             10    10    30
gpt-4                  30    30    60
gpt-3.5-turbo          0.5   0.5   1.5
gpt-audio              2.5   2.5   10
o1                     15    7.5   60
o1-mini                1.1   0.55  4.4
o1-pro                 150   150   600
o3                     2     0.5   8
o3-mini                1.1   0.55  4.4
o3-pro                 20    20    80
o4-mini                1.1   0.275 4.4
davinci-002            2     2     2
babbage-002            0.4   0.4   0.4
text-embedding-3-small 0.02  0.02  0
text-embedding-3-large 0.13  0.13  0
text-embedding-ada-002 0.1   0.1   0
omni-moderation        0     0     0
text-moderation        0     0     0
"""

# the beginning of a model's name: dollars for an image, a character spoken, a second heard
_UNITS = """
dall-e-2               0.02
dall-e-3               0.04
gpt-image-1            0.042
gpt-image-1-mini       0.011
tts-1                  0.000015
tts-1-hd               0.00003
gpt-4o-mini-tts        0.000012
whisper-1              0.0001
gpt-4o-transcribe      0.0001
gpt-4o-mini-transcribe 0.00005
"""

_CALLS = {"web_search_calls": 0.01, "file_search_calls": 0.0025, "code_interpreter_sessions": 0.03}
_SPOKEN = {"web_search_calls": "web search", "file_search_calls": "file search"}
_MEASURED = {
    "images": ("images", "images"),
    "audio_speeches": ("characters", "characters"),
    "audio_transcriptions": ("seconds", "duration_seconds"),
}


@value(frozen=True, slots=True)
class LineItem:
    """A line of a bill: what for (`gpt-5, input`), how much of it in which unit (None: pieces), US dollars."""

    name: str
    quantity: float
    unit: str | None
    dollars: float


def known(service: str, model: str, prices: Mapping[str, Sequence[float]]) -> bool:
    """Whether the price of a service is that of this very model or of its snapshots, and not of one like it."""
    if service in _CALLS or any(model.startswith(name) for name in prices):
        return True
    rows = _rows(_UNITS if service in _MEASURED else _TOKENS)
    nearest = max((name for name in rows if model.startswith(name)), key=len, default=None)
    return nearest is not None and _SNAPSHOT.fullmatch(model.removeprefix(nearest)) is not None


_SNAPSHOT = re.compile(r"(-\d{4}(-\d\d-\d\d)?|-preview|-latest)*")


def line_items(
    service: str,
    model: str,
    amounts: Mapping[str, int],
    batch: bool,
    prices: Mapping[str, Sequence[float]] | None = None,
) -> Iterator[LineItem]:
    """What an amount of usage costs; a batch costs half. `prices` of tokens go before those of the table."""
    if service in _CALLS:
        calls = amounts.get("num_requests") or amounts.get("num_sessions") or 0
        yield LineItem(_SPOKEN.get(service, "code interpreter"), calls, None, calls * _CALLS[service])
        return
    if service in _MEASURED:
        amount, unit = _MEASURED[service]
        quantity = amounts[amount]
        yield LineItem(_named(model, service), quantity, unit, quantity * _price(_UNITS, model, "whisper-1")[0])
        return
    cached = amounts.get("input_cached_tokens", 0)
    parts = {"input": amounts["input_tokens"] - cached, "cached input": cached, "output": amounts.get("output_tokens")}
    for (what, tokens), price in zip(parts.items(), _price(_TOKENS, model, "gpt-5", prices), strict=True):
        if tokens:
            name = f"{model}, {'batch ' if batch else ''}{what}"
            yield LineItem(name, tokens, "tokens", tokens * price / MILLION / (2 if batch else 1))


def _named(model: str, service: str) -> str:
    return model or service.replace("_", " ")


def _price(
    table: str, model: str, otherwise: str, prices: Mapping[str, Sequence[float]] | None = None
) -> Sequence[float]:
    own = {name: row for name, row in (prices or {}).items() if model.startswith(name)}
    rows = own or _rows(table)
    return rows[max((name for name in rows if model.startswith(name)), key=len, default=otherwise)]


def _rows(table: str) -> Mapping[str, Sequence[float]]:
    return {name: [float(price) for price in prices] for name, *prices in map(str.split, table.split("\n")[1:-1])}
