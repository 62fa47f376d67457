"""Log probabilities that look like a model's: mostly near zero, the alternatives far below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..dice import dice

_OTHERS = tuple(
    b" the| a|,|.| and| of| to| in| is|\n| it| for| The| that| with| on| as| are| this| an|:| or| by|-".split(b"|")
)


def logprobs(pieces: Sequence[bytes], top: int, first: int = 0) -> list[dict[str, Any]]:
    """One entry a token, with the `top` likeliest tokens of its place, itself first; the same for the same text.

    `first` is the place in the text of the first of `pieces`, where they are a part of it.
    """
    out: list[dict[str, Any]] = []
    for place, piece in enumerate(pieces, first):
        rng = dice("logprob", place, piece)
        sure = -round(rng.expovariate(3) ** 3, 8) or 0.0
        level = math.log(-math.expm1(sure)) if sure else -18.0
        likely = [_entry(piece, sure)] if top else []
        for other in rng.sample([word for word in _OTHERS if word != piece], max(top - 1, 0)):
            level = min(level, sure) - rng.uniform(0.125, 3)
            likely.append(_entry(other, round(level, 6)))
        out.append(_entry(piece, sure) | {"top_logprobs": likely})
    return out


def _entry(piece: bytes, value: float) -> dict[str, Any]:
    return {"token": piece.decode("utf-8", "backslashreplace"), "logprob": value, "bytes": list(piece)}
