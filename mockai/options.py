"""The options of a mock: what each means, what it may say, and what to say of those that are wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from .admit import Admission
from .clock import Clock, SystemClock
from .errors import ConfigError
from .timeline import can_be_gone


class RecordMode(StrEnum):
    """Where an answer may come from, and whether it is kept."""

    NONE = "none"  # cassette only; a miss is an error; the network is never touched
    ONCE = "once"  # record if there is no cassette yet, else as NONE
    NEW_EPISODES = "new_episodes"  # cassette first; a miss is forwarded and added
    ALL = "all"  # always forwarded; the new exchanges replace the old ones of the same request
    REWRITE = "rewrite"  # always forwarded; the old cassette is replaced as a whole
    VERIFY = "verify"  # always forwarded; compared with the cassette, which stays as it is


@dataclass(eq=False, repr=False)
class Options:
    """What a mock can be told, each with its default; the command line has the same under the same names.

    cassette                files or folders whose exchanges answer again
    record_mode             none · once · new_episodes · all · rewrite · verify (see RecordMode); all but none need an
                            upstream
    record_to               where new exchanges go: a file, or a folder; default: the (one) cassette
    upstream                base URL of the real API
    unmatched               what nobody scripted or recorded: `error`, or `synthesize` an answer; default: an error as
                            soon as a cassette is loaded or a stub is declared for that operation
    missing                 unknown ids: `error` (404), or `conjure` them
    lifecycle               when stored objects move on: `instant` (before the next request), `looks=N`, `seconds=S`
    admission               how strictly requests are read: off · schema · cross-field · semantic; default: schema,
                            and off where an upstream judges; a recorded request is always let through
    replay_speed            `instant`, `recorded`, or a factor on the recorded delays
    exact_pieces            keep the recorded pieces apart also when nothing delays them
    allow_playback_repeats  the last recording of a request goes on answering it
    playback                `unordered`: a recording answers its request whenever that comes; `ordered`: only when all
                            before it in its file have answered
    ignore                  JSON pointers into the body that matching leaves out, beside each cassette's own; `*` is
                            every member, and the operation may stand in front: `chat.completions.create:/seed`
    match_on                what counts when requests are compared: method, path, query, body, names of headers, JSON
                            pointers instead of the whole body; a cassette's own comes first; default: the first four
    normalise               text that varies from run to run: dates, timestamps, uuids, paths (temporary ones),
                            tool_call_ids, `REGEX=>PLACEHOLDER`; changed where requests are compared, never in a file
    redact                  what is taken out of all that is written, beside keys: a Redaction, a function from Exchange
                            to Exchange or None, rules such as `{"json": ["/user"]}` or `json=/user`, or several
    ttft, tps, jitter       pace of generated streams: seconds to the first chunk, chunks a second, spread of delays
    seed                    rules every free choice
    voice                   what is said when nobody has scripted it: `plain` words on the topic, `echo` of the last
                            message, `lorem`, or `template:TEXT` with `{topic}` and `{last_user}`
    values                  JSON by a schema, in answers and in arguments of tools: `plausible` (unions and optional
                            members by chance), `smallest` (what must be there, and no more), or `varied` (the empty,
                            the long, signs of many scripts, the outermost numbers)
    words                   how many words that has, where plain or lorem
    rate_limit              limits to enforce, for each key and model: a tier (`tier-1`), figures (`rpm=3,rpd=200,tpm=N,
                            tpd=N,ipm=N`) or both, for all models or some (`gpt-5*:rpm=10;*:tier-1`); default: counted
                            in headers, never enforced
    api_key                 the keys to accept; default: any that is not empty
    clock                   what time it is; a ManualClock makes time stand still
    """

    cassette: str | Path | Sequence[str | Path] = ()
    record_mode: str = "none"
    record_to: str | Path | None = None
    upstream: str | None = None
    unmatched: Literal["error", "synthesize"] | None = None
    missing: Literal["error", "conjure"] = "error"
    lifecycle: str = "instant"
    admission: Admission | None = None
    replay_speed: str | float = "instant"
    exact_pieces: bool = False
    allow_playback_repeats: bool = False
    playback: Literal["unordered", "ordered"] = "unordered"
    ignore: str | Sequence[str] | Mapping[str, Any] = ()
    match_on: str | Sequence[str] | Mapping[str, Any] = ()
    normalise: str | Sequence[Any] = ()
    redact: Any = None
    ttft: float = 0.0
    tps: float | None = None
    jitter: float = 0.0
    seed: int = 0
    voice: str = "plain"
    values: Literal["plausible", "smallest", "varied"] = "plausible"
    words: int | None = None
    rate_limit: str | None = None
    api_key: Sequence[str] = ()
    clock: Clock = field(default_factory=SystemClock)

    def __repr__(self) -> str:
        given = {each.name: getattr(self, each.name) for each in fields(Options) if each.name != "clock"}
        told = [each.name for each in fields(Options) if each.name in given and given[each.name] != each.default]
        words = [f"{name}={'***' if name == 'api_key' else repr(given[name])}" for name in told]
        return f"{type(self).__name__}({', '.join(words)})"


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


CHOICES: dict[str, tuple[str | None, ...]] = {
    "unmatched": (None, "error", "synthesize"),
    "missing": ("error", "conjure"),
    "admission": (None, "off", "schema", "cross-field", "semantic"),
}


def sound(options: Options) -> None:
    """Raises ConfigError for words and figures that no option has."""
    for name, known in CHOICES.items():
        given = getattr(options, name)
        if given not in known:
            raise ConfigError(f"Not a word for {name}: {given!r}. Choose {', '.join(filter(None, known))}.")
    ttft, tps, jitter = options.ttft, options.tps, options.jitter
    if not can_be_gone(ttft, tps, jitter):
        raise ConfigError(
            f"Not a pace: ttft={ttft!r}, tps={tps!r}, jitter={jitter!r}. ttft is 0 or more seconds, tps more than 0, "
            "jitter from 0 to 1."
        )
    if not isinstance(options.seed, int):
        raise ConfigError(f"Not a seed: {options.seed!r}. Give a whole number.")


PLAYBACKS = ("unordered", "ordered")


def playback(text: str) -> bool:
    """Whether recordings answer in their order only. Raises ConfigError for what is no way to play back."""
    if text not in PLAYBACKS:
        raise ConfigError(f"Not a way to play back: {text!r}. Choose {' or '.join(PLAYBACKS)}.")
    return text == "ordered"


VOICES = ("plain", "echo", "lorem")


def voice(text: str, words: int | None) -> str:
    """The manner of a voice. Raises ConfigError for one that nobody has, and for an answer without words."""
    if text not in VOICES and not text.startswith("template:"):
        raise ConfigError(f"Not a voice: {text!r}. Choose {', '.join(VOICES)} or template:TEXT.")
    if words is not None and (not isinstance(words, int) or words < 1):
        raise ConfigError(f"Not a number of words: {words!r}. An answer has one or more.")
    return text


VALUES = ("plausible", "smallest", "varied")


def values(text: str) -> None:
    """Raises ConfigError for what is no manner of values by a schema."""
    if text not in VALUES:
        raise ConfigError(f"Not a manner of values: {text!r}. Choose {', '.join(VALUES)}.")


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
