"""What can be done to the timing of an answer: every function here takes a Timeline and gives one.

Laws (tested): the bytes stay the same and in order; all but `joined` keep the number of chunks.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from .dice import dice
from .http import Break, Chunk, Timeline
from .value import value


def joined(body: Timeline) -> Timeline:
    """Chunks that leave at the same moment as one chunk: one write for many, and so many times the streams a second."""
    if len(body) < 2:
        return body
    out: list[Chunk | Break] = []
    group: list[bytes] = []
    after = 0.0
    for chunk in body:
        if group and (isinstance(chunk, Break) or chunk.after):
            out.append(Chunk(after, b"".join(group)))
            group, after = [], 0.0
        if isinstance(chunk, Break):
            out.append(chunk)
            break
        if not group:
            after = chunk.after
        group.append(chunk.data)
    if group:
        out.append(Chunk(after, b"".join(group)))
    return tuple(out)


def scaled(body: Timeline, factor: float) -> Timeline:
    """Every delay times `factor`; 0 takes all delays away."""
    return tuple([replace(chunk, after=chunk.after * factor) if chunk.after else chunk for chunk in body])


def can_be_gone(ttft: float, tps: float | None, jitter: float) -> bool:
    """Whether there is such a pace: 0 or more seconds to the first piece, more than 0 pieces a second (None: all at
    once), and delays that vary by a fraction of themselves, from 0 to 1. What is no number is no pace either.
    """
    if not all(isinstance(each, int | float) for each in (ttft, tps, jitter) if each is not None):
        return False
    return ttft >= 0 and (tps is None or tps > 0) and 0 <= jitter <= 1


@value(frozen=True, slots=True)
class Pace:
    """`first` seconds until the first chunk, then `each` seconds between chunks.

    `jitter` spreads each delay evenly by that fraction of itself (0.2: from 80 % to 120 %), by `seed`.
    """

    first: float = 0.0
    each: float = 0.0
    jitter: float = 0.0
    seed: int = 0

    def __call__(self, body: Timeline) -> Timeline:
        rng = dice("pace", self.seed)
        delays = (self.first if index == 0 else self.each for index in range(len(body)))
        return tuple(
            chunk if isinstance(chunk, Break) else replace(chunk, after=self._spread(delay, rng))
            for chunk, delay in zip(body, delays, strict=True)
        )

    def _spread(self, delay: float, rng: Random) -> float:
        return delay * (1 + self.jitter * (2 * rng.random() - 1)) if self.jitter else delay
