"""How a JSON body was spelled: named styles with which its value is dumped again to the very same bytes.

A style reads `layout-escape[-short][-newline]`, for instance `compact-utf8` or `pretty4-html-newline`:

    layout   compact `{"a":1}` · spaced `{"a": 1}` (Python's default) · pretty2 · pretty4 · tabs (one item a line)
    escape   utf8 (nothing beyond what JSON demands) · ascii (Python's default) · html (`<>&` too, as Go and edge
             gateways do) · slashes (ascii, and `\\/`, as PHP does)
    short    0.00001 and 1e-7 where Python writes 1e-05 and 1e-07 (JavaScript, Rust, the moderation service)
    newline  one line feed after the value
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import orjson

DEFAULT = "compact-utf8"

LAYOUTS: dict[str, dict[str, Any]] = {
    "compact": {"separators": (",", ":")},
    "spaced": {},
    "pretty2": {"indent": 2},
    "pretty4": {"indent": 4},
    "tabs": {"indent": "\t"},
}

HTML = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
ESCAPES: dict[str, tuple[bool, Callable[[str], str]]] = {
    "utf8": (False, lambda text: text),
    "ascii": (True, lambda text: text),
    "html": (False, lambda text: text.translate(HTML)),
    "slashes": (True, lambda text: text.replace("/", "\\/")),
}

INDENTS = {"\n  ": "pretty2", "\n    ": "pretty4", "\n\t": "tabs"}
OPENING = re.compile(r"[\[{](\n[ \t]+)?")
EXPONENT = re.compile(r'"(?:[^"\\]|\\.)*"|(-?)(\d)(?:\.(\d+))?e([-+])0*(\d+)')
# Numbers that JSON writers spell differently; without one, the fast writer's bytes are everybody's bytes.
ODD_NUMBER = re.compile(rb"[0-9](?:[eE][-+]?[0-9]|(?<=0)\.0000|[0-9]{16}\.)")
NUMERALS = bytes.maketrans(b"+-123456789", b"00000000000")
LONG = b"0" * 17 + b"."


def style_of(raw: bytes) -> tuple[Any, str] | None:
    """The value and the style of a JSON text, or None where no style gives exactly these bytes again.

    None as well for what is not JSON, for duplicate keys, for numbers spelled in a way of their own, and for
    unpaired surrogates, which no other text format could carry.
    """
    try:
        text = raw.decode()
        value = json.loads(text, parse_constant=_refuse)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()  # refuses unpaired surrogates
        for style in _candidates(text):
            if dump(value, style) == raw:
                return value, style
    except (ValueError, RecursionError):
        pass
    return None


def dump(value: Any, style: str = DEFAULT) -> bytes:
    """`value` as JSON in a named style. Raises ValueError for an unknown style or a value JSON cannot hold."""
    layout, escape, short, newline = parts(style)
    end = b"\n" if newline else b""
    if escape == "utf8" and layout in ("compact", "pretty2"):
        try:
            fast = orjson.dumps(value, option=orjson.OPT_INDENT_2 if layout == "pretty2" else 0)
        except (TypeError, ValueError):  # integers beyond 64 bits
            fast = b"1e1"
        if not _has_odd_number(fast):
            return fast + end
    ascii_only, finish = ESCAPES[escape]
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, **LAYOUTS[layout])
    if short:
        text = EXPONENT.sub(_short, text)
    return finish(text).encode() + end


@lru_cache(maxsize=64)
def parts(style: str) -> tuple[str, str, bool, bool]:
    """Layout, escape, short and newline of a style's name. Raises ValueError where it is none."""
    layout, _, rest = style.partition("-")
    escape, *marks = rest.split("-")
    known = layout in LAYOUTS and escape in ESCAPES
    if not known or marks not in ([], ["short"], ["newline"], ["short", "newline"]):
        raise ValueError(
            f"{style!r} is not a JSON style: it is a layout ({', '.join(LAYOUTS)}), an escape ({', '.join(ESCAPES)}), "
            "then -short and -newline where they apply."
        )
    return layout, escape, "short" in marks, "newline" in marks


def _has_odd_number(fast: bytes) -> bool:
    """Whether there is an ODD_NUMBER in what the fast writer wrote; it is searched for only where there may be one."""
    digits = fast.translate(NUMERALS)
    likely = b"0.0000" in fast or b"0e0" in digits or LONG in digits
    return likely and ODD_NUMBER.search(fast) is not None


def _candidates(text: str) -> Iterator[str]:
    opening = OPENING.match(text)
    indent = opening[1] if opening else None
    layouts = [INDENTS[indent]] if indent in INDENTS else ["compact", "spaced"]
    escapes = ["utf8"]
    if "\\u" in text:
        escapes = ["ascii", "html", "utf8", "slashes"] if text.isascii() else ["html", "utf8"]
    if "\\/" in text:
        escapes = ["slashes", *escapes]  # or a backslash, and a slash after it
    shorts = ["", "-short"] if ODD_NUMBER.search(text.encode()) else [""]
    newline = "-newline" if text.endswith("\n") else ""
    for layout in layouts:
        for escape in escapes:
            for short in shorts:
                yield f"{layout}-{escape}{short}{newline}"


def _short(match: re.Match[str]) -> str:
    sign, lead, rest, direction, exponent = match.groups()
    if lead is None:  # a string
        return match[0]
    if direction == "-" and exponent == "5":
        return f"{sign}0.0000{lead}{rest or ''}"
    return f"{sign}{lead}{'.' + rest if rest else ''}e{'-' if direction == '-' else ''}{exponent}"


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
