"""Recording loses nothing: not among threads, not among processes, not when the disk is full."""

from __future__ import annotations

import errno
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mockai.clock import ManualClock
from mockai.errors import CassetteError
from mockai.files import recorder as recording
from mockai.files.recorder import Recorder, save
from mockai.files.tape import Tape, load
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.matching import Rule

JSON = (("content-type", "application/json"),)


def exchange(number: int, word: str = "", at: float | None = None) -> Exchange:
    body = f'{{"n":{number},"word":"{word}"}}'.encode()
    headers = (*JSON, ("user-agent", "OpenAI/Python 3.52.0"))
    reply = Reply(200, JSON, (Chunk(0.05, body),))
    return Exchange(
        Request("POST", "/v1/chat/completions", "", headers, body),
        reply,
        at=number if at is None else at,
        number=number,
    )


def recorder(path: Path, **more: Any) -> Recorder:
    return Recorder(path, upstream="http://127.0.0.1:9/v1", clock=ManualClock(), **more)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def numbers(path: Path) -> list[Any]:
    return [kept.reply.content for kept in load(path).exchanges]


def test_a_recording_says_where_it_comes_from_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "c.yaml"
    tape = recorder(path, rule=Rule(("/user",)))
    assert not path.parent.exists()
    tape.add(exchange(1))
    tape.close()
    tape.close()
    read = load(path)
    assert read.recorded == {
        "at": "2025-06-15T15:06:40Z",
        "by": "mockai 0.1.0",
        "upstream": "http://127.0.0.1:9/v1",
        "client": "OpenAI/Python 3.52.0",
    }
    assert read.rule == Rule(("/user",))
    assert names(path.parent) == ["c.yaml"]
    with pytest.raises(CassetteError, match="is closed"):
        tape.add(exchange(2))


def test_exchanges_stand_in_the_order_their_requests_began(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    tape = recorder(path)
    for number in (3, 1, 2):
        tape.add(exchange(number))
        tape.flush()
    tape.add(exchange(5, at=1))
    tape.add(exchange(4, at=1))
    tape.close()
    assert numbers(path) == [exchange(n).reply.content for n in (1, 4, 5, 2, 3)]


def test_the_same_traffic_gives_the_same_bytes_for_any_number_of_threads(tmp_path: Path) -> None:
    files = []
    for workers in (1, 8):
        tape = recorder(tmp_path / f"{workers}.yaml")
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(tape.add, [exchange(number) for number in range(1, 120)]))
        tape.close()
        files.append((tmp_path / f"{workers}.yaml").read_bytes())
    assert files[0] == files[1]


def child(folder: str, process: int) -> None:
    shared = recorder(Path(folder) / "shared.yaml")
    own = recorder(Path(folder) / f"{process}.yaml")

    def work(thread: int) -> None:
        for step in range(5):
            number = 1 + process * 1000 + thread * 10 + step
            shared.add(exchange(number))
            own.add(exchange(number))
            if step == thread % 5:
                shared.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    shared.close()
    own.close()


def test_eight_threads_in_each_of_four_processes_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=child, args=(str(tmp_path), process)) for process in range(4)]
    for process in children:
        process.start()
    for process in children:
        process.join(60)
        assert process.exitcode == 0
    expected = [
        exchange(1 + process * 1000 + thread * 10 + step).reply.content
        for process in range(4)
        for thread in range(8)
        for step in range(5)
    ]
    assert numbers(tmp_path / "shared.yaml") == expected
    assert load(tmp_path / "shared.yaml").redacted == {"request_headers": 160}
    assert [len(numbers(tmp_path / f"{process}.yaml")) for process in range(4)] == [40] * 4
    assert names(tmp_path) == ["0.yaml", "1.yaml", "2.yaml", "3.yaml", "shared.yaml"]


def test_what_people_wrote_stays_word_for_word(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    item = "- request: {method: GET, path: /v1/models}  # by hand\n  note: [keep]\n  response: {status: 404}\n"
    path.write_text(f"# head\nmockai: 1\nowner: me\nexchanges:\n{item}")
    tape = recorder(path)
    tape.add(exchange(1))
    tape.flush()
    assert item in path.read_text()
    path.write_text(path.read_text().replace("404", "405").replace("- key", "# mine\n- key"))
    tape.add(exchange(2))
    tape.close()
    assert item.replace("404", "405") in path.read_text()
    assert "owner: me" in path.read_text()
    assert len(numbers(path)) == 3


def test_a_flow_list_and_a_list_before_other_keys_are_taken_over(tmp_path: Path) -> None:
    for text in (
        "{mockai: 1, exchanges: [{request: {method: GET, path: /a}, response: {status: 200}}]}",
        "mockai: 1\nexchanges:\n-\n  request: {method: GET, path: /a}\n  response: {status: 200}\nzeta: 1\n",
        "mockai: 1\nexchanges:\n  - request: {method: GET, path: /a}\n    response: {status: 200}\n...\n",
    ):
        path = tmp_path / "c.yaml"
        path.write_text(text)
        tape = recorder(path)
        tape.add(exchange(1))
        tape.close()
        assert [kept.request.method for kept in load(path).exchanges] == ["GET", "POST"]


def test_replaces_leaves_out_the_same_requests_or_all(tmp_path: Path) -> None:
    for replaces, expected in (("none", 4), ("same", 3), ("all", 2)):
        path = tmp_path / f"{replaces}.yaml"
        save(Tape((exchange(1), exchange(2)), recorded={"by": "earlier"}, redacted={"api_key": 5}), path)
        tape = recorder(path, replaces=replaces)
        before = path.read_bytes()
        tape.flush()
        assert path.read_bytes() == before
        tape.add(exchange(2, at=9))
        tape.flush()
        tape.add(exchange(3))
        tape.close()
        assert len(numbers(path)) == expected
        assert (load(path).recorded["by"] == "earlier") is (replaces != "all")
        assert load(path).redacted.get("api_key") == (None if replaces == "all" else 5)


@pytest.mark.parametrize("name", ["open", "write", "fsync", "replace"])
def test_a_full_disk_is_told_and_the_old_file_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "c.yaml"
    tape = recorder(path)
    tape.add(exchange(1))
    tape.flush()
    before = path.read_bytes()
    real = getattr(os, name)

    def full(target: Any, *rest: Any, **more: Any) -> Any:
        if name != "open" or str(target).endswith(".draft"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(target, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, full)
        tape.add(exchange(2))
        with pytest.raises(CassetteError, match=r"No space left on device.*untouched"):
            tape.flush()
        assert path.read_bytes() == before
        assert names(tmp_path) == ["c.yaml"]
    tape.close()
    assert len(numbers(path)) == 2


def test_the_next_add_tells_what_failed_in_the_background(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = recorder(tmp_path / "c.yaml")
    with monkeypatch.context() as patch:
        patch.setattr(recording.sidefiles, "put", lambda *_: (_ for _ in ()).throw(CassetteError("the disk is full")))
        tape.add(exchange(1))
        with pytest.raises(CassetteError):
            tape.flush()
        tape._tell(CassetteError("the disk is full"))
        with pytest.raises(CassetteError, match="full"):
            tape.add(exchange(2))
    tape.add(exchange(3))
    tape.close()
    assert len(numbers(tmp_path / "c.yaml")) == 3


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    tape = recorder(tmp_path / "file" / "c.yaml")
    tape.add(exchange(1))
    with pytest.raises(CassetteError, match="cannot be written"):
        tape.close()


def test_a_broken_file_is_refused_at_the_start_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("mockai: 1\nexchanges: [")
    with pytest.raises(CassetteError, match="not YAML"):
        recorder(path)
    path.unlink()
    tape = recorder(path)
    tape.add(exchange(1))
    tape.flush()
    path.write_text("mockai: 1\nexchanges: [")
    tape.add(exchange(2))
    with pytest.raises(CassetteError, match="not YAML"):
        tape.close()
    assert path.read_text() == "mockai: 1\nexchanges: ["


def test_a_whole_tape_is_saved_and_read(tmp_path: Path) -> None:
    large = Exchange(Request("GET", "/v1/files/f/content"), Reply(200, (), (Chunk(0, b"\xff" * 5000),)), number=2)
    for _ in range(2):
        saved = save(Tape((exchange(1), large)), tmp_path / "c.yaml")
    assert load(tmp_path / "c.yaml").exchanges == saved.exchanges
    assert len(names(tmp_path)) == 2


def test_the_text_of_an_exchange_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = recording.entry_of
    monkeypatch.setattr(recording, "entry_of", lambda *args: made.append(1) or real(*args))
    tape = recorder(tmp_path / "c.yaml")
    for number in range(1, 21):
        tape.add(exchange(number))
        tape.flush()
    tape.close()
    assert len(made) == 20
