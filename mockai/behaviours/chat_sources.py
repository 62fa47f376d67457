"""What search models say and where they have it from: links in the words, and annotations that point at them.

A citation stands in the text as recorded ones do, `([host](url))` behind the sentence it supports, and the annotation's
indices span it from the first parenthesis to behind the last.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

from ..voice import subject

_CITED = re.compile(r"\(\[[^\]]*\]\((https?://[^\s)]+)\)\)")
_HOSTS = ("example.com", "example.org", "docs.example.net", "news.example.org")


def sourced(text: str, topic: str, rng: Random) -> str:
    """`text` with a source behind its first and its last sentence; nothing there can be looked up."""
    sentences = re.split(r"(?<=[.!?。:]) ", text)
    slug = "-".join(re.findall(r"\w+", subject(topic).lower())) or "answer"
    for place in {0, len(sentences) - 1}:
        host = rng.choice(_HOSTS)
        sentences[place] += f" ([{host}](https://{host}/{slug}-{rng.randint(100, 999)}?utm_source=openai))"
    return " ".join(sentences)


def citations(text: str) -> list[dict[str, Any]]:
    """The annotations of a text, one for each link that stands in it as a citation."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "end_index": found.end(),
                "start_index": found.start(),
                "title": _title(found[1]),
                "url": found[1],
            },
        }
        for found in _CITED.finditer(text)
    ]


def _title(url: str) -> str:
    """What the page at `url` could be called, by its address."""
    host, _, path = url.partition("://")[2].partition("?")[0].partition("/")
    name = path.rstrip("/").rpartition("/")[2]
    return " ".join(re.findall(r"[^\W_]+", name)).capitalize() or host
