"""Files, uploads, containers and skills: bytes in, the same bytes out, by the real SDKs."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, cast

import files_driver
import httpx2
import pytest
from asking import HEADERS, ask, request
from hypothesis import given
from hypothesis import strategies as st
from openai import BadRequestError, NotFoundError, OpenAI
from sdks import driven

from mockai import ManualClock, MockAI
from mockai.http import Request
from mockai.multipart import Part, build, usual_headers
from mockai.operations import operation
from mockai.registry import registry

SKILL = b"---\nname: tides\ndescription: 'Reads tide tables'\n---\n# Tides\n"


@pytest.fixture
def mock() -> MockAI:
    return MockAI(clock=ManualClock(1000))


@pytest.fixture
def client(mock: MockAI) -> Iterator[OpenAI]:
    with OpenAI(api_key="sk", http_client=httpx2.Client(transport=mock.transport(httpx2)), max_retries=0) as made:
        yield made


def advance(mock: MockAI, seconds: float) -> None:
    assert isinstance(mock.clock, ManualClock)
    mock.clock.advance(seconds)


def valid(id: str, model: Any) -> None:
    name = operation(id).result
    assert name is not None
    assert registry().valid(name, model.to_dict(mode="json"), "produce")


# -- files


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8", exclude_characters='\r\n\0"\\'), min_size=1))
def test_a_file_comes_back_as_it_came(data: bytes, name: str) -> None:
    mock = MockAI()
    parts = [
        Part("purpose", headers=usual_headers("purpose", None, None), data=b"vision"),
        Part("file", headers=usual_headers("file", f"{name}.bin", "application/octet-stream"), data=data),
    ]
    media = ("content-type", "multipart/form-data; boundary=MARK-OF-NO-DATA")
    made = ask(mock, Request("POST", "/v1/files", "", (HEADERS[0], media), build(parts, "MARK-OF-NO-DATA")))
    value = json.loads(made.content)
    assert (value["bytes"], value["filename"]) == (len(data), f"{name}.bin")
    found = ask(mock, request(f"/v1/files/{value['id']}/content", method="GET"))
    assert (found.content, found.header("content-type")) == (data, "application/octet-stream")


def test_a_file_says_what_the_api_says_of_it(mock: MockAI, client: OpenAI) -> None:
    file = client.files.create(file=("in.jsonl", b'{"a": 1}\n'), purpose="batch")
    valid("files.create", file)
    assert list(file.to_dict()) == [
        "id", "bytes", "created_at", "filename", "object", "purpose", "status", "expires_at", "status_details",
    ]  # fmt: skip
    assert (file.status, file.expires_at) == ("processed", 1000 + 30 * 24 * 3600)
    reply = ask(mock, request(f"/v1/files/{file.id}", method="GET"))
    assert [*json.loads(reply.content)][:4] == ["object", "id", "purpose", "filename"]
    assert reply.content.endswith(b"}\n")
    content = client.files.with_raw_response.content(file.id)
    assert content.headers["content-disposition"] == 'attachment; filename="in.jsonl"'


def test_files_are_listed_by_purpose_and_expire_by_the_clock(mock: MockAI, client: OpenAI) -> None:
    kept = client.files.create(file=("a.txt", b"a"), purpose="vision")
    brief = client.files.create(
        file=("b.txt", b"b"), purpose="user_data", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert brief.expires_at == 4600
    assert [each.id for each in client.files.list()] == [brief.id, kept.id]
    assert [each.id for each in client.files.list(purpose="vision")] == [kept.id]
    advance(mock, 3600)
    assert [each.id for each in client.files.list()] == [kept.id]
    with pytest.raises(NotFoundError, match="No such File object"):
        client.files.retrieve(brief.id)


def test_what_is_kept_back_and_what_is_no_file(client: OpenAI) -> None:
    file = client.files.create(file=("a.txt", b"a"), purpose="assistants")
    with pytest.raises(BadRequestError, match="Not allowed to download files of purpose: assistants"):
        client.files.content(file.id)
    with pytest.raises(BadRequestError, match="fun"):
        client.files.create(file=("a.txt", b"a"), purpose=cast("Any", "fun"))


# -- uploads


def test_parts_are_joined_in_the_order_asked_for(client: OpenAI) -> None:
    upload = client.uploads.create(bytes=6, filename="a.txt", mime_type="text/plain", purpose="user_data")
    valid("uploads.create", upload)
    assert (upload.status, upload.expires_at) == ("pending", 4600)
    one, two = (client.uploads.parts.create(upload.id, data=data) for data in (b"def", b"abc"))
    valid("uploads.parts.create", one)
    with pytest.raises(BadRequestError, match="md5"):
        client.uploads.complete(upload.id, part_ids=[two.id, one.id], md5="0" * 32)
    with pytest.raises(BadRequestError, match="3 bytes"):
        client.uploads.complete(upload.id, part_ids=[two.id])
    with pytest.raises(BadRequestError, match="part_unknown"):
        client.uploads.complete(upload.id, part_ids=["part_unknown"])
    done = client.uploads.complete(upload.id, part_ids=[two.id, one.id], md5=hashlib.md5(b"abcdef").hexdigest())
    valid("uploads.complete", done)
    assert done.file is not None
    assert (client.files.retrieve(done.file.id).bytes, done.status) == (6, "completed")
    with pytest.raises(BadRequestError, match="status 'completed'"):
        client.uploads.cancel(upload.id)


def test_an_upload_is_cancelled_or_expires(mock: MockAI, client: OpenAI) -> None:
    first, second = (
        client.uploads.create(bytes=1, filename="a.txt", mime_type="text/plain", purpose="user_data") for _ in "ab"
    )
    assert client.uploads.cancel(first.id).status == "cancelled"
    advance(mock, 3600)
    for upload, status in ((first, "cancelled"), (second, "expired")):
        with pytest.raises(BadRequestError, match=f"status '{status}'"):
            client.uploads.parts.create(upload.id, data=b"a")


@pytest.mark.parametrize("sdk", ["3", "2"])
def test_the_sdks_see_the_same_bytes(sdk: str) -> None:
    seen = driven(files_driver, sdk)
    assert seen["sync"] == seen["async"]
    day = {"same": [True, True], "inside": ["/mnt/data/big.bin"], "gone": True, "left": [len(files_driver.DATA)]}
    assert seen["sync"] == day


# -- containers


def test_a_container_holds_copies_and_closes_when_idle(mock: MockAI, client: OpenAI) -> None:
    stored = client.files.create(file=("notes.txt", b"notes"), purpose="user_data")
    box = client.containers.create(name="work", file_ids=[stored.id])
    assert (box.status, box.object) == ("running", "container")
    sent = client.containers.files.create(box.id, file=("more/data.csv", b"1,2"))
    copied = client.containers.files.create(box.id, file_id=stored.id)
    assert (sent.path, copied.path, sent.source) == ("/mnt/data/data.csv", "/mnt/data/notes.txt", "user")
    content = client.containers.files.content.with_raw_response.retrieve(sent.id, container_id=box.id)
    assert (content.content, content.headers["content-type"]) == (b"1,2", "text/csv; charset=utf-8")
    assert content.headers["content-disposition"] == "attachment; filename=\"file.csv\"; filename*=UTF-8''data.csv"
    assert len([*client.containers.files.list(box.id)]) == 3
    client.containers.files.delete(sent.id, container_id=box.id)
    with pytest.raises(NotFoundError):
        client.containers.files.retrieve(sent.id, container_id=box.id)
    with pytest.raises(BadRequestError, match="file_id"):
        client.containers.files.create(box.id)
    advance(mock, 20 * 60)
    assert client.containers.retrieve(box.id).status == "expired"
    with pytest.raises(BadRequestError, match="expired"):
        client.containers.files.create(box.id, file_id=stored.id)
    client.containers.delete(box.id)
    with pytest.raises(NotFoundError):
        client.containers.files.list(box.id)


# -- skills


def test_a_skill_is_what_its_front_matter_says_in_versions(client: OpenAI) -> None:
    skill = client.skills.create(files=[("tides/SKILL.md", SKILL), ("tides/run.py", b"print()")])
    valid("skills.create", skill)
    assert (skill.name, skill.description, skill.default_version) == ("tides", "Reads tide tables", "1")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("SKILL.md", SKILL.replace(b"tides", b"waves"))
    second = client.skills.versions.create(skill.id, files=("skill.zip", packed.getvalue()), default=False)
    valid("skills.versions.create", second)
    assert (second.version, second.name) == ("2", "waves")
    assert (client.skills.retrieve(skill.id).latest_version, client.skills.retrieve(skill.id).name) == ("2", "tides")
    content = client.skills.content.retrieve(skill.id).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "tides/SKILL.md": SKILL,
            "tides/run.py": b"print()",
        }
    with pytest.raises(BadRequestError, match="default version"):
        client.skills.versions.delete("1", skill_id=skill.id)
    assert client.skills.update(skill.id, default_version="2").name == "waves"
    assert client.skills.versions.delete("1", skill_id=skill.id).deleted
    assert [each.version for each in client.skills.versions.list(skill.id)] == ["2"]
    with pytest.raises(NotFoundError):
        client.skills.update(skill.id, default_version="9")


@pytest.mark.parametrize("files", [[("a.txt", b"a")], ("skill.zip", b"PK\x03\x04 not a zip")])
def test_what_is_no_skill_is_refused(client: OpenAI, files: Any) -> None:
    with pytest.raises(BadRequestError):
        client.skills.create(files=files)


def test_a_container_that_nobody_used_is_listed_as_closed_and_gives_nothing_out(mock: MockAI, client: OpenAI) -> None:
    box = client.containers.create(name="work")
    file = client.containers.files.create(box.id, file=("a.txt", b"a"))
    advance(mock, 20 * 60)
    assert [each.status for each in client.containers.list()] == ["expired"]
    with pytest.raises(BadRequestError, match="expired"):
        client.containers.files.content.retrieve(file.id, container_id=box.id)


@pytest.mark.parametrize("path", ["../../etc/x", "/etc/x", "a/..\\..\\x"])
def test_a_skill_stays_in_its_folder(client: OpenAI, path: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("SKILL.md", SKILL)
        archive.writestr(path, b"x")
    with pytest.raises(BadRequestError, match="below its folder"):
        client.skills.create(files=("skill.zip", packed.getvalue()))


def test_a_skill_does_not_unpack_to_more_than_it_may(client: OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockai.behaviours.skills.MOST_BYTES", 10)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SKILL.md", SKILL)
    with pytest.raises(BadRequestError, match="at most 10 bytes"):
        client.skills.create(files=("skill.zip", packed.getvalue()))
