"""Vector stores: files read, cut and searched; counts, expiry, batches, and the SDK's helpers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import vectors_driver
from asking import HEADERS, ask
from sdks import driven

from mockai import MockAI
from mockai.behaviours.vector_search import search
from mockai.clock import ManualClock
from mockai.errors import BadRequest, NotFound
from mockai.http import Request
from mockai.operations import find
from mockai.registry import registry

FILES = {
    "france.txt": "Paris is the capital of France. It lies on the Seine.",
    "fruit.md": "# Fruit\nBananas are yellow. Monkeys like them a lot.",
    "password.txt": "To reset your password, open the settings and choose your account.",
    "table.csv": "a,b",
}
DAY = 86_400
TIGHT = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}}


class Desk:
    """A mock with some files, and a client without a wire."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock()
        self.mock = MockAI(clock=self.clock, **options)
        for name, text in FILES.items():
            self.put(name, text)

    def put(self, name: str, text: str) -> str:
        """Store a file under its own name; gives its id."""
        value = {"id": f"file-{name.partition('.')[0]}", "object": "file", "filename": name}
        return self.mock.resources.add("/files", value, content=text.encode()).id

    def see(self, path: str, query: str = "", /, *, method: str = "GET", **body: Any) -> Any:
        """The answer to a request, held against its schema if it succeeds."""
        sent = Request(method, f"/v1/vector_stores{path}", query, HEADERS, orjson.dumps(body) if body else b"")
        reply = ask(self.mock, sent)
        value = orjson.loads(reply.content)
        if reply.status == 200:
            route = find(method, sent.path, query)
            assert route is not None
            assert route.operation.result is not None
            assert registry().valid(route.operation.result, value, "produce"), value
        self.headers = dict(reply.headers)
        return value

    def post(self, path: str = "", /, **body: Any) -> Any:
        """The answer to a POST."""
        return self.see(path, method="POST", **body)

    def store(self, *names: str, **more: Any) -> str:
        """A new store with these files; gives its id."""
        id: str = self.post(file_ids=[f"file-{name}" for name in names], **more)["id"]
        return id

    def found(self, store: str, query: Any, **more: Any) -> list[str]:
        """The files that a search finds, the nearest first."""
        return [hit["filename"] for hit in self.post(f"/{store}/search", query=query, **more)["data"]]


def test_a_new_store_is_empty_and_completed() -> None:
    desk = Desk()
    value = desk.post(name="mine", metadata={"a": "b"}, description="of mine")
    assert value["id"].startswith("vs_")
    assert len(value["id"]) == 35
    assert (value["name"], value["description"], value["status"]) == ("mine", "of mine", "completed")
    assert value["file_counts"] == {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0}
    assert value["created_at"] == value["last_active_at"] == 1_750_000_000
    assert desk.see(f"/{value['id']}") == value
    assert desk.see("")["data"] == [value]
    assert desk.post()["name"] is None
    assert Desk(missing="conjure").post()["name"] == ""


def test_files_are_in_progress_first_and_counted() -> None:
    desk = Desk()
    value = desk.post(file_ids=["file-france", "file-table"])
    assert (value["status"], value["file_counts"]["in_progress"]) == ("in_progress", 2)
    assert desk.headers["openai-poll-after-ms"] == "10"
    done = desk.see(f"/{value['id']}")
    assert done["status"] == "completed"
    assert done["file_counts"] | {"total": 2} == {
        "in_progress": 0,
        "completed": 1,
        "failed": 1,
        "cancelled": 0,
        "total": 2,
    }
    assert done["usage_bytes"] == len(FILES["france.txt"]) + 1024
    assert "openai-poll-after-ms" not in desk.headers
    (france,) = desk.see(f"/{value['id']}/files", "filter=completed")["data"]
    assert france["chunking_strategy"]["static"] == {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}
    (table,) = desk.see(f"/{value['id']}/files", "filter=failed")["data"]
    assert table["last_error"] == {"code": "unsupported_file", "message": "The file type is not supported."}


@pytest.mark.parametrize("lifecycle", ["looks=1", "seconds=5"])
def test_a_store_that_is_watched_is_done_in_time(lifecycle: str) -> None:
    desk = Desk(lifecycle=lifecycle)
    store = desk.store("france")
    assert desk.see(f"/{store}/files")["data"][0]["status"] == (
        "completed" if lifecycle == "looks=1" else "in_progress"
    )
    desk.clock.advance(5)
    assert desk.see(f"/{store}")["status"] == "completed"


def test_a_file_is_cut_as_it_is_asked_for() -> None:
    desk = Desk()
    desk.put("long.txt", "".join(f" word{number}" for number in range(300)))
    store = desk.store()
    made = desk.post(f"/{store}/files", file_id="file-long", chunking_strategy=TIGHT, attributes={"n": 1, "b": True})
    assert (made["status"], made["chunking_strategy"], made["attributes"]) == (
        "in_progress",
        TIGHT,
        {"n": 1, "b": True},
    )
    page = desk.see(f"/{store}/files/file-long/content")
    assert (page["object"], page["has_more"], page["next_page"]) == ("vector_store.file_content.page", False, None)
    assert len(page["data"]) == 8
    ends = [part["text"].split() for part in page["data"]]
    assert ends[0][-3:] == [word for word in ends[1] if word in ends[0]][-3:]
    again = desk.post(f"/{store}/files", file_id="file-long")
    assert again["status"] == "in_progress"
    assert len(desk.see(f"/{store}/files/file-long/content")["data"]) == 1
    assert desk.see(f"/{store}")["file_counts"]["total"] == 1


def test_a_file_that_goes_before_it_is_read_fails() -> None:
    desk = Desk(lifecycle="seconds=5")
    store = desk.store("france")
    ask(desk.mock, Request("DELETE", "/v1/files/file-france", "", HEADERS))
    desk.clock.advance(6)
    assert desk.see(f"/{store}/files/file-france")["last_error"]["code"] == "invalid_file"


def test_leaving_a_store_leaves_the_file() -> None:
    desk = Desk()
    store = desk.store("france")
    gone = desk.see(f"/{store}/files/file-france", method="DELETE")
    assert gone == {"id": "file-france", "object": "vector_store.file.deleted", "deleted": True}
    assert desk.see(f"/{store}/files/file-france")["error"]["message"] == "No file found with id 'file-france'."
    assert desk.see(f"/{store}")["file_counts"]["total"] == 0
    assert desk.mock.resources.find("/files", "file-france") is not None
    assert desk.see(f"/{store}", method="DELETE")["object"] == "vector_store.deleted"
    assert desk.see(f"/{store}")["error"]["message"] == f"No vector store found with id '{store}'."


def test_unknown_files_and_stores_are_not_found() -> None:
    desk = Desk()
    store = desk.store()
    assert desk.post(file_ids=["file-x"])["error"]["message"] == "No such File object: file-x"
    assert desk.post(f"/{store}/files", file_id="file-x")["error"]["message"] == "No such File object: file-x"
    assert desk.post(f"/{store}/file_batches", file_ids=["file-x"])["error"]["param"] == "id"
    assert desk.post("/vs_x/search", query="a")["error"]["message"] == "No vector store found with id 'vs_x'."
    assert desk.see(f"/{store}/file_batches/vsfb_x")["error"]["message"] == "No file batch found with id 'vsfb_x'."
    wide = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 51}}
    assert "half of 'max_chunk_size_tokens' (50)" in desk.post(chunking_strategy=wide)["error"]["message"]


def test_a_batch_is_as_far_as_its_files() -> None:
    desk = Desk()
    store = desk.store()
    told = [
        {"file_id": "file-fruit", "attributes": {"year": 2024}, "chunking_strategy": TIGHT},
        {"file_id": "file-table"},
    ]
    batch = desk.post(f"/{store}/file_batches", files=told)
    assert (batch["object"], batch["status"]) == ("vector_store.file_batch", "in_progress")
    assert batch["file_counts"]["in_progress"] == 2
    path = f"/{store}/file_batches/{batch['id']}"
    assert desk.see(path)["status"] == "completed"
    assert desk.see(path)["file_counts"]["failed"] == 1
    files = desk.see(f"{path}/files", "order=asc")
    assert [each["id"] for each in files["data"]] == ["file-fruit", "file-table"]
    assert files["data"][0]["attributes"] == {"year": 2024}
    assert desk.see(f"{path}/files", "filter=failed")["first_id"] == "file-table"
    assert desk.see(f"{path}/files", "order=asc&limit=1")["has_more"]
    both = desk.post(f"/{store}/file_batches", file_ids=["file-france", "file-password"], attributes={"x": 1})
    assert [each["attributes"] for each in desk.see(f"/{store}/file_batches/{both['id']}/files")["data"]] == [
        {"x": 1}
    ] * 2
    failed = desk.post(f"/{store}/file_batches", file_ids=["file-table"])
    assert desk.see(f"/{store}/file_batches/{failed['id']}")["status"] == "failed"
    desk.see(f"/{store}/files/file-fruit", method="DELETE")
    assert desk.see(path)["file_counts"]["total"] == 1


def test_a_batch_can_be_cancelled_while_it_runs() -> None:
    desk = Desk(lifecycle="seconds=5")
    store = desk.store()
    batch = desk.post(f"/{store}/file_batches", file_ids=["file-france", "file-fruit"])
    path = f"/{store}/file_batches/{batch['id']}"
    assert desk.headers["openai-poll-after-ms"] == "5000"
    cancelled = desk.post(f"{path}/cancel")
    assert (cancelled["status"], cancelled["file_counts"]["cancelled"]) == ("cancelled", 2)
    desk.clock.advance(9)
    assert desk.see(path)["status"] == "cancelled"
    assert desk.see(f"/{store}")["file_counts"]["cancelled"] == 2
    done = desk.post(f"/{store}/file_batches", file_ids=["file-france"])
    desk.clock.advance(9)
    assert desk.post(f"/{store}/file_batches/{done['id']}/cancel")["status"] == "completed"


def test_a_batch_names_its_files_in_one_way() -> None:
    desk = Desk(admission="cross-field")
    store = desk.store()
    path = f"/{store}/file_batches"
    assert desk.post(path, files=[{"file_id": "f"}], file_ids=["f"])["error"]["param"] == "files"
    assert desk.post(path, attributes={})["error"]["code"] == "missing_required_parameter"
    assert desk.post(path, file_ids=["file-france"])["status"] == "in_progress"


def test_a_search_finds_what_is_nearest() -> None:
    desk = Desk()
    store = desk.store("france", "fruit", "password")
    page = desk.post(f"/{store}/search", query="What is the capital of France?")
    assert list(page) == ["object", "search_query", "data", "has_more", "next_page"]
    assert page["search_query"] == ["What is the capital of France?"]
    best = page["data"][0]
    assert list(best) == ["file_id", "filename", "score", "attributes", "content"]
    assert best["content"] == [{"type": "text", "text": FILES["france.txt"]}]
    assert [hit["score"] for hit in page["data"]] == sorted((hit["score"] for hit in page["data"]), reverse=True)
    assert all(0 <= hit["score"] <= 1 for hit in page["data"])
    assert desk.found(store, "I forgot my password")[0] == "password.txt"
    assert set(desk.found(store, ["bananas", "seine"], max_num_results=2)) == {"france.txt", "fruit.md"}
    assert desk.found(store, "yellow banana", ranking_options={"score_threshold": 0.5}) == ["fruit.md"]
    assert desk.found(store, "quantum chromodynamics", ranking_options={"score_threshold": 0.5}) == []
    assert desk.post(f"/{store}/search", query="a", max_num_results=51)["error"]["param"] == "max_num_results"


def test_a_query_can_be_rewritten() -> None:
    desk = Desk()
    store = desk.store("fruit")
    page = desk.post(f"/{store}/search", query="What are the yellow bananas, please?", rewrite_query=True)
    assert page["search_query"] == ["yellow bananas"]
    assert desk.post(f"/{store}/search", query="what is it", rewrite_query=True)["search_query"] == ["what is it"]


def test_a_search_looks_at_the_attributes_of_files() -> None:
    desk = Desk()
    store = desk.store()
    for name, year in (("france", 2023), ("fruit", 2024), ("password", None)):
        attributes = {} if year is None else {"year": year}
        desk.post(f"/{store}/files", file_id=f"file-{name}", attributes=attributes)
    late = {"type": "gte", "key": "year", "value": 2024}
    assert desk.found(store, "anything", filters=late) == ["fruit.md"]
    assert desk.post(f"/{store}/files/file-france", attributes={"year": 2025})["attributes"] == {"year": 2025}
    assert set(desk.found(store, "anything", filters=late)) == {"france.txt", "fruit.md"}
    either = {
        "type": "or",
        "filters": [
            {"type": "eq", "key": "year", "value": 2025},
            {"type": "nin", "key": "year", "value": [2024, 2025]},
        ],
    }
    assert set(desk.found(store, "anything", filters=either)) == {"france.txt", "password.txt"}


def test_other_behaviours_search_several_stores() -> None:
    desk = Desk()
    stores = [desk.store("france"), desk.store("fruit")]
    desk.see("")
    hits = search(desk.mock, stores, ["capital of France", "yellow bananas"], most=5)
    assert {(hit.filename, hit.vector_store_id) for hit in hits} == {("france.txt", stores[0]), ("fruit.md", stores[1])}
    assert search(desk.mock, stores, ["bananas"], most=1)[0].text == FILES["fruit.md"]
    with pytest.raises(NotFound, match="vs_x"):
        search(desk.mock, ["vs_x"], ["a"])
    assert search(MockAI(missing="conjure"), ["vs_x"], ["a"]) == []


def test_a_store_expires_when_it_is_not_used() -> None:
    desk = Desk()
    store = desk.store("france", expires_after={"anchor": "last_active_at", "days": 2})
    assert desk.see(f"/{store}")["expires_at"] == 1_750_000_000 + 2 * DAY
    desk.clock.advance(DAY)
    desk.found(store, "capital")
    assert desk.see(f"/{store}")["expires_at"] == 1_750_000_000 + 3 * DAY
    desk.clock.advance(2 * DAY)
    expired = desk.see("")["data"][0]
    assert (expired["status"], expired["file_counts"]["total"], expired["usage_bytes"]) == ("expired", 0, 0)
    assert desk.post(f"/{store}/search", query="a")["error"]["message"] == f"Vector store {store} is expired."
    with pytest.raises(BadRequest):
        search(desk.mock, [store], ["a"])


def test_a_store_can_be_changed() -> None:
    desk = Desk()
    store = desk.store()
    desk.clock.advance(10)
    value = desk.post(
        f"/{store}", name="new", metadata={"a": "b"}, expires_after={"anchor": "last_active_at", "days": 1}
    )
    assert (value["name"], value["metadata"], value["expires_at"]) == ("new", {"a": "b"}, 1_750_000_010 + DAY)
    assert desk.post(f"/{store}", metadata={"a": "b"})["name"] == "new"
    assert desk.post(f"/{store}", expires_after=None, name=None, metadata=None) | {"file_counts": 0} == {
        **value,
        "name": None,
        "metadata": {},
        "expires_after": None,
        "expires_at": None,
        "file_counts": 0,
    }


def test_conjured_stores_and_batches_exist() -> None:
    desk = Desk(missing="conjure")
    assert desk.see("/vs_x")["id"] == "vs_x"
    assert desk.see("/vs_x/file_batches/vsfb_x")["object"] == "vector_store.files_batch"
    assert desk.see("/vs_x/file_batches/vsfb_x/files")["data"] == []
    assert desk.post("/vs_x/search", query="a")["data"] == []
    assert desk.see("/vs_x/files/file-y/content")["data"] == []
    assert desk.post("/vs_x/files", file_id="file-never")["status"] == "in_progress"


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdk_s_helpers_see_a_whole_afternoon(sdk: str) -> None:
    seen = driven(vectors_driver, sdk)
    assert seen["sync"] == seen["async"]
    day = seen["sync"]
    assert (day["near"], day["packed"], day["continued"], day["judged"]) == ([True, True], True, True, [True, True])
    assert day["polled"] == ["completed", 1024 + len(FILES["france.txt"])]
    assert day["batch"] == ["completed", 1, 1]
    assert day["of the batch"] == ["completed", "unsupported_file"]
    assert day["capital"] == [["france.txt", "fruit.md"], True]
    assert day["filtered"] == [["france.txt"], True]
    assert day["content"] == [FILES["france.txt"]]
    assert (day["listed"], day["counts"]["total"]) == (["failed"], 3)
    assert (day["gone"], day["deleted"]) == ([True, "france.txt"], True)
    assert "No vector store found with id 'ID'." in day["missing"]
