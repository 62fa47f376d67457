"""Log probabilities in the four lists of legacy completions."""

from __future__ import annotations

from typing import Any

from .. import tokens
from .logprobs import logprobs


def listed(text: str, model: str, top: int, offset: int, *, first: bool = False) -> dict[str, Any]:
    """What the API tells of each token of a text: itself, its log probability, the `top` likeliest in its place (null
    where none are asked for), and where it begins in characters, the text beginning at `offset`.

    The `first` token of all has no probability: nothing came before it.
    """
    found = [_told(piece, top, place) for piece, place in _placed(text, model, offset)]
    told: dict[str, Any] = {name: [each[name] for each in found] for name in _LISTS}
    if first and found:
        told["token_logprobs"][0] = told["top_logprobs"][0] = None
    return told if top else {**told, "top_logprobs": None}


def sureness(text: str, model: str) -> float:
    """The mean log probability of the tokens of a text, 0 for none."""
    told = listed(text, model, 0, 0)["token_logprobs"]
    return sum(told) / len(told) if told else 0.0


_LISTS = ("tokens", "token_logprobs", "top_logprobs", "text_offset")


def _placed(text: str, model: str, offset: int) -> list[tuple[bytes, int]]:
    placed = []
    for piece in tokens.cut(text, model):
        placed.append((piece, offset))
        offset += sum(byte & 0xC0 != 0x80 for byte in piece)  # characters that begin in it
    return placed


def _told(piece: bytes, top: int, place: int) -> dict[str, Any]:
    entry = logprobs([piece], top, place)[0]
    likely = {_shown(bytes(other["bytes"])): other["logprob"] for other in entry["top_logprobs"]}
    values = (_shown(piece), entry["logprob"], likely, place)
    return dict(zip(_LISTS, values, strict=True))


def _shown(piece: bytes) -> str:
    """A token as text; one that cuts a character is shown by its bytes."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in piece)
