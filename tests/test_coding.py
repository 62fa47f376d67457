"""Content codings are undone as far as the bytes go, and garbage is named."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockai.coding import CODINGS, CodingError, coded, coding_of, decode, names, sniff, undone


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "identity": lambda data: data,
}


def test_every_coding_is_tried_here() -> None:
    assert PACK.keys() == CODINGS.keys()


@given(data=st.binary(max_size=2000), stack=st.lists(st.sampled_from(sorted(PACK)), max_size=3))
def test_any_stack_of_codings_is_undone(data: bytes, stack: list[str]) -> None:
    packed = data
    for name in stack:
        packed = PACK[name](packed)
    assert decode(packed, ", ".join(stack).upper()) == data


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_a_stream_cut_off_is_undone_as_far_as_it_goes(name: str) -> None:
    data = bytes(range(256)) * 50
    packed = PACK[name](data)
    for length in range(len(packed)):
        assert data.startswith(decode(packed[:length], name))
    assert decode(packed[:-1], name)


def test_deflate_without_its_frame_and_gzip_in_several_members() -> None:
    assert decode(raw_deflate(b"abc" * 99), "deflate") == b"abc" * 99
    assert decode(gzip.compress(b"ab") + gzip.compress(b"c"), "gzip") == b"abc"


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
def test_garbage_is_named(name: str) -> None:
    with pytest.raises(CodingError, match="although its content-encoding says so"):
        decode(b'{"error": "plain"}', name)
    assert undone(b'{"error": "plain"}', name) is None


def test_an_unknown_coding_is_named_with_the_known_ones() -> None:
    with pytest.raises(CodingError, match=r"'zstd'; it knows gzip"):
        decode(b"x", "zstd")


def test_small_questions() -> None:
    assert names(" GZIP ,br,") == ["gzip", "br"]
    assert sniff(gzip.compress(b"x")) == "gzip"
    assert sniff(b"{}") == "identity"
    assert coding_of((("a", "b"),)) is None
    assert coding_of((("content-encoding", "gzip"), ("content-encoding", "br"))) == "gzip, br"
    assert [coded(name) for name in (None, "identity", "gzip")] == [False, False, True]
