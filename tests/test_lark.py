"""Sentences of grammars in Lark's notation; each pattern below is what Lark's own parser takes of its grammar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random

import pytest
from asking import ask, chat, request

from mockai import MockAI
from mockai.lark import BadGrammar, sentence

SUMS = """
    start: expr
    expr: term (SP ADD SP term)* -> add
    | term
    term: factor (SP MUL SP factor)* -> mul
    | factor  // as in OpenAI's guide to function calling
    factor: INT
    SP: " "
    ADD: "+"
    MUL: "*"
    %import common.INT
"""
KEPT = {
    "sums": (SUMS, r"\d+( [+*] \d+)*"),
    "brackets": ('start: "(" start ")" | "x"', r"\(*x\)*"),
    "ranges": ('start: L+ "-" ("0".."9")~2 # two digits\nL: "a".."f"', r"[a-f]+-[0-9]{2}"),
    "repeats": (
        'start: "SELECT " n (", " n)~1..2 [" LIMIT " INT] ";"?\n!n.2: /[a-z]{2,6}/i\n%import common.INT',
        r"SELECT [a-z]{2,6}(, [a-z]{2,6}){1,2}( LIMIT \d+)?;?",
    ),
    "escapes": (r'start: "\"" /[^"\/]+/ "\n"', r'"[^"/]+\n'),
    "values": (
        """
        ?start: value
        ?value: array | STRING | NUMBER -> number | "true" | "null"
        array: "[" [value ("," value)*] "]"
        %import common.ESCAPED_STRING -> STRING
        %import common (NUMBER, WS)
        %ignore WS
        """,
        r'[\[\],"a-z0-9]+',
    ),
    "dates": (r"start: /[0-9]{4}/ /-(0[1-9]|1[0-2])/", r"\d{4}-(0[1-9]|1[0-2])"),
}
WRONG = {
    "endless": 'start: "a" start',
    "undefined": "start: foo",
    "startless": 'foo: "a"',
    "closed": 'start: "a" )',
    "unclosed": 'start: ("a"',
    "import": "start: X\n%import common.X",
    "no-rule": "hello world",
    "unread": "start: 'a'",
    "odd": "start: ~",
    "times": 'start: "a"~x',
    "matchless": r"start: /(?!a)a/",
}


@pytest.mark.parametrize("name", KEPT)
def test_every_sentence_is_of_the_grammar(name: str) -> None:
    grammar, pattern = KEPT[name]
    made = [sentence(grammar, Random(seed)) for seed in range(50)]
    assert [each for each in made if not re.fullmatch(pattern, each)] == []
    assert len(set(made)) > 1
    assert max(map(len, made)) < 2_000


def test_what_is_no_grammar_is_told(golden: Callable[[str, object], None]) -> None:
    told = []
    for name, grammar in WRONG.items():
        with pytest.raises(BadGrammar) as wrong:
            sentence(grammar, Random(1))
        told.append(f"{name}: {wrong.value}")
    golden("lark-wrong", "\n".join(told))


@pytest.mark.parametrize("definition", [SUMS, "start: foo"])
def test_a_custom_tool_keeps_to_its_grammar(definition: str) -> None:
    bound = {"type": "grammar", "syntax": "lark", "definition": definition}
    nested = {"type": "grammar", "grammar": {"syntax": "lark", "definition": definition}}
    mock = MockAI()
    custom = {"type": "custom", "custom": {"name": "sum", "format": nested}}
    in_chat = ask(mock, chat(tools=[custom], tool_choice="required"))
    free = {"type": "custom", "name": "sum", "format": bound}
    respond = ask(mock, request("/v1/responses", model="gpt-4.1", input="hi", tools=[free], tool_choice="required"))
    if definition == SUMS:
        (call,) = json.loads(in_chat.content)["choices"][0]["message"]["tool_calls"]
        for text in (call["custom"]["input"], json.loads(respond.content)["output"][0]["input"]):
            assert re.fullmatch(KEPT["sums"][1], text)
    else:
        for refused in (in_chat, respond):
            assert refused.status == 400
            assert "there is no rule 'foo'" in json.loads(refused.content)["error"]["message"]
