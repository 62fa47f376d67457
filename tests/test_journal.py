"""The journal keeps what happened, within bounds, and never a key."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from mockai import journal
from mockai.http import Chunk, Exchange, Reply, Request
from mockai.journal import Journal

KEY = "sk-proj-abcdefghij0123456789ABCDEFGHIJ"
OWN = "my-own-key-of-the-gateway"


def note(journal: Journal, one: Exchange) -> Exchange:
    return journal.note(one.request, one.reply, one.operation, one.source, one.at, one.number)


def exchange(
    body: bytes = b"", answer: bytes = b"", source: str = "stub", number: int = 1, method: str = "POST", **more: Any
) -> Exchange:
    sent = Request(method, "/v1/x", body=body, **more)
    return Exchange(sent, Reply(200, (), (Chunk(0, answer),)), None, source, 1.0, number)


@given(some.lists(some.tuples(some.integers(0, 30), some.integers(0, 30), some.booleans())), some.integers(1, 9))
def test_the_latest_exchanges_are_kept_within_both_bounds(sizes: list[tuple[int, int, bool]], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "MOST_EXCHANGES", most)
        patch.setattr(journal, "MOST_BYTES", 100)
        kept = Journal()
        for number, (asked, answered, taped) in enumerate(sizes, 1):
            source = "cassette" if taped else "stub"
            assert note(kept, exchange(b"a" * asked, b"b" * answered, source, number)).number == number
            assert kept.size == sum(map(journal.weight, kept))
            assert len(kept) <= most
            assert kept.size <= 100 or len(kept) == 1
            assert [each.number for each in kept] == list(range(kept.forgotten + 1, number + 1))
        kept.clear()
        assert (len(kept), kept.size, kept.forgotten) == (0, 0, 0)


def test_a_hundredth_is_forgotten_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_EXCHANGES", 200)
    kept, sizes = Journal(), []
    for number in range(1, 206):
        note(kept, exchange(number=number))
        sizes.append(len(kept))
    assert sizes[199:] == [200, 198, 199, 200, 198, 199]
    assert [each.number for each in kept] == list(range(kept.forgotten + 1, 206))


@pytest.mark.parametrize(
    "headers",
    [
        (("authorization", f"Bearer {OWN}"),),
        (("api-key", OWN),),
        (("x-api-key", OWN), ("cookie", f"session={OWN}")),
        (("proxy-authorization", "Basic " + base64.b64encode(f"me:{OWN}".encode()).decode()),),
    ],
)
def test_a_key_is_neither_kept_in_headers_nor_shown_from_anywhere_else(headers: tuple[tuple[str, str], ...]) -> None:
    kept = Journal()
    body, query = f'{{"a": "{OWN}", "b": "{KEY}"}}'.encode(), f"a=1&api-key=other-secret&b={OWN}"
    noted = note(kept, exchange(body, body, headers=(*headers, ("x-kept", "yes")), query=query))
    assert noted.request.headers == (("x-kept", "yes"),)
    assert noted.request.body == body  # calls() gives what was sent
    told = kept.told()
    assert "a=1&api-key=REDACTED&b=REDACTED" in told
    assert told.count('{"a": "REDACTED", "b": "REDACTED"}') == 2
    assert not any(secret in told for secret in (OWN, KEY, "other-secret"))


def test_keys_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_KEYS", 2)
    kept = Journal()
    for number in range(5):
        note(kept, exchange(headers=(("authorization", f"Bearer key-number-{number}"),)))
    assert kept.text(b"key-number-0 key-number-3 key-number-4", 99) == "key-number-0 REDACTED REDACTED"


def test_the_journal_is_told_in_three_lines_an_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_EXCHANGES", 2)
    kept = Journal()
    assert kept.told() == ""
    note(kept, exchange(b"forgotten"))
    note(kept, exchange(b'{\n  "a":   1}', b"\xff", number=2))
    note(kept, exchange(b"", b"x" * 500, number=3, method="GET", query="q=1"))
    assert kept.told().splitlines() == [
        "(1 earlier exchanges are no longer kept)",
        "2. POST /v1/x -> 200 from stub",
        '   > { "a": 1}',
        "   < \ufffd",
        "3. GET /v1/x?q=1 -> 200 from stub",
        f"   < {'x' * 300}… (500 bytes)",
    ]
