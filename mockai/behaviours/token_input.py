"""Texts as requests of the older endpoints give them: one, a list, or the numbers of tokens in their place."""

from __future__ import annotations

from typing import Any

from .. import tokens
from ..errors import BadRequest


def texts(given: Any, model: str, name: str) -> list[str]:
    """The texts of a field called `name`: a text, a list of texts, a list of tokens, or a list of such lists.

    Raises BadRequest for a number that is no token of the model.
    """
    if isinstance(given, str):
        return [given]
    if given and isinstance(given[0], int):
        given = [given]
    return [each if isinstance(each, str) else _said(each, model, name) for each in given or ()]


def _said(numbers: list[int], model: str, name: str) -> str:
    try:
        return tokens.said(numbers, model)
    except tokens.UnknownToken as error:
        limits = f"Minimum value is 0, maximum value is {error.last} (inclusive)."
        raise BadRequest(f"Invalid token in {name}: {error.number}. {limits}") from error
