"""`mockai init`: the files with which a project begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError

OPTIONS = """\
# Options of mockai: at the top for every command, below a command's name for that one. `mockai serve --help` has all.
seed: 0                      # rules every free choice
serve:
  stubs: stubs.yaml          # read again when it changes
  # ttft: 0.3                # seconds to the first chunk of a stream
  # rate_limit: tier-1       # counted always, enforced with this
"""
STUBS = """\
# What the mock says, and when: the last stub that matches answers, once unless it says otherwise.
- on: chat.completions.create
  reply: Hello from mockai!
  always: true

- on: chat.completions.create
  where: {messages: {contains: weather}}
  call_tool: {name: get_weather, arguments: {city: Paris}}
  always: true
"""
TEST = '''\
"""One test with the fixture `mockai`, to begin with: `pytest test_with_mockai.py`."""

from openai import OpenAI


def test_a_greeting(mockai):
    mockai.on("chat.completions.create").reply("Hello!")
    said = OpenAI().chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "Hi."}])
    assert said.choices[0].message.content == "Hello!"
'''
FILES = {"mockai.yaml": OPTIONS, "stubs.yaml": STUBS, "test_with_mockai.py": TEST}
NEXT = """\
Next: `mockai serve` answers at http://127.0.0.1:4010/v1, `pytest test_with_mockai.py` runs the test,
`mockai record --upstream https://api.openai.com/v1 --to cassettes` tapes the real API, `mockai doctor` looks around."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The files that were written, and those that were there and are as they were."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]

    def text(self) -> str:
        """What happened, for people."""
        lines = [*(f"{path}: written" for path in self.written), *(f"{path}: was there already" for path in self.kept)]
        return "\n".join([*lines, NEXT])


def begin(folder: Path) -> Begun:
    """Write the files that are not there yet. Raises ConfigError where that cannot be."""
    written, kept = [], []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be a folder ({error.strerror}).") from None
    for name, text in FILES.items():
        path = folder / name
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            written.append(path)
        except FileExistsError:
            kept.append(path)
        except OSError as error:
            raise ConfigError(f"{path} cannot be written ({error.strerror}).") from None
    return Begun(tuple(written), tuple(kept))
