"""Words with times: a text cut into what is said when, and written as subtitles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of what was said: its text, and the seconds at which it begins and ends."""

    text: str
    start: float
    end: float


def sentences(text: str, seconds: float) -> list[Line]:
    """The sentences of a text, spread over so many seconds by their length."""
    return _spread(re.findall(r"\S.*?(?:[.!?…]+(?=\s|$)|$)", text, re.DOTALL), seconds)


def words(text: str, seconds: float) -> list[Line]:
    """The words of a text without the marks around them, spread over so many seconds by their length."""
    return _spread(re.findall(r"\w[\w'’-]*", text), seconds)


def srt(lines: Sequence[Line]) -> str:
    """SubRip: numbered from 1, a comma before the milliseconds."""
    return "".join(
        f"{number}\n{_clock(line.start, ',')} --> {_clock(line.end, ',')}\n{line.text}\n\n"
        for number, line in enumerate(lines, 1)
    )


def vtt(lines: Sequence[Line]) -> str:
    """WebVTT."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(line.start, '.')} --> {_clock(line.end, '.')}\n{line.text}\n\n" for line in lines
    )


def _spread(texts: Sequence[str], seconds: float) -> list[Line]:
    whole = sum(map(len, texts)) or 1
    ends = [round(seconds * sum(map(len, texts[: index + 1])) / whole, 2) for index in range(len(texts))]
    return [Line(text, start, end) for text, start, end in zip(texts, [0.0, *ends], ends, strict=False)]


def _clock(seconds: float, mark: str) -> str:
    whole = round(seconds * 1000)
    minutes, rest = divmod(whole, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
