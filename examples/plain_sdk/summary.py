"""Summaries by the plain SDK: whole, streamed, and with a title."""

from __future__ import annotations

from collections.abc import Iterator

from openai import OpenAI, OpenAIError
from pydantic import BaseModel

MODEL = "gpt-5"
ORDER = "Summarise the user's text in one sentence."


class Titled(BaseModel):
    """A summary below a title."""

    title: str
    summary: str


def summarise(text: str) -> str:
    """One sentence on `text`; its beginning where the API is of no help."""
    try:
        with OpenAI() as client:
            said = client.responses.create(model=MODEL, instructions=ORDER, input=text)
    except OpenAIError:
        return text[:40]
    return said.output_text


def spoken(text: str) -> Iterator[str]:
    """The same, piece by piece."""
    with OpenAI() as client, client.responses.stream(model=MODEL, instructions=ORDER, input=text) as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                yield event.delta


def titled(text: str) -> Titled | None:
    """The same, with a title; None if the model refuses."""
    with OpenAI() as client:
        return client.responses.parse(model=MODEL, instructions=ORDER, input=text, text_format=Titled).output_parsed
