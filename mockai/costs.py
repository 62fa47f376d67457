"""What a request takes of the limits, before it is answered: itself, tokens, pictures.

Tokens are those of the input, as the answer's usage will tell them, and all that the output may have: the API reserves
what `max_tokens` allows, for each choice, and gives nothing back when the answer turns out shorter. (So says its guide
to rate limits, and so count the headers recorded until 2024; later ones seem to leave the output out. Who keeps within
the stricter of the two keeps within both.) A refusal by the service behind the gateway has cost as much as an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from .call import Call

Body = Mapping[str, Any]
Cost = Mapping[str, int]
"""How many `requests`, `tokens` and `input-images`, as the API calls what it limits."""

PICTURES = "input-images"
REQUEST: Cost = {"requests": 1}

_PICTURED = frozenset(("image_url", "input_image"))


def cost(call: Call) -> Cost:
    """What a request takes; one that is not in the API's shape, which a service will refuse, takes itself alone."""
    try:
        return COSTS[call.name](call)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return REQUEST


def model_of(call: Call) -> str:
    """The model whose limits a request uses, or Azure's deployment; `default` where it names none."""
    model = call.deployment or field(call, "model")
    return model if isinstance(model, str) and model else "default"


def field(call: Call, name: str) -> Any:
    """What the body of a request says of `name`: a value of its JSON, or the text of a part of its form."""
    body = call.body
    if isinstance(body, dict):
        return body.get(name)
    for part in body if isinstance(body, tuple) else ():
        if part.name == name:
            return part.data.decode("utf-8", "replace")
    return None


def pictures(body: Body) -> int:
    """How many pictures the messages or the input items of a request show."""
    shown, said = 0, body.get("messages") or body.get("input")
    for message in said if isinstance(said, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            shown += sum(isinstance(part, dict) and str(part.get("type")) in _PICTURED for part in content)
    return shown


# -- by operation


def _chat(call: Call) -> Cost:
    body, model = call.body, model_of(call)
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or 0
    tokens = _prompt_of()(call, model) + (_choices(body) * max(0, int(asked)) if asked else 0)
    return {"requests": 1, "tokens": tokens, PICTURES: pictures(body)}


def _responses(call: Call) -> Cost:
    from .behaviours.responses_input import input_tokens

    body, said = call.body, call.body.get("input") or ()
    items = [{"role": "user", "content": said}] if isinstance(said, str) else said
    read = input_tokens(body, items, model_of(call))
    tokens = read + max(0, int(body.get("max_output_tokens") or 0))
    return {"requests": 1, "tokens": tokens, PICTURES: pictures(body)}


def _completions(call: Call) -> Cost:
    asked = max(0, int(call.body.get("max_tokens") or 0))
    return {"requests": 1, "tokens": sum(_lengths(call, "prompt")) + _choices(call.body) * asked}


def _embeddings(call: Call) -> Cost:
    return {"requests": 1, "tokens": sum(_lengths(call, "input"))}


def _drawn(call: Call) -> Cost:
    return {"requests": 1, PICTURES: max(1, int(field(call, "n") or 1))}


def _once(_call: Call) -> Cost:
    return REQUEST


COSTS: Mapping[str, Callable[[Call], Cost]] = {
    "chat.completions.create": _chat,
    "completions.create": _completions,
    "embeddings.create": _embeddings,
    "responses.create": _responses,
    "beta.responses.create": _responses,
    "images.generate": _drawn,
    "images.edit": _drawn,
    "images.create_variation": _drawn,
    "audio.speech.create": _once,
    "audio.transcriptions.create": _once,
    "audio.translations.create": _once,
}
"""What an operation takes; the others are not limited."""


@cache
def _prompt_of() -> Callable[[Call, str], int]:
    """What counts the tokens of a chat: imported for the first of them, not when limits are."""
    from .behaviours.chat_tokens import prompt_of

    return prompt_of


def _choices(body: Body) -> int:
    return max(1, int(body.get("n") or 1), int(body.get("best_of") or 1))


def _lengths(call: Call, name: str) -> Iterator[int]:
    """The tokens of each text of a field: one, several, or the numbers of tokens in their place."""
    from .tokens import count

    given, model = call.body.get(name) or (), model_of(call)
    if isinstance(given, str):
        yield count(given, model)
    elif given and isinstance(given[0], int):
        yield len(given)
    else:
        for each in given:
            yield count(each, model) if isinstance(each, str) else len(each)
