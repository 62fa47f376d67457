"""What a text says that a moderation would mind, found by its words: no model, and no opinion on anything unsaid.

A category is met where one of its patterns is. Scores are near 1 for what was found, and tiny for all else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from .dice import dice

CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "sexual",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm/intent",
    "self-harm/instructions",
    "self-harm",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""The categories in the order of the API's answers."""

FLAGGED = 0.5
"""The score from which on a category is flagged."""


def scores(text: str) -> dict[str, float]:
    """The score of each category, from 0 to 1; the same for the same text."""
    said = " ".join(text.casefold().replace("’", "'").split())
    return {category: _score(said, category) for category in CATEGORIES}


def _score(said: str, category: str) -> float:
    rng = dice("moderation", category, said)
    found = sum(len(pattern.findall(said)) for pattern in _patterns()[category])
    if not found:
        return float(10 ** rng.uniform(-7, -4))
    return 1 - rng.uniform(0.2, 0.3) / (1 + found)


_ATTACK = (
    r"(?:kill|murder|stab|shoot(?! \w+ an? (?:e-?mail|message|note|text))|strangle|behead|slaughter|massacre|torture|"
    r"hurt|beat up|attack|burn|rape)\w*"
)
_PERSON = (
    r"(?:you|him|her|them|someone|somebody|everyone|everybody|people|your family|the (?:man|woman|guy)|"
    r"my (?:wife|husband|boss|neighbou?r|teacher|ex))"
)
_GROUP = (
    r"(?:jews|muslims|christians|hindus|immigrants|refugees|foreigners|black people|white people|asians|arabs|mexicans|"
    r"women|gays|gay people|lesbians|trans people|disabled people|roma)"
)
_SCORN = r"(?:hate|despise|loathe|exterminate|get rid of)"
_CALLED = r"(?:are (?:all )?(?:vermin|subhuman|inferior|animals|parasites|filth|scum)|should (?:all )?die)"
_INSULT = (
    r"(?:idiot|moron|imbecile|loser|scumbag|dumbass|asshole|bastard|bitch|worthless|pathetic|disgusting|stupid|dumb|"
    r"ugly|shut up|fuck you|piece of (?:shit|trash|garbage))"
)
_SEXUAL = (
    r"(?:porn\w*|erotic\w*|nude photos?|naked|orgasm\w*|masturbat\w*|blow ?job|have sex|having sex|sexual(?:ly)? "
    r"(?:explicit|fantas\w+|acts?)|sex scene|horny)"
)
_MINOR = r"(?:child|children|minors?|underage|kids?|toddlers?|\d{1,2}[- ]year[- ]old)"
_SELF_HARM = (
    r"(?:suicid\w+|kill(?:ing)? myself|killing (?:your|one)self|kill (?:your|one)self|cut(?:ting)? myself|"
    r"hurt(?:ing)? myself|harm(?:ing)? myself|self[- ]harm\w*|end(?:ing)? my (?:own )?life|starve myself)"
)
_HOW = r"(?:how (?:to|do i|can i|would i)|ways? to|steps (?:to|for)|instructions (?:to|for|on)|teach me|recipe for)"
_CRIME = (
    r"(?:shoplift\w*|steal\w*|rob(?:bing)?|launder\w*|counterfeit\w*|forge a|hack into|phish\w*|pick a lock|"
    r"(?:make|cook|synthesi[sz]e) (?:meth|crack|heroin|lsd|drugs)|buy (?:stolen|illegal|drugs)|evade taxes|fake id)"
)
_WEAPON = (
    r"(?:bombs?|explosives?|grenades?|molotov|pipe bomb|napalm|nerve agent|ricin|poison (?:gas|someone)|ghost gun)"
)
_GORE = (
    r"(?:dismember\w*|decapitat\w*|disembowel\w*|mutilat\w*|entrails|intestines (?:spill\w*|out)|gore|gory|"
    r"blood (?:spurt\w*|gush\w*|everywhere|pooled)|severed (?:head|limb|arm|leg)s?|guts spill\w*)"
)


def _near(first: str, then: str, words: int = 3) -> str:
    """`first`, and soon after it, at most so many words between, `then`."""
    return rf"\b{first}\b(?:\W+[\w']+){{0,{words}}}?\W+{then}\b"


_WILL = r"(?:i|we|i'll|we'll|gonna|going to|want to|wanna|should|must|let's|will)"
_THREAT = _near(_WILL, _near(_ATTACK, _PERSON, 1))

_SAID: Mapping[str, Sequence[str]] = {
    "harassment": (
        _near(r"(?:you|you're|your|u|he|he's|she|she's|they|they're)", _INSULT),
        r"\b(?:shut up|fuck you)\b",
        _THREAT,
    ),
    "harassment/threatening": (_THREAT,),
    "sexual": (rf"\b{_SEXUAL}\b",),
    "hate": (_near(_SCORN, _GROUP), _near(_GROUP, _CALLED, 0), _near(_ATTACK, _GROUP, 2)),
    "hate/threatening": (_near(_ATTACK, _GROUP, 2), _near(_GROUP, r"should (?:all )?die", 0)),
    "illicit": (_near(_HOW, _CRIME, 4), _near(_HOW, _WEAPON, 4)),
    "illicit/violent": (_near(_HOW, _WEAPON, 4),),
    "self-harm/intent": (
        r"\b(?:i|i'm|i am|i'll)\b[^.!?]{0,40}\b"
        r"(?:suicidal|kill myself|cut myself|hurt myself|harm myself|end my (?:own )?life|want to die|starve myself)\b",
    ),
    "self-harm/instructions": (_near(_HOW, _SELF_HARM, 4), _near(_HOW, r"(?:kill|cut|hurt|harm) yourself", 4)),
    "self-harm": (rf"\b{_SELF_HARM}\b", r"\bi want to die\b"),
    "sexual/minors": (_near(_SEXUAL, _MINOR, 6), _near(_MINOR, _SEXUAL, 6)),
    "violence": (_near(_ATTACK, _PERSON, 1), _near(_ATTACK, _GROUP, 2), _near(_HOW, _WEAPON, 4), rf"\b{_GORE}\b"),
    "violence/graphic": (rf"\b{_GORE}\b",),
}


@cache
def _patterns() -> Mapping[str, Sequence[re.Pattern[str]]]:
    return {category: tuple(map(re.compile, patterns)) for category, patterns in _SAID.items()}
