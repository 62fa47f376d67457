"""Answers of which a part is given and the rest is the endpoint's: vectors, pictures, sound, a transcript, a recording.

Each function gives what a stub answers with, or raises StubError for what cannot be an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from .call import Call, Forward
from .errors import CassetteError, Refusal, StubError
from .http import Reply
from .match import show
from .timeline import Pace, can_be_gone
from .voice import ToolCall

if TYPE_CHECKING:
    from .cassette import Take
    from .mock import MockAI

Given = Callable[[Call, "MockAI"], Reply]

EMBEDDINGS = ("embeddings.create",)
IMAGES = ("images.generate", "images.edit", "images.create_variation")
SPEECH = ("audio.speech.create",)
TRANSCRIPTS = ("audio.transcriptions.create", "audio.translations.create")


def only(verb: str, operation: str, *operations: str) -> None:
    """Raise StubError where a verb is said of an operation that has no such answers."""
    if operation not in operations:
        raise StubError(f"{verb}(…) answers {', '.join(operations)}, and this stub is for {operation}.")


def check_text(verb: str, text: object) -> None:
    """Raise StubError for what is no text."""
    if not isinstance(text, str):
        raise StubError(f"{verb}({show(text)}): what is said is a text.")


def pieces(given: Iterable[str]) -> tuple[str, ...]:
    """The pieces of a stream. Raises StubError for one text, and for what is none."""
    if isinstance(given, str):
        raise StubError(f"stream({show(given)}) needs a list of pieces: stream([{show(given)}]) is one piece.")
    found = tuple(given)
    if not all(isinstance(piece, str) for piece in found):
        raise StubError(f"stream({show(list(found))}): every piece is a text.")
    return found


def paced(ttft: float, tps: float | None, jitter: float, seed: int) -> Pace:
    """The pace of a stream. Raises StubError for one that nobody can go."""
    if not can_be_gone(ttft, tps, jitter):
        raise StubError("stream(...): ttft is 0 or more seconds, tps more than 0, jitter from 0 to 1.")
    return Pace(ttft, 1 / tps if tps else 0.0, jitter, seed)


def tool_call(call: Any) -> ToolCall:
    """A pair of a name and arguments as a call. Raises StubError for what is none."""
    pair = isinstance(call, tuple | list) and len(call) == 2
    if not pair or not isinstance(call[0], str) or not isinstance(call[1], Mapping):
        raise StubError(
            f"call_tools({show(call)}): a call is a name and its arguments, as in ('get_weather', {{'city': 'Paris'}})."
        )
    try:
        return ToolCall(call[0], orjson.dumps(call[1]).decode())
    except TypeError as error:
        raise StubError(f"call_tools({show(call)}): arguments are what JSON can hold ({error}).") from None


def embedded(given: Any) -> Given:
    """Vectors for the inputs in their order, one vector for each of them, or a dict of texts and their vectors.

    A text that the dict has not gets the vector it would have had; so does an input for which no vector is left.
    """
    chosen = _vectors(given)

    def answer(call: Call, mock: MockAI) -> Reply:
        from .behaviours.embeddings import placed
        from .embedding import embed

        def vector(index: int, text: str, model: str, dimensions: int | None) -> list[float]:
            found = chosen(index, text)
            return embed(text, model, dimensions) if found is None else [float(part) for part in found]

        return placed(call, mock, vector)

    return answer


def pictured(files: Sequence[bytes | str | Path]) -> Given:
    """Pictures, as bytes or as the paths of files that are read now."""
    if not files:
        raise StubError("image(…) needs a picture: its bytes, or the path of its file.")
    data = [each if isinstance(each, bytes) else content_of(each, "image") for each in files]

    def answer(call: Call, mock: MockAI) -> Reply:
        from .behaviours.images import shown

        return shown(call, mock, data)

    return answer


def content_of(path: str | Path, verb: str) -> bytes:
    """The bytes of a file. Raises StubError if it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StubError(f"{verb}({str(path)!r}): the file cannot be read: {error.strerror}.") from None


def spoken(said: bytes | str) -> Given:
    """Sound: bytes as they are, or the speech of a text."""
    if not isinstance(said, bytes | str) or not said:
        raise StubError("speech(…) takes the bytes of the audio, or the text that is to be heard.")

    def answer(call: Call, mock: MockAI) -> Reply:
        from .behaviours import audio
        from .sounds import wav_seconds

        if isinstance(said, str):
            return audio.say(call, mock, said)
        return audio.played(call, said, wav_seconds(said) or audio.spoken(call.body["input"]))

    return answer


def written(text: str, words: Sequence[Any]) -> Given:
    """A transcript, with the times of its words: `(word, start, end)` or `{word, start, end}`, in seconds."""
    timed = [(each["word"], each["start"], each["end"]) if _is_word(each) else each for each in words]
    for each in timed:
        if not (
            isinstance(each, tuple | list) and len(each) == 3 and isinstance(each[0], str) and _is_vector(each[1:])
        ):
            raise StubError('transcript(…, words=…) takes a list of words and seconds, as in [("Hello", 0.0, 0.4)].')
        if not 0 <= each[1] <= each[2]:
            raise StubError(f"transcript(…): {each[0]!r} ends before it begins, or begins before the recording does.")

    def answer(call: Call, _mock: MockAI) -> Reply:
        from .behaviours import transcriptions
        from .subtitles import Line

        return transcriptions.written(call, text, None, [Line(word, start, end) for word, start, end in timed])

    return answer


def forwarded(to: str | None) -> Callable[[Call, MockAI], Forward]:
    """The upstream's answer: that of the mock, or the API at the base URL `to`."""
    if to is not None and not to.startswith(("http://", "https://")):
        raise StubError(
            f"forward({to!r}): this is not the URL of an API. Give its base, as in https://api.openai.com/v1."
        )

    def answer(call: Call, mock: MockAI) -> Forward:
        base = to or mock.upstream
        if base is None:
            raise Refusal(
                f"{call.name} (call {call.number}) is to be forwarded, and there is no upstream. Say where to, as in "
                "forward('https://api.openai.com/v1'), or give the mock an upstream and a record mode.",
                code="mockai_failed",
            )
        return Forward(call, base.rstrip("/"))

    return answer


def recorded(path: str | Path, number: int | None, operation: str) -> list[Take]:
    """The recordings of an operation in a cassette, or the so-maniest exchange of it, from 1."""
    from .cassette import Take
    from .files.tape import load

    try:
        exchanges = load(Path(path)).exchanges
    except CassetteError as error:
        raise StubError(f"from_cassette({str(path)!r}): {error}") from None
    takes = [Take(exchange, str(path), at, "") for at, exchange in enumerate(exchanges, 1)]
    if number is not None and not 1 <= number <= len(takes):
        raise StubError(f"from_cassette({str(path)!r}): there is no exchange {number}, it has {len(takes)}.")
    found = [take for take in takes if number in (None, take.number) and take.exchange.operation == operation]
    if not found:
        held = ", ".join(sorted({take.exchange.operation or "others" for take in takes})) or "nothing"
        which = "it" if number is None else f"exchange {number}"
        raise StubError(f"from_cassette({str(path)!r}): {which} is no recording of {operation}. The file has {held}.")
    return found


def _vectors(given: Any) -> Callable[[int, str], Any]:
    """The vector of the so-maniest input, whose text is given; None where there is none."""
    if _is_vector(given):
        return lambda _index, _text: given
    if isinstance(given, Mapping) and all(map(_is_vector, given.values())):
        return lambda _index, text: given.get(text)
    if _is_list(given) and given and all(map(_is_vector, given)):
        return lambda index, _text: given[index] if index < len(given) else None
    raise StubError("embed(…) takes a vector (a list of numbers), a list of vectors, or a dict of texts to vectors.")


def _is_list(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str | bytes)


def _is_vector(given: Any) -> bool:
    return _is_list(given) and bool(given) and all(isinstance(part, int | float) and isfinite(part) for part in given)


def _is_word(given: Any) -> bool:
    return isinstance(given, Mapping) and given.keys() == {"word", "start", "end"}
