"""Values that look right for the name they stand under: an `email` like an address, an `age` like an age."""

from __future__ import annotations

import random
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import TypeAlias

Choose: TypeAlias = Callable[[random.Random], str]

FIRST = ("Ada", "Alan", "Grace", "Linus", "Maria", "Nikola", "Rosa", "Yuki")
LAST = ("Curie", "Hopper", "Lovelace", "Meitner", "Noether", "Tanaka", "Turing", "Weber")
WORDS = (
    "amber",
    "brook",
    "cedar",
    "delta",
    "ember",
    "field",
    "grove",
    "harbor",
    "island",
    "juniper",
    "lantern",
    "meadow",
)
CITIES = ("Berlin", "Kyoto", "Lisbon", "Nairobi", "Oslo", "Paris", "Quito", "Toronto")
STATES = ("Bavaria", "Ontario", "Quebec", "Tuscany")
COUNTRIES = ("Canada", "France", "Germany", "Japan", "Kenya", "Norway", "Portugal", "Spain")
MONTHS = ("January", "April", "June", "September", "November")
CONDITIONS = ("cloudy", "rainy", "sunny", "windy")
SENTENCES = (
    "A short answer that covers the main point.",
    "The result follows from the two steps before it.",
    "Everything needed is already in place.",
    "Three things matter here, and the first is time.",
)


def words(rng: random.Random, count: int = 2) -> str:
    """`count` words with spaces between them."""
    return " ".join(rng.choice(WORDS) for _ in range(count))


def day(rng: random.Random) -> str:
    """A date of the year 2025."""
    return f"2025-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def clock_time(rng: random.Random) -> str:
    """A time of day, in seconds."""
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def email(rng: random.Random) -> str:
    """An address at a domain that is reserved for examples."""
    return f"{rng.choice(FIRST)}.{rng.choice(LAST)}@example.com".lower()


def isbn(rng: random.Random) -> str:
    """A book's number of 13 digits, the last of which checks the others."""
    body = f"978{rng.randint(0, 10**9 - 1):09}"
    return f"{body}{-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body)) % 10}"


def url(rng: random.Random) -> str:
    """An address on a host that is reserved for examples."""
    return f"https://example.com/{rng.choice(WORDS)}"


FORMATS: dict[str, Choose] = {
    "date-time": lambda rng: f"{day(rng)}T{clock_time(rng)}Z",
    "date": day,
    "time": lambda rng: f"{clock_time(rng)}Z",
    "duration": lambda rng: f"PT{rng.randint(1, 59)}M",
    "email": email,
    "idn-email": email,
    "hostname": lambda rng: f"{rng.choice(WORDS)}.example.com",
    "idn-hostname": lambda rng: f"{rng.choice(WORDS)}.example.com",
    "ipv4": lambda rng: f"192.0.2.{rng.randint(1, 254)}",
    "ipv6": lambda rng: f"2001:db8::{rng.randint(1, 0xFFFF):x}",
    "uri": url,
    "uri-reference": lambda rng: f"/{rng.choice(WORDS)}",
    "iri": url,
    "iri-reference": lambda rng: f"/{rng.choice(WORDS)}",
    "uri-template": lambda rng: f"https://example.com/{rng.choice(WORDS)}/{{id}}",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "json-pointer": lambda rng: f"/{rng.choice(WORDS)}",
    "relative-json-pointer": lambda rng: f"{rng.randint(0, 3)}/{rng.choice(WORDS)}",
    "regex": lambda rng: f"^{rng.choice(WORDS)}$",
    "byte": lambda rng: b64encode(rng.choice(WORDS).encode()).decode(),
}
"""A text of each format that JSON Schema names."""

TEXTS: tuple[tuple[tuple[str, ...], Choose], ...] = (
    (("email", "mail"), email),
    (("currency", "currencycode"), lambda rng: rng.choice(("EUR", "JPY", "USD"))),
    (("countrycode",), lambda rng: rng.choice(("CA", "DE", "JP", "KE"))),
    (("language", "languagecode", "locale", "lang"), lambda rng: rng.choice(("de", "en", "fr", "ja"))),
    (("url", "uri", "link", "website", "href", "homepage"), url),
    (("uuid", "guid"), FORMATS["uuid"]),
    (("datetime", "timestamp", "at", "created", "updated"), FORMATS["date-time"]),
    (("date", "day", "birthday", "deadline"), day),
    (("time",), clock_time),
    (("phone", "telephone", "mobile", "phonenumber", "mobilenumber"), lambda rng: f"+1-555-01{rng.randint(0, 99):02}"),
    (("firstname", "first"), lambda rng: rng.choice(FIRST)),
    (("lastname", "last", "surname", "family"), lambda rng: rng.choice(LAST)),
    (("username", "login", "handle"), lambda rng: rng.choice(FIRST).lower()),
    (("invoicenumber", "ordernumber", "accountnumber", "serialnumber", "trackingnumber", "reference"),
     lambda rng: f"{rng.randint(100_000, 999_999)}"),
    (("id", "key", "token", "code", "sku", "slug"), lambda rng: f"{rng.choice(WORDS)}-{rng.randint(100, 999)}"),
    (("city", "town", "location", "place", "destination", "origin", "capital"), lambda rng: rng.choice(CITIES)),
    (("country", "nation"), lambda rng: rng.choice(COUNTRIES)),
    (("timezone", "tz"), lambda rng: rng.choice(("Asia/Tokyo", "Europe/Paris", "UTC"))),
    (("address", "street"), lambda rng: f"{rng.randint(1, 99)} {rng.choice(WORDS).title()} Street"),
    (("zip", "zipcode", "postcode", "postal", "postalcode"), lambda rng: f"{rng.randint(10000, 99999)}"),
    (("ip", "ipaddress"), FORMATS["ipv4"]),
    (("province", "region", "state"), lambda rng: rng.choice(STATES)),
    (("isbn",), isbn),
    (("version", "release", "revision"), lambda rng: f"{rng.randint(0, 4)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"),
    (("status", "stage"), lambda rng: rng.choice(("active", "completed", "pending"))),
    (("priority", "severity", "level", "difficulty"), lambda rng: rng.choice(("high", "low", "medium"))),
    (("gender", "sex"), lambda rng: rng.choice(("female", "male", "non-binary"))),
    (("category", "genre"), lambda rng: rng.choice(("books", "garden", "music", "travel"))),
    (("department", "team"), lambda rng: rng.choice(("Engineering", "Finance", "Marketing", "Support"))),
    (("role", "position", "job", "jobtitle", "occupation", "profession"),
     lambda rng: rng.choice(("analyst", "designer", "engineer", "teacher"))),
    (("sentiment", "mood", "tone"), lambda rng: rng.choice(("negative", "neutral", "positive"))),
    (("size",), lambda rng: rng.choice(("large", "medium", "small"))),
    (("price", "cost", "amount", "total", "salary", "budget"),
     lambda rng: f"{rng.randint(5, 499)}.{rng.randint(0, 99):02}"),
    (("duration",), lambda rng: f"{rng.randint(5, 90)} minutes"),
    (("temperature",), lambda rng: f"{rng.randint(-5, 30)} °C"),
    (("month",), lambda rng: rng.choice(MONTHS)),
    (("color", "colour"), lambda rng: rng.choice(("blue", "green", "red", "yellow"))),
    (("unit", "units"), lambda rng: rng.choice(("celsius", "kilometers", "kilograms"))),
    (("weather", "condition", "conditions", "forecast"), lambda rng: rng.choice(CONDITIONS)),
    (("company", "companyname", "organization", "organisation", "employer"),
     lambda rng: f"{rng.choice(WORDS).title()} Ltd"),
    (("filename", "file", "path"), lambda rng: f"{rng.choice(WORDS)}.txt"),
    (("name", "person", "author", "owner", "user"), lambda rng: f"{rng.choice(FIRST)} {rng.choice(LAST)}"),
    (("product", "productname", "item", "itemname", "brand"), lambda rng: words(rng).title()),
    (("title", "subject", "headline", "topic"), lambda rng: words(rng).capitalize()),
    (
        ("summary", "description", "text", "content", "message", "explanation", "answer", "reason", "reasoning",
         "comment", "body", "details", "note", "notes", "thought", "response"),
        lambda rng: rng.choice(SENTENCES),
    ),
    (("query", "question", "prompt", "search"), lambda rng: words(rng, 3)),
)  # fmt: skip
"""What the last words of a name say about its text, the more telling first."""

NUMBERS: tuple[tuple[tuple[str, ...], tuple[float, float]], ...] = (
    (("age",), (18, 80)),
    (("year",), (1990, 2025)),
    (("month",), (1, 12)),
    (("day",), (1, 28)),
    (("hour",), (0, 23)),
    (("minute", "minutes", "second", "seconds"), (0, 59)),
    (("latitude", "lat"), (-60, 60)),
    (("longitude", "lng", "lon"), (-120, 120)),
    (("temperature",), (-5, 30)),
    (("price", "cost", "amount", "total", "salary"), (5, 500)),
    (("percent", "percentage", "humidity"), (0, 100)),
    (("probability", "confidence", "score"), (0, 1)),
    (("rating", "stars"), (1, 5)),
    (("count", "quantity", "number", "size"), (1, 20)),
    (("index", "position", "offset"), (0, 3)),
    (("at", "timestamp", "created"), (1_735_689_600, 1_767_225_600)),
)
"""Where the numbers under a name usually lie."""


def _tail(name: str) -> list[str]:
    """The words of a name in snake_case, kebab-case or camelCase, joined and alone, the last first.

    Each is followed by its singular, since what stands in a list is named by the list.
    """
    spaced = (
        "".join(f"_{char}" if char.isupper() else char for char in name).replace("-", "_").replace(" ", "_").lower()
    )
    parts = [part for part in spaced.split("_") if part]
    tail = ("".join(parts), "".join(parts[-2:]), *reversed(parts))
    return [form for word in tail for form in (word, *_singular(word))]


def _singular(word: str) -> Iterator[str]:
    """What an English word may be the plural of."""
    for ending, one in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending):
            yield word.removesuffix(ending) + one


def text(name: str, rng: random.Random) -> str:
    """A text for a property called `name`: a number in writing for the name of one, two words where it says nothing."""
    return _chooser(name)(rng)


@lru_cache(1024)
def _chooser(name: str) -> Choose:
    for word in _tail(name):
        for names, choose in TEXTS:
            if word in names:
                return choose
        for names, (low, high) in NUMBERS:
            if word in names:
                return partial(_written, low, high)
    return words


def _written(low: float, high: float, rng: random.Random) -> str:
    return str(rng.randint(int(low), int(high))) if high > 1 else f"{rng.uniform(low, high):.2f}"


@lru_cache(1024)
def span(name: str) -> tuple[float, float]:
    """The lowest and highest number likely under `name`; 1 to 100 where the name says nothing."""
    for word in _tail(name):
        for names, limits in NUMBERS:
            if word in names:
                return limits
    return (1, 100)
