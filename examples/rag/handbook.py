"""Answers out of a handbook: by a vector store of the API, and by embeddings kept at home."""

from __future__ import annotations

from openai import OpenAI

EMBEDDER = "text-embedding-3-small"


def shelve(client: OpenAI, pages: dict[str, str]) -> str:
    """The id of a new vector store with these pages, by name; it is ready to be searched."""
    store = client.vector_stores.create(name="handbook")
    for name, text in pages.items():
        page = (f"{name}.txt", text.encode())
        client.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=page, poll_interval_ms=1)
    return store.id


def found(client: OpenAI, store: str, question: str) -> str:
    """The text of the page that is nearest to the question; empty if there is none."""
    hits = client.vector_stores.search(store, query=question, max_num_results=1).data
    return "\n".join(part.text for hit in hits for part in hit.content)


def nearest(client: OpenAI, texts: list[str], question: str) -> str:
    """The same by hand: embed everything, take the largest product."""
    embedded = client.embeddings.create(model=EMBEDDER, input=[question, *texts]).data
    asked, *others = [each.embedding for each in embedded]
    near = [sum(a * b for a, b in zip(asked, other, strict=True)) for other in others]
    return texts[near.index(max(near))]


def answer(client: OpenAI, store: str, question: str) -> str:
    """The answer to a question by what the handbook says."""
    page = found(client, store, question)
    if not page:
        return "The handbook does not say."
    order = f"Answer by this page of the handbook only:\n{page}"
    return client.responses.create(model="gpt-5", instructions=order, input=question).output_text
