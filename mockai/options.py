"""The options of a mock that need more than a type: what they may say, and what to say of those that are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from .errors import ConfigError


class RecordMode(StrEnum):
    """Where an answer may come from, and whether it is kept."""

    NONE = "none"  # cassette only; a miss is an error; the network is never touched
    ONCE = "once"  # record if there is no cassette yet, else as NONE
    NEW_EPISODES = "new_episodes"  # cassette first; a miss is forwarded and added
    ALL = "all"  # always forwarded; the new exchanges replace the old ones of the same request
    REWRITE = "rewrite"  # always forwarded; the old cassette is replaced as a whole


def record_mode(text: str) -> RecordMode:
    """The mode of that name. Raises ConfigError for what is none."""
    try:
        return RecordMode(text)
    except ValueError:
        modes = ", ".join(RecordMode)
        raise ConfigError(f"Not a record mode: {text!r}. Choose one of {modes}.") from None


def upstream(url: str | None, mode: RecordMode) -> str | None:
    """A base URL without a slash at its end. Raises ConfigError for what is none, or does not go with the mode."""
    if not url and mode is not RecordMode.NONE:
        raise ConfigError(f"Record mode {mode.value!r} needs an upstream to record from: give upstream=URL.")
    if not url:
        return None
    if not re.match(r"https?://[^/\s]", url):
        raise ConfigError(f"Not the URL of an upstream: {url!r}. Give its base, such as https://api.openai.com/v1.")
    if mode is RecordMode.NONE:
        raise ConfigError(
            "An upstream is given, and record mode 'none' never touches the network. "
            "Choose a record mode (new_episodes, all, …) or leave the upstream out."
        )
    return url.rstrip("/")


def pointers(given: Iterable[str]) -> None:
    """Raises ConfigError for what is no JSON pointer."""
    for pointer in given:
        if not pointer.startswith("/"):
            raise ConfigError(f"Not a JSON pointer to ignore: {pointer!r}. They begin with a slash, such as /user.")


VOICES = ("plain", "echo", "lorem")


def voice(text: str, words: int | None) -> str:
    """The manner of a voice. Raises ConfigError for one that nobody has, and for an answer without words."""
    if text not in VOICES and not text.startswith("template:"):
        raise ConfigError(f"Not a voice: {text!r}. Choose {', '.join(VOICES)} or template:TEXT.")
    if words is not None and words < 1:
        raise ConfigError(f"Not a number of words: {words}. An answer has one or more.")
    return text


def speed(text: str | float) -> float:
    """The factor on recorded delays: `instant` is 0, `recorded` 1. Raises ConfigError for what is none."""
    try:
        factor = float({"instant": 0, "recorded": 1}.get(str(text), text))
    except ValueError:
        factor = -1.0
    if not 0 <= factor < float("inf"):
        raise ConfigError(
            f"Not a replay speed: {text!r}. Give instant, recorded, or a factor on the delays such as 0.5."
        )
    return factor
