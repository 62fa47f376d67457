"""`/v1/embeddings`: every form of input, both encodings, counts and refusals."""

from __future__ import annotations

import base64
import struct
from typing import Any

import orjson
import pytest
from asking import ask, request

from mockai import MockAI, tokens
from mockai.clock import ManualClock
from mockai.embedding import embed
from mockai.registry import registry

SMALL, LARGE, ADA = "text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002"


def create(mock: MockAI | None = None, **body: Any) -> Any:
    return orjson.loads(ask(mock or MockAI(clock=ManualClock()), request("/v1/embeddings", **body)).content)


def refused(**body: Any) -> tuple[str, str | None, str | None]:
    reply = ask(MockAI(admission="semantic"), request("/v1/embeddings", **body))
    error = orjson.loads(reply.content)["error"]
    assert reply.status == {"model_not_found": 404, None: reply.status}.get(error["code"], 400)
    return error["message"], error["type"], error["code"]


def test_an_answer_has_a_vector_and_counts() -> None:
    reply = ask(MockAI(), request("/v1/embeddings", input="hello world", model=ADA))
    value = orjson.loads(reply.content)
    assert list(value) == ["object", "data", "model", "usage"]
    assert list(value["data"][0]) == ["object", "index", "embedding"]
    assert value["data"][0]["embedding"] == embed("hello world", ADA)
    assert value["model"] == "text-embedding-ada-002-v2"
    assert value["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert registry().valid("openai/create_embedding_response.CreateEmbeddingResponse", value, "produce")
    assert reply.content.endswith(b"\n}\n")


def test_each_input_has_a_vector_in_order() -> None:
    value = create(input=["one", "two", "three"], model=SMALL, dimensions=8)
    assert [each["index"] for each in value["data"]] == [0, 1, 2]
    assert [each["embedding"] for each in value["data"]] == [embed(text, SMALL, 8) for text in ("one", "two", "three")]


@pytest.mark.parametrize("given", [[15339, 1917], [[15339, 1917]]])
def test_tokens_are_read_as_the_text_they_are(given: Any) -> None:
    assert create(input=given, model=SMALL) == create(input=["hello world"], model=SMALL)


def test_base64_holds_the_same_numbers() -> None:
    packed = create(input="hello", model=LARGE, encoding_format="base64")["data"][0]["embedding"]
    vector = struct.unpack("<3072f", base64.b64decode(packed))
    assert vector == pytest.approx(create(input="hello", model=LARGE)["data"][0]["embedding"], abs=1e-7)
    by_type = create(MockAI(missing="conjure"), input="hello", model=LARGE, encoding_format="base64")
    assert by_type["data"][0]["embedding"] == embed("hello", LARGE)


def test_a_format_of_null_is_none_given() -> None:
    plain = create(MockAI(admission="semantic"), input="hello", model=SMALL)
    assert create(MockAI(admission="semantic"), input="hello", model=SMALL, encoding_format=None) == plain


def test_a_deployment_of_any_name_makes_embeddings() -> None:
    path = "/openai/deployments/mine/embeddings"
    value = orjson.loads(ask(MockAI(admission="semantic"), request(path, input="hello")).content)
    assert len(value["data"][0]["embedding"]) == 1536


def test_what_is_refused() -> None:
    assert refused(input="", model=SMALL)[0] == "Invalid 'input': input cannot be an empty string."
    assert refused(input=["a", ""], model=SMALL)[0] == "Invalid 'input[1]': input cannot be an empty string."
    assert refused(input=[], model=SMALL)[2] == "empty_array"
    assert refused(input=["a"] * 2049, model=SMALL)[2] == "array_above_max_length"
    assert refused(input=[1, 100_258], model=SMALL)[0].startswith("Invalid token in input: 100258.")
    assert refused(input="a", model=ADA, dimensions=9)[0] == "This model does not support specifying dimensions."
    assert refused(input="a", model=SMALL, dimensions=1537)[0].endswith("Must be less than or equal to 1536.")
    assert refused(input="a", model="nope")[2] == "model_not_found"
    assert refused(input="a", model="gpt-4o")[0] == "You are not allowed to generate embeddings from this model"
    assert refused(input="a")[0] == "you must provide a model parameter"


def test_the_limits_of_tokens() -> None:
    words = (
        "This model's maximum context length is 8192 tokens, however you requested 8193 tokens (8193 in your prompt;"
    )
    assert refused(input=" a" * 8193, model=SMALL)[0].startswith(words)
    assert refused(input=[[64] * 8193], model=SMALL)[0].startswith(words)
    kind = "max_tokens_per_request"
    many = [[64] * 8000] * 38
    assert refused(input=many, model=SMALL) == ("Requested 304000 tokens, max 300000 tokens per request", kind, kind)


def test_numbers_of_tokens_are_those_of_the_vocabulary() -> None:
    assert tokens.said([15339, 1917, 100_257], SMALL) == "hello world"
    assert tokens.said([24912], "gpt-4o") == "hello"
    with pytest.raises(tokens.UnknownToken) as caught:
        tokens.said([200_019], "gpt-4o")
    assert (caught.value.number, caught.value.last) == (200_019, 200_018)
