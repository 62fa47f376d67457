"""What a request brings along in an address of its own: pictures and documents as `data:` URLs, in base64.

The sentences are recorded ones or quoted by the API's users, from February 2025 to September 2026. The types of
documents are those that the API's guide to file inputs lists; chats take PDF alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..call import Call
from ..errors import ApiError, BadRequest
from ..expected import one_of, quote
from . import placing, rule

LOOK = 256
"""Letters of data that are looked at; what is no base64 is seen at once."""

BASE64 = re.compile(r"[A-Za-z0-9+/\s]*=*\s*")

CODE = """
    asm astro awk bash c c++ clojure cmake csharp dart diff dockerfile ejs elixir erb erlang go golang gradle graphql
    groovy handlebars haskell hcl iif ini jade java jinja2 julia kotlin less liquid lisp lua makefile mustache
    objectivec objectivec++ patch perl php properties protobuf pug python r rst ruby rust sass scala script.python scss
    sh shellscript sql subrip swift terraform tex tmpl toml twig typescript vcard yaml zsh
"""
TEXTS = "calendar css csv html javascript jsx markdown plain rtf srt tsv tsx vbscript vtt xml"
APPLICATIONS = """
    csv graphql javascript json json5 msword pdf rtf toml typescript vnd.apple.iwork vnd.apple.keynote vnd.apple.pages
    vnd.google-apps.document vnd.google-apps.presentation vnd.google-apps.spreadsheet vnd.ms-excel vnd.ms-powerpoint
    vnd.oasis.opendocument.text vnd.openxmlformats-officedocument.presentationml.presentation
    vnd.openxmlformats-officedocument.spreadsheetml.sheet vnd.openxmlformats-officedocument.wordprocessingml.document
    x-awk x-bash x-graphql x-httpd-php x-httpd-php-source x-iif x-json5 x-ndjson x-patch x-php x-powershell x-protobuf
    x-rust x-scala x-sql x-subrip x-terraform x-toml x-yaml yaml
"""

DOCUMENTS = frozenset(
    (
        "message/rfc822",
        *(f"text/x-{name}" for name in CODE.split()),
        *(f"text/{name}" for name in TEXTS.split()),
        *(f"application/{name}" for name in APPLICATIONS.split()),
    )
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What an address may hold: how its refusal begins and ends, which type it needs, an example."""

    begins: str
    needs: str
    example: str
    fits: Callable[[str], bool]
    ends: str = ""

    def refusal(self, place: str, found: str) -> BadRequest:
        """What is said of an address at `place` in which this was `found`."""
        wanted = f"Expected a base64-encoded data URL with {self.needs} MIME type (e.g. '{self.example}')"
        words = f"{self.begins.format(place)} {wanted}, but got {found}.{self.ends}"
        return BadRequest(words, param=place, code="invalid_value")


def _picture(media: str) -> bool:
    return media.startswith("image/")


_PNG = "data:image/png;base64,aW1nIGJ5dGVzIGhlcmU="
_HELLO = "SGVsbG8sIFdvcmxkIQ=="
_GUIDE = "https://platform.openai.com/docs/assistants/tools/file-search#supported-files"

CHAT_PICTURE = Kind("Invalid image URL: '{}'.", "an image", _PNG, _picture)
CHAT_FILE = Kind(
    "Invalid file data: '{}'.",
    "an application/pdf",
    f"data:application/pdf;base64,{_HELLO}",
    "application/pdf".__eq__,
)
PICTURE = Kind("Invalid '{}'.", "an image", _PNG, _picture)
DOCUMENT = Kind(
    "Invalid file data: '{}'.",
    "a valid file",
    f"data:text/plain;base64,{_HELLO}",
    DOCUMENTS.__contains__,
    f" Please see {_GUIDE} for supported file types.",
)


@rule("chat.completions.create", "cross-field")
def in_chats(_call: Call, body: dict[str, Any]) -> None:
    """Pictures have addresses on the net or hold their data, documents hold it."""
    for place, part in _parts(body["messages"], "messages", "content"):
        shown, file = part.get("image_url"), part.get("file")
        if isinstance(shown, dict) and not _elsewhere(shown["url"]):
            _look(shown["url"], f"{place}.image_url.url", CHAT_PICTURE)
        if isinstance(file, dict) and file.get("file_data") is not None:
            _look(file["file_data"], f"{place}.file.file_data", CHAT_FILE)


@rule("beta.responses.create", "cross-field")
@rule("responses.create", "cross-field")
def in_responses(_call: Call, body: dict[str, Any]) -> None:
    """So it is here, in messages and in what comes of calls; bare data is told otherwise."""
    given = body.get("input")
    for field in ("content", "output"):
        for place, part in _parts(given if isinstance(given, list) else [], "input", field):
            shown, data = part.get("image_url"), part.get("file_data")
            if part.get("type") == "input_image" and shown is not None and not _elsewhere(shown):
                where = f"{place}.image_url"
                if not shown.startswith("data:"):
                    words = f"Invalid '{where}'. Expected a valid URL, but got a value with an invalid format."
                    raise BadRequest(words, param=where, code="invalid_value")
                _look(shown, where, PICTURE)
            if part.get("type") == "input_file" and data is not None and data.startswith("data:"):
                _look(data, f"{place}.file_data", DOCUMENT)


@placing("beta.responses.create", "cross-field")
@placing("responses.create", "cross-field")
def in_one_place(_call: Call, body: dict[str, Any]) -> Iterator[ApiError]:
    """A picture is a file or has an address, a server has one of three."""
    given, tools = body.get("input"), body.get("tools")
    for field in ("content", "output"):
        for place, part in _parts(given if isinstance(given, list) else [], "input", field):
            if part.get("type") == "input_image":
                yield from _one_of(part, place, ("file_id", "image_url"))
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and tool.get("type") == "mcp":
            yield from _one_of(tool, f"tools[{index}]", ("server_url", "connector_id", "tunnel_id"))


def _one_of(value: dict[str, Any], place: str, names: tuple[str, ...]) -> Iterator[ApiError]:
    """What is said of a value with none of these, or with several."""
    told = [name for name in names if value.get(name) is not None]
    if len(told) == 1:
        return
    code, offered = "mutually_exclusive_parameters", one_of([quote(name) for name in told or names])
    if told:
        words = f"Mutually exclusive parameters: '{place}'. Ensure you are only providing {offered}."
    else:
        code = f"missing_{code}"
        words = f"Missing mutually exclusive parameters: '{place}'. Ensure you are providing exactly {offered}."
    yield BadRequest(words.replace("one of ", "one of: "), param=place, code=code)


def _parts(messages: list[Any], name: str, field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The parts of messages or items, each behind the place where it is."""
    for index, message in enumerate(messages):
        content = message.get(field) if isinstance(message, dict) else None
        for at, part in enumerate(content if isinstance(content, list) else ()):
            if isinstance(part, dict):
                yield f"{name}[{index}].{field}[{at}]", part


def _elsewhere(address: str) -> bool:
    """Whether an address is on the net."""
    return "://" in address[:LOOK] and not address.startswith("data:")


def _look(address: str, place: str, kind: Kind) -> None:
    head, _, data = address.partition(",")
    media = head.removeprefix("data:").partition(";")[0]
    if not address.startswith("data:"):
        raise kind.refusal(place, "a value without the 'data:' prefix")
    if not kind.fits(media):
        raise kind.refusal(place, f"unsupported MIME type '{media}'")
    if not data:
        raise kind.refusal(place, "empty base64-encoded bytes")
    if not BASE64.fullmatch(data[:LOOK]):
        raise kind.refusal(place, "an invalid base64-encoded value")
