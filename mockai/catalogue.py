"""The models the API knows: a table of facts, and the few questions asked of it.

Ids, creation times and owners are those `GET /v1/models` gave in May 2026; a model retired before or added after
carries the day it was announced. An alias' snapshot is the `model` the API answered with when asked for the alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from .value import value


@value(frozen=True, slots=True)
class Family:
    """What models of one kind have in common.

    `endpoints` are the kinds of request it takes: chat, responses, completions, embeddings, speech, transcription,
    translation, images, moderation, realtime, live, videos. `context` and `output` are tokens, 0 where it has no such
    limit.
    `efforts` are the values of `reasoning_effort` it takes (chats do without `max`), the one it uses unasked in
    `effort`; a reasoning model without efforts takes no such parameter. `fingerprint` is how `system_fingerprint`
    comes back: `value`, `null` or `empty`. `features` are what a request may ask of it: tools, parallel_tools,
    custom_tools, vision, json_object, json_schema, logprobs, stop, sampling (temperature, top_p, penalties),
    prediction, verbosity, search, audio, system (a system message); and what it does unasked, as recorded in 2026:
    cache_write (it tells, and bills, what it writes to the cache), all_turns (it is shown the thoughts of all turns,
    not of the current one alone), phases (its messages are a commentary or the final answer), day (it keeps prompts for
    a day, samples from 0.98 of the probability, and thinks no more than it needs to), compiles (it compiles what
    schemas have for patterns, which must not look around), access_programs (it names those of its user).
    """

    name: str
    encoding: str = "o200k_base"
    endpoints: frozenset[str] = frozenset()
    context: int = 0
    output: int = 0
    reasoning: bool = False
    efforts: tuple[str, ...] = ()
    effort: str | None = None
    fingerprint: str = "null"
    features: frozenset[str] = frozenset()

    @property
    def reads(self) -> int:
        """Tokens of a prompt at most: of a window of 400,000, refusals name 272,000, the rest is for the answer."""
        return 272_000 if self.context == 400_000 else self.context


@value(frozen=True, slots=True)
class Model:
    """One model: an alias has a `snapshot`, the id it answers with; `listed` is false of the retired and restricted."""

    id: str
    created: int
    owned_by: str
    family: Family
    snapshot: str | None = None
    listed: bool = True

    @property
    def answers_as(self) -> str:
        """The id that stands in the `model` field of an answer."""
        return self.snapshot or self.id

    @property
    def encoding(self) -> str:
        """The tokenizer: `o200k_base` or `cl100k_base`."""
        return self.family.encoding

    @property
    def reasoning(self) -> bool:
        """Whether it thinks before it speaks, and bills the thoughts."""
        return self.family.reasoning

    def takes(self, endpoint: str) -> bool:
        """Whether requests of this kind (`chat`, `embeddings`, …) may name it."""
        return endpoint in self.family.endpoints

    def has(self, feature: str) -> bool:
        """Whether it can do this (`tools`, `vision`, `logprobs`, …)."""
        return feature in self.family.features


_OLD = "system tools parallel_tools json_object logprobs stop sampling"
_OPEN = _OLD + " vision json_schema"
_EARLY = "system tools json_object json_schema"
_CODE = "system tools parallel_tools custom_tools vision json_object json_schema"
_THINK = _CODE + " verbosity"
_LATE = _THINK + " phases day compiles"
_CACHE = _LATE + " cache_write all_turns"
_SIXTH = _CACHE + " access_programs"
_TUNED = _THINK + " logprobs sampling"
_SEES = "system tools vision"
_HEARS = "system tools sampling stop audio"
_LOOKS = "system json_schema search"
_GUESS = _OPEN + " prediction"

# name | encoding without `_base` | endpoints | context | output | efforts (* the default) | fingerprint | features
_FAMILIES = f"""
gpt-3.5       | cl100k | chat responses | 16385   | 4096   |                          | null  | {_OLD}
gpt-3.5-old   | cl100k | chat           | 4096    | 4096   |                          | null  | {_OLD}
instruct      | cl100k | completions    | 4096    | 4096   |                          | null  | logprobs stop sampling
completion    | cl100k | completions    | 16384   | 16384  |                          | null  | logprobs stop sampling
legacy        | cl100k | completions    | 2049    | 2049   |                          | null  | logprobs stop sampling
gpt-4         | cl100k | chat responses | 8192    | 8192   |                          | null  | {_OLD}
gpt-4-32k     | cl100k | chat           | 32768   | 32768  |                          | null  | {_OLD}
gpt-4-turbo   | cl100k | chat responses | 128000  | 4096   |                          | value | {_OLD} vision
gpt-4o        | o200k  | chat responses | 128000  | 16384  |                          | value | {_GUESS}
gpt-4o-may    | o200k  | chat responses | 128000  | 4096   |                          | value | {_OLD} vision
gpt-4.1       | o200k  | chat responses | 1047576 | 32768  |                          | value | {_GUESS}
gpt-4.5       | o200k  | chat responses | 128000  | 16384  |                          | null  | {_OPEN}
chat-latest   | o200k  | chat responses | 128000  | 16384  |                          | null  | {_OPEN}
search        | o200k  | chat           | 128000  | 16384  |                          | empty | {_LOOKS}
gpt-4o-audio  | o200k  | chat           | 128000  | 16384  |                          | value | {_HEARS}
gpt-audio     | o200k  | chat           | 128000  | 16384  |                          | null  | {_HEARS}
o1-mini       | o200k  | chat           | 128000  | 65536  | -                        | value |
o1            | o200k  | chat responses | 200000  | 100000 | low medium* high         | value | {_EARLY} vision
o3-mini       | o200k  | chat responses | 200000  | 100000 | low medium* high         | value | {_EARLY} stop
o3            | o200k  | chat responses | 200000  | 100000 | low medium* high         | null  | {_EARLY} vision
o-pro         | o200k  | responses      | 200000  | 100000 | low medium* high         | null  | {_EARLY} vision
deep-research | o200k  | responses      | 200000  | 100000 | medium*                  | null  | {_SEES} search
computer-use  | o200k  | responses      | 8192    | 1024   | low medium* high         | null  | {_SEES}
gpt-5         | o200k  | chat responses | 400000  | 128000 | minimal low medium* high | null  | {_THINK}
gpt-5-search  | o200k  | chat           | 400000  | 128000 | minimal low medium* high | empty | {_LOOKS}
codex         | o200k  | responses      | 400000  | 128000 | low medium* high xhigh   | null  | {_CODE}
gpt-5-pro     | o200k  | responses      | 400000  | 272000 | high*                    | null  | {_THINK}
gpt-5.1       | o200k  | chat responses | 400000  | 128000 | none* low medium high    | null  | {_TUNED}
gpt-5.2       | o200k  | chat responses | 400000  | 128000 | none* low medium high xhigh | null  | {_TUNED} day
gpt-5.2-pro   | o200k  | responses      | 400000  | 128000 | medium* high xhigh       | null  | {_THINK} day
gpt-5.4       | o200k  | chat responses | 1050000 | 128000 | none* low medium high xhigh | null  | {_TUNED} phases day
gpt-5.5       | o200k  | chat responses | 1050000 | 128000 | none low medium* high xhigh | null  | {_LATE}
gpt-5.6       | o200k  | chat responses | 1050000 | 128000 | none low medium* high xhigh max | null  | {_CACHE}
gpt-6         | o200k  | chat responses | 1050000 | 128000 | low medium* high xhigh max | null  | {_SIXTH}
gpt-6-sol     | o200k  | chat responses | 1050000 | 128000 | none low medium* high xhigh max | null  | {_SIXTH}
gpt-5.6-cyber | o200k  | responses      | 400000  | 128000 | none low medium* high xhigh max | null  | {_CACHE}
embedding     | cl100k | embeddings     | 8192    | 0      |                          | null  |
moderation    | o200k  | moderation     | 0       | 0      |                          | null  | vision
tts           | cl100k | speech         | 0       | 0      |                          | null  |
whisper       | cl100k | transcription translation | 0       | 0      |                          | null  |
transcribe    | o200k  | transcription  | 16000   | 2000   |                          | null  | logprobs
images        | o200k  | images         | 0       | 0      |                          | null  |
realtime      | o200k  | realtime       | 32000   | 4096   |                          | null  | tools audio
realtime-2    | o200k  | realtime       | 128000  | 32000  | minimal low* medium high xhigh | null  | tools audio
hears         | o200k  | realtime       | 0       | 0      |                          | null  | audio
live          | o200k  | live           | 0       | 0      |                          | null  | audio
videos        | o200k  | videos         | 0       | 0      |                          | null  |
"""

# family: id created [alias of] …; an id ends in `!` once it is retired, or where only a few are let in
_MODELS = """
gpt-3.5: gpt-3.5-turbo=1677610602>gpt-3.5-turbo-0125 gpt-3.5-turbo-0125=1706048358 gpt-3.5-turbo-1106=1698959748
    gpt-3.5-turbo-16k=1683758102 gpt-3.5-turbo-16k-0613!=1685474247
gpt-3.5-old: gpt-3.5-turbo-0301!=1677649963 gpt-3.5-turbo-0613!=1686587434
instruct: gpt-3.5-turbo-instruct=1692901427>gpt-3.5-turbo-instruct:20230824-v2 gpt-3.5-turbo-instruct-0914=1694122472
completion: davinci-002=1692634301 babbage-002=1692634615
legacy: text-davinci-003!=1669599635 text-davinci-002!=1649880484 text-curie-001!=1649364043
    text-babbage-001!=1649364043 text-ada-001!=1649364042 davinci!=1649359874
    curie!=1649359874 babbage!=1649358449 ada!=1649357491
gpt-4: gpt-4=1687882411>gpt-4-0613 gpt-4-0613=1686588896 gpt-4-0314!=1687882410
gpt-4-32k: gpt-4-32k!=1687979321>gpt-4-32k-0613 gpt-4-32k-0613!=1687979321 gpt-4-32k-0314!=1687979321
gpt-4-turbo: gpt-4-turbo=1712361441>gpt-4-turbo-2024-04-09 gpt-4-turbo-2024-04-09=1712601677
    gpt-4-turbo-preview!=1706037777>gpt-4-0125-preview gpt-4-0125-preview!=1706037612 gpt-4-1106-preview!=1698957206
    gpt-4-vision-preview!=1698894917>gpt-4-1106-vision-preview gpt-4-1106-vision-preview!=1711473033
gpt-4o: gpt-4o=1715367049>gpt-4o-2024-08-06 gpt-4o-2024-08-06=1722814719 gpt-4o-2024-11-20=1739331543
    gpt-4o-mini=1721172741>gpt-4o-mini-2024-07-18 gpt-4o-mini-2024-07-18=1721172717 chatgpt-4o-latest!=1723515131
gpt-4o-may: gpt-4o-2024-05-13=1715368132
gpt-4.1: gpt-4.1=1744316542>gpt-4.1-2025-04-14 gpt-4.1-2025-04-14=1744315746
    gpt-4.1-mini=1744318173>gpt-4.1-mini-2025-04-14 gpt-4.1-mini-2025-04-14=1744317547
    gpt-4.1-nano=1744321707>gpt-4.1-nano-2025-04-14 gpt-4.1-nano-2025-04-14=1744321025
gpt-4.5: gpt-4.5-preview!=1740623059>gpt-4.5-preview-2025-02-27 gpt-4.5-preview-2025-02-27!=1740623304
chat-latest: gpt-5-chat-latest=1754073306 gpt-5.1-chat-latest=1762547951 gpt-5.2-chat-latest=1765344352
    gpt-5.3-chat-latest=1772236571 chat-latest=1777704602
search: gpt-4o-search-preview=1771905534>gpt-4o-search-preview-2025-03-11 gpt-4o-search-preview-2025-03-11=1771905621
    gpt-4o-mini-search-preview=1741391161>gpt-4o-mini-search-preview-2025-03-11
    gpt-4o-mini-search-preview-2025-03-11=1741390858
gpt-4o-audio: gpt-4o-audio-preview=1727460443>gpt-4o-audio-preview-2025-06-03
    gpt-4o-audio-preview-2025-06-03=1748908498 gpt-4o-audio-preview-2024-12-17=1734034239
    gpt-4o-audio-preview-2024-10-01!=1727389042
    gpt-4o-mini-audio-preview=1734387424>gpt-4o-mini-audio-preview-2024-12-17
    gpt-4o-mini-audio-preview-2024-12-17=1734115920
gpt-audio: gpt-audio=1756339249>gpt-audio-2025-08-28 gpt-audio-2025-08-28=1756256146 gpt-audio-1.5=1771550885
    gpt-audio-mini=1759512027>gpt-audio-mini-2025-10-06 gpt-audio-mini-2025-10-06=1759512137
    gpt-audio-mini-2025-12-15=1765760008
o1-mini: o1-mini!=1725649008>o1-mini-2024-09-12 o1-mini-2024-09-12!=1725648979
    o1-preview!=1725648897>o1-preview-2024-09-12 o1-preview-2024-09-12!=1725648865
o1: o1=1734375816>o1-2024-12-17 o1-2024-12-17=1734326976
o3-mini: o3-mini=1737146383>o3-mini-2025-01-31 o3-mini-2025-01-31=1738010200
o3: o3=1744225308>o3-2025-04-16 o3-2025-04-16=1744133301 o4-mini=1744225351>o4-mini-2025-04-16
    o4-mini-2025-04-16=1744133506
o-pro: o1-pro=1742251791>o1-pro-2025-03-19 o1-pro-2025-03-19=1742251504 o3-pro=1748475349>o3-pro-2025-06-10
    o3-pro-2025-06-10=1749166761
deep-research: o3-deep-research=1749840121>o3-deep-research-2025-06-26 o3-deep-research-2025-06-26=1750865219
    o4-mini-deep-research=1749685485>o4-mini-deep-research-2025-06-26 o4-mini-deep-research-2025-06-26=1750866121
computer-use: computer-use-preview=1734655677>computer-use-preview-2025-03-11 computer-use-preview-2025-03-11=1741377021
gpt-5: gpt-5=1754425777>gpt-5-2025-08-07 gpt-5-2025-08-07=1754075360 gpt-5-mini=1754425928>gpt-5-mini-2025-08-07
    gpt-5-mini-2025-08-07=1754425867 gpt-5-nano=1754426384>gpt-5-nano-2025-08-07 gpt-5-nano-2025-08-07=1754426303
gpt-5-search: gpt-5-search-api=1759514629>gpt-5-search-api-2025-10-14 gpt-5-search-api-2025-10-14=1760043960
codex: gpt-5-codex=1757527818 gpt-5.1-codex=1762988221 gpt-5.1-codex-mini=1763007109 gpt-5.1-codex-max=1763671532
    gpt-5.2-codex=1766164985 gpt-5.3-codex=1770537915 codex-mini-latest!=1746673257
gpt-5-pro: gpt-5-pro=1759469822>gpt-5-pro-2025-10-06 gpt-5-pro-2025-10-06=1759469707
gpt-5.1: gpt-5.1=1762800673>gpt-5.1-2025-11-13 gpt-5.1-2025-11-13=1762800353
gpt-5.2: gpt-5.2=1765313051>gpt-5.2-2025-12-11 gpt-5.2-2025-12-11=1765313028
gpt-5.2-pro: gpt-5.2-pro=1765343983>gpt-5.2-pro-2025-12-11 gpt-5.2-pro-2025-12-11=1765343959
    gpt-5.4-pro=1772659601>gpt-5.4-pro-2026-03-05 gpt-5.4-pro-2026-03-05=1772659657
    gpt-5.5-pro=1776894349>gpt-5.5-pro-2026-04-23 gpt-5.5-pro-2026-04-23=1776894470
gpt-5.4: gpt-5.4=1772691852>gpt-5.4-2026-03-05 gpt-5.4-2026-03-05=1772654062
    gpt-5.4-mini=1773451123>gpt-5.4-mini-2026-03-17 gpt-5.4-mini-2026-03-17=1773451076
    gpt-5.4-nano=1773450870>gpt-5.4-nano-2026-03-17 gpt-5.4-nano-2026-03-17=1773450837
gpt-5.5: gpt-5.5=1776824847>gpt-5.5-2026-04-23 gpt-5.5-2026-04-23=1776839241
gpt-5.6: gpt-5.6=1780358400>gpt-5.6-sol gpt-5.6-sol=1780358400 gpt-5.6-terra=1780358400 gpt-5.6-luna=1780358400
gpt-6: gpt-6-astra=1787853604 gpt-6.1-sol=1790640000 gpt-6.1-terra=1790640000
gpt-6-sol: gpt-6-sol=1789344000 gpt-6-luna=1789344000
gpt-5.6-cyber: gpt-5.6-cyber!=1786060800 gpt-daybreak-red-latest!=1786060800>gpt-5.6-cyber
    gpt-daybreak-blue-latest!=1786060800>gpt-5.6-sol gpt-rosalind-research!=1788825600
embedding: text-embedding-3-small=1705948997 text-embedding-3-large=1705953180
    text-embedding-ada-002=1671217299>text-embedding-ada-002-v2
moderation: omni-moderation-latest=1731689265 omni-moderation-2024-09-26=1732734466
    text-moderation-latest!=1689288000>text-moderation-007 text-moderation-stable!=1689288000>text-moderation-007
    text-moderation-007!=1689288000
tts: tts-1=1681940951 tts-1-hd=1699046015 tts-1-1106=1699053241 tts-1-hd-1106=1699053533 gpt-4o-mini-tts=1742403959
    gpt-4o-mini-tts-2025-03-20=1765610731 gpt-4o-mini-tts-2025-12-15=1765610837
whisper: whisper-1=1677532384
transcribe: gpt-4o-transcribe=1742068463 gpt-4o-mini-transcribe=1742068596 gpt-4o-transcribe-diarize=1750798887
    gpt-4o-mini-transcribe-2025-03-20=1765610545 gpt-4o-mini-transcribe-2025-12-15=1765610407
    gpt-transcribe=1785196800
images: dall-e-2=1698798177 dall-e-3=1698785189 gpt-image-1=1745517030 gpt-image-1-mini=1758845821
    gpt-image-1.5=1764030620 chatgpt-image-latest=1765925279 gpt-image-2=1776399795 gpt-image-2-2026-04-21=1776399994
    gpt-image-2.5-sunburst=1788825600 gpt-image-2.5-sunburst-2026-09-08=1788825600 gpt-image-2.5-flare=1788825600
    gpt-image-2.5-flare-2026-09-08=1788825600 gpt-image-2.6-sunburst=1793750400 gpt-image-2.6-flare=1793750400
realtime: gpt-realtime=1756271701 gpt-realtime-2025-08-28=1756271773 gpt-realtime-1.5=1771461469
    gpt-realtime-mini=1759517133 gpt-realtime-mini-2025-10-06=1759517175 gpt-realtime-mini-2025-12-15=1765612007
    gpt-4o-realtime-preview=1727659998 gpt-4o-realtime-preview-2024-12-17=1733945430
    gpt-4o-realtime-preview-2025-06-03=1748907838 gpt-4o-mini-realtime-preview=1734387380
    gpt-4o-mini-realtime-preview-2024-12-17=1734112601
realtime-2: gpt-realtime-2=1778112000 gpt-realtime-2.1=1783296000 gpt-realtime-2.1-mini=1783296000
hears: gpt-realtime-translate=1778112000 gpt-realtime-whisper=1778112000 gpt-live-transcribe=1785196800
live: gpt-live-1=1788998400
videos: sora-2=1759708615 sora-2-pro=1759708663
"""

_OWNERS = {
    "openai": {"gpt-3.5-turbo", "gpt-4", "gpt-4-0613", "gpt-4-0314", "gpt-3.5-turbo-0301", "gpt-3.5-turbo-0613"}
    | {"davinci", "curie", "babbage", "ada", "text-davinci-002", "text-curie-001", "text-babbage-001", "text-ada-001"},
    "openai-internal": {"text-embedding-ada-002", "whisper-1", "tts-1", "gpt-3.5-turbo-16k", "text-davinci-003"},
}


@lru_cache(1024)
def find(name: str) -> Model | None:
    """The model called `name`, or None; a fine-tune (`ft:BASE:org::id`, once `BASE:ft-org:…`) is like its base."""
    if known := _table().get(name):
        return known
    tuned = re.match(r"ft:([^:]+):([^:]*)|([^:]+):ft-([^:]+)", name)
    if not tuned:
        return None
    base = _table().get(tuned[1] or tuned[3])
    owner = tuned[2] or tuned[4] or "user"
    return replace(base, id=name, snapshot=None, owned_by=owner, listed=False) if base else None


def models() -> list[Model]:
    """The models in service, oldest first, as `GET /v1/models` lists them."""
    return sorted((model for model in _table().values() if model.listed), key=lambda model: model.created)


def answers_as(name: str) -> str:
    """The `model` of an answer to a request for `name`: its dated snapshot, or `name` itself where none is known."""
    model = find(name)
    return model.answers_as if model else name


@lru_cache(1024)
def like(name: str) -> Family:
    """The family `name` belongs to, or the one its spelling is nearest to: how a model mockai never heard of behaves.

    Azure's own spellings (`gpt-35-turbo`, `gpt-5.2_2025-12-11`) belong to the families of the models they mean.
    """
    model = find(name)
    return model.family if model else _nearest(re.sub(r"^gpt-35", "gpt-3.5", name.lower().replace("_", "-")))


def nearest(name: str) -> str | None:
    """The model id spelled most like `name`, for a message; None if nothing is close."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, _table(), 1, 0.7)), None)


@cache
def _table() -> dict[str, Model]:
    return {model.id: model for model in _rows()}


def _rows() -> Iterator[Model]:
    families = {family.name: family for family in map(_family, _FAMILIES.strip().splitlines())}
    owners = {name: owner for owner, names in _OWNERS.items() for name in names}
    family = families["gpt-4o"]
    for word in _MODELS.split():
        if word.endswith(":"):
            family = families[word[:-1]]
            continue
        name, _, rest = word.partition("=")
        created, _, snapshot = rest.partition(">")
        bare = name.rstrip("!")
        yield Model(bare, int(created), owners.get(bare, "system"), family, snapshot or None, name == bare)


def _family(line: str) -> Family:
    cells = [cell.strip() for cell in line.split("|")]
    name, encoding, endpoints, context, output, efforts, fingerprint, features = cells
    known = tuple(effort.rstrip("*") for effort in efforts.split() if effort != "-")
    default = next((effort.rstrip("*") for effort in efforts.split() if effort.endswith("*")), None)
    return Family(
        name,
        f"{encoding}_base",
        frozenset(endpoints.split()),
        int(context),
        int(output),
        bool(efforts),
        known,
        default,
        fingerprint,
        frozenset(features.split()),
    )


_FALLBACK = _family(f"unknown | o200k | chat responses | 128000 | 16384 | | value | {_OPEN}")


def _nearest(name: str) -> Family:
    prefixes = [known for known in _table() if name.startswith(known)]
    return _table()[max(prefixes, key=len)].family if prefixes else _FALLBACK
