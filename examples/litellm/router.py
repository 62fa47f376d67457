"""A router by LiteLLM: the large model first, the small one where it fails."""

from __future__ import annotations

from collections.abc import Iterator

import litellm

MODELS = ("openai/gpt-5", "openai/gpt-5-mini")
FAILED = (litellm.RateLimitError, litellm.InternalServerError, litellm.ServiceUnavailableError)


def ask(question: str) -> tuple[str, str]:
    """The answer and the model that gave it; raises the last model's error when all of them fail."""
    for model in MODELS:
        try:
            said = litellm.completion(model=model, messages=[{"role": "user", "content": question}], max_retries=0)
        except FAILED:
            if model == MODELS[-1]:
                raise
        else:
            return said.choices[0].message.content, model
    raise AssertionError("There is no model.")


def spoken(question: str) -> Iterator[str]:
    """The answer of the large model, piece by piece."""
    messages = [{"role": "user", "content": question}]
    for chunk in litellm.completion(model=MODELS[0], messages=messages, stream=True):
        yield chunk.choices[0].delta.content or ""
