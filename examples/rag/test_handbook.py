import openai
import pytest
from handbook import answer, found, nearest, shelve

from mockai import contains

PAGES = {
    "holidays": "Every employee has thirty days of holidays a year.",
    "travel": "Train tickets are booked by the travel desk.",
    "lunch": "The canteen serves lunch from noon to two.",
}


@pytest.fixture
def store(openai_client):
    return shelve(openai_client, PAGES)


def test_the_right_page_is_found(openai_client, store):
    assert "thirty days" in found(openai_client, store, "How many days of holidays do I have?")


def test_embeddings_find_it_too(openai_client):
    texts = list(PAGES.values())
    assert nearest(openai_client, texts, "When does the canteen serve lunch?") == PAGES["lunch"]


def test_the_page_reaches_the_model(mockai, openai_client, store):
    mockai.on("responses.create", instructions=contains("travel desk")).reply("The travel desk does.")
    assert answer(openai_client, store, "Who books train tickets?") == "The travel desk does."


def test_an_empty_handbook(mockai, openai_client):
    assert answer(openai_client, shelve(openai_client, {}), "Who am I?") == "The handbook does not say."
    assert not mockai.calls("responses.create")


def test_a_store_that_is_gone(openai_client, store):
    openai_client.vector_stores.delete(store)
    with pytest.raises(openai.NotFoundError):
        answer(openai_client, store, "Who am I?")
