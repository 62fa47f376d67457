"""The mock that a test has taken: what it was given, what it did, and what is wrong with that at its end.

Imported by the first test that takes one: a session without any is not to wait for mockai.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockai import MockAI, MockaiError, VerificationError
from mockai.edges.blocking import Reach, Watch, installed
from mockai.edges.host import Host, bypassed, environment, hosting

from .session import TAKEN, TAPES, WATCH, Node, is_live
from .settings import in_ci, setting
from .vcr import marked
from .vcr import options as vcr_options

WHAT = "the fixture `mockai`"


@dataclass(eq=False)
class Taken:
    """A mock in use.

    `wide` says that tests share it; `cut`, that one of them did not come to its end; `idle`, that it need not be asked.
    """

    mock: MockAI
    watch: Watch
    wide: bool
    began: int
    cut: bool = False
    idle: bool = False
    told: int = 0  # misses that a test of its own was failed for

    @property
    def reaches(self) -> list[Reach]:
        """The connections that were opened meanwhile, but for those to the mock."""
        return self.watch.reaches[self.began :]

    def missed(self) -> list[str]:
        """What nobody answered, and no test has been told of."""
        return self.mock.misses[self.told :]

    def past(self) -> str:
        """What to say of a client that went elsewhere."""
        if self.idle and not self.reaches:
            return ""
        return bypassed(self.mock, self.reaches, WHAT)

    def verify(self, unused: str, node: Node) -> None:
        """Raises VerificationError for what was promised and did not happen, or warns of it."""
        past = self.past()
        if past:
            raise VerificationError(past)
        del self.mock.misses[: self.told]
        self.mock.verify(unused=unused == "error")
        for words in self.mock.unused() if unused == "warn" else ():
            node.warn(pytest.PytestWarning(words))


SERVER = pytest.StashKey[Host]()


def server(config: pytest.Config) -> Host:
    """The server of a session: it starts for the first who needs it, and watches what goes past it."""
    stash = config.stash
    if SERVER not in stash:
        stack = ExitStack()
        config.add_cleanup(stack.close)
        host = stash[SERVER] = stack.enter_context(hosting())
        if WATCH not in stash:
            stash[WATCH] = stack.enter_context(installed(Watch()))
        stash[WATCH].ours.add(host.port)
    return stash[SERVER]


def taken(node: Node, options: dict[str, Any], tape: Path, cassette: bool) -> Iterator[MockAI]:
    """The mock of a test, on the session's server: all that a fixture yields; raises Failed for what is wrong then."""
    config = node.config
    try:
        mock = MockAI(**options)
    except MockaiError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    host = server(config)
    watch = config.stash[WATCH]
    name, mock.url = host.open(mock)
    wide = setting(config, "scope") != "function"
    own = config.stash[TAKEN] = Taken(mock, watch, wide, len(watch.reaches), idle=marked(node))
    try:
        with environment(mock):
            yield mock
    finally:
        del config.stash[TAKEN]
        host.scopes.close(name)
    if cassette:
        config.stash[TAPES].note(node, tape, mock, own.cut)
    try:
        mock.close()
        if not own.cut:
            own.verify(setting(config, "unused"), node)
    except (VerificationError, MockaiError) as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def options_of(node: Node, config: Mapping[str, Any], tape: Path, others: Sequence[Path] = ()) -> dict[str, Any]:
    """The options of a test's MockAI: those of its markers before those of `config`, and its cassette.

    It may have `others` beside, which it only plays.
    """
    if not isinstance(config, Mapping):
        pytest.fail(
            f"mockai_config is a dict of MockAI's options, such as {{'seed': 7}}, not {config!r}.", pytrace=False
        )
    given = vcr_options(node) | dict(config)
    for marker in reversed(list(node.iter_markers("mockai"))):
        if marker.args:
            pytest.fail(f"@pytest.mark.mockai takes options by name, not {marker.args[0]!r}.", pytrace=False)
        given |= marker.kwargs
    if given:
        _check(given)
    options = {"record_mode": setting(node.config, "record"), **given}
    named = options.pop("cassette", None)
    upstream = setting(node.config, "upstream")
    if is_live(node):
        return {"upstream": upstream, **options, "record_mode": "all", "record_to": None}
    tape = node.path.parent / named if named else tape
    if named and options["record_mode"] == "rewrite":
        options["record_mode"] = "all"  # other tests may have recorded to it, too
    if named or tape.exists():
        options["cassette"] = tape
    if others:
        options["cassette"] = [*([options["cassette"]] if "cassette" in options else []), *others]
    if options["record_mode"] == "none" or (in_ci() and options["record_mode"] != "verify"):
        return options | {"record_mode": "none", "upstream": None}
    return {"upstream": upstream, "record_to": tape, **options}


def _check(options: Mapping[str, Any]) -> None:
    """Fail a test that gives its MockAI an option which does not exist."""
    from dataclasses import fields
    from difflib import get_close_matches

    from mockai import MockAI

    known = [option.name for option in fields(MockAI)]
    for wrong in options.keys() - known:
        near = get_close_matches(wrong, known, 1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(known)}."
        pytest.fail(f"MockAI has no option {wrong!r}. {hint}", pytrace=False)
