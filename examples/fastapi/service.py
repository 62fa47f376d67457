"""A web service that asks the API: an answer at once, or as a stream of text."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from openai import APIError, AsyncOpenAI, RateLimitError
from pydantic import BaseModel

app = FastAPI()


class Question(BaseModel):
    """What a user asks."""

    text: str


def asked(question: Question) -> dict:
    return {"model": "gpt-5", "messages": [{"role": "user", "content": question.text}]}


@app.post("/answer")
async def answer(question: Question) -> dict[str, str]:
    async with AsyncOpenAI(max_retries=0) as client:
        try:
            said = await client.chat.completions.create(**asked(question))
        except RateLimitError as error:
            wait = {"retry-after": error.response.headers.get("retry-after", "1")}
            raise HTTPException(503, "Too many questions.", wait) from None
    return {"answer": said.choices[0].message.content}


@app.post("/stream")
async def stream(question: Question) -> StreamingResponse:
    return StreamingResponse(pieces(question), media_type="text/plain")


async def pieces(question: Question) -> AsyncIterator[str]:
    async with AsyncOpenAI(max_retries=0) as client:
        try:
            async for chunk in await client.chat.completions.create(**asked(question), stream=True):
                yield chunk.choices[0].delta.content or ""
        except APIError:
            yield " [the answer broke off]"
