"""Training data read as the API reads it, and the course of a training: steps, losses, what is left of it.

The sentences about bad files are those that failed jobs carry (as their owners quote them); how many epochs and which
batch a file gets is the rule of OpenAI's cookbook, which recorded jobs agree with.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from .dice import dice

FEWEST = 10
"""Examples without which no training begins."""

MOST_SHOWN = 1000
"""Steps of a training that are told one by one; a longer one tells of every second, third …, and of its last."""


class BadFile(Exception):
    """A file that cannot be trained on: `code` is the API's, the text its sentence."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def examples(data: bytes, method: str, file: str, name: str) -> list[dict[str, Any]]:
    """The examples of a file of JSON lines, for a training by `method` (supervised, dpo, reinforcement).

    `file` is its id, `name` its part in the training ("training" or "validation"). Raises BadFile where the API would
    let the job fail.
    """
    code = f"invalid_{name}_file"
    start = f"The job failed due to an invalid {name} file."
    found = []
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        try:
            example = orjson.loads(line)
        except orjson.JSONDecodeError:
            example = None
        if not isinstance(example, dict):
            raise BadFile(
                f"{start} Expected file to have JSONL format, where every line is a JSON dictionary. "
                f"Line {number} is not a dictionary.",
                code,
            )
        found.append(example)
    for number, example in enumerate(found, 1):
        wrong = _wrong(example, method, number, file)
        if wrong:
            raise BadFile(f"{start} {wrong}", code)
    if len(found) < FEWEST and name == "training":
        words = f"Training file has {len(found)} example(s), but must have at least {FEWEST} examples"
        raise BadFile(words, "invalid_n_examples")
    return found


def _wrong(example: Mapping[str, Any], method: str, number: int, file: str) -> str | None:
    """What the API finds wrong with one example; None where it takes it."""
    compared = "preferred_output" in example and "non_preferred_output" in example
    source = example.get("input") if compared else example
    messages = source.get("messages") if isinstance(source, dict) else None
    if method == "supervised" and isinstance(example.get("prompt"), str) and isinstance(example.get("completion"), str):
        return None
    if not isinstance(messages, list) or not messages:
        return "Unexpected file format, expected either prompt/completion pairs or chat messages."
    if compared != (method == "dpo"):
        form = "preference" if compared else "fine-tune-chat"
        used = "dpo" if compared else "supervised"
        return (
            f"Invalid file format. Input file {file} is in the {form} format, but the specified fine-tuning job is not "
            f"using '{used}' as the training method (provided method={method})."
        )
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            return f"Invalid file format. Example {number}, message {place} Discriminator 'role' is missing in value"
    if method == "supervised" and messages[-1]["role"] != "assistant":
        return f"Invalid file format. Example {number}, last message must be from the assistant"
    return None


def texts(example: Mapping[str, Any]) -> list[list[Any]]:
    """The conversations in an example, each a list of messages."""
    source = example.get("input") if isinstance(example.get("input"), dict) else example
    found = [(source or {}).get("messages"), example.get("preferred_output"), example.get("non_preferred_output")]
    return [messages for messages in found if messages]


def resolved(asked: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Hyperparameters with a number for every `auto` that the API decides on by the number of examples."""
    epochs = 3
    if count * epochs < 100:
        epochs = min(25, 100 // count)
    elif count * epochs > 25_000:
        epochs = max(1, 25_000 // count)
    chosen: dict[str, float] = {"n_epochs": epochs, "batch_size": max(1, min(256, round(count * 0.002)))}
    chosen |= {"learning_rate_multiplier": 2.0, "beta": 0.1, "compute_multiplier": 1.0}
    chosen |= {"eval_interval": 5, "eval_samples": 1}
    return {name: chosen.get(name, value) if value == "auto" else value for name, value in asked.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a training: its number, how far off the model was, and how many tokens it got right (0 to 1).

    Both are told for the validation file too where there is one; `whole` where all of it was tried.
    """

    number: int
    loss: float
    accuracy: float
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    whole: bool = False

    def data(self, total: int) -> dict[str, Any]:
        """The step as the event of it tells it."""
        told: dict[str, Any] = {"step": self.number, "train_loss": self.loss, "total_steps": total}
        told["train_mean_token_accuracy"] = self.accuracy
        return told | self._valid()

    def metrics(self) -> dict[str, Any]:
        """The step as a checkpoint tells it."""
        told = {"step": self.number, "train_loss": self.loss, "train_mean_token_accuracy": self.accuracy}
        return told | self._valid()

    def _valid(self) -> dict[str, Any]:
        if self.valid_loss is None:
            return {}
        told = {"valid_loss": self.valid_loss, "valid_mean_token_accuracy": self.valid_accuracy}
        if self.whole:
            told |= {"full_valid_loss": self.valid_loss, "full_valid_mean_token_accuracy": self.valid_accuracy}
        return told

    def words(self, total: int) -> str:
        """The step in the words of its event."""
        words = f"Step {self.number}/{total}: training loss={self.loss:.2f}"
        if self.valid_loss is not None:
            words += f", validation loss={self.valid_loss:.2f}"
            words += f", full validation loss={self.valid_loss:.2f}" if self.whole else ""
        return words


def steps(total: int, ends: Sequence[int], seed: int, *, validated: bool) -> list[Step]:
    """The course of a training of so many steps, `ends` being the last of each epoch: it gets better, and not evenly.

    The same seed gives the same course.
    """
    every = -(-total // MOST_SHOWN)
    shown = sorted({*range(1, total + 1, every), *ends})
    return [_step(number, total, seed, validated=validated, whole=number in ends) for number in shown]


def _step(number: int, total: int, seed: int, *, validated: bool, whole: bool) -> Step:
    rng = dice("training", seed, number)
    loss = round(2.4 * math.exp(-3.5 * number / total) * rng.uniform(0.8, 1.2) + 0.05, 5)
    if not validated or not (whole or number % 10 == 0):
        return Step(number, loss, _accuracy(loss))
    tried = round(loss * rng.uniform(1.0, 1.3), 5)
    return Step(number, loss, _accuracy(loss), tried, _accuracy(tried), whole)


def _accuracy(loss: float) -> float:
    return round(math.exp(-loss / 2), 5)


def table(course: Sequence[Step]) -> bytes:
    """The result file of a training: a CSV table in base64, as the API keeps it (and the cookbook reads it)."""
    lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
    for step in course:
        cells = (step.number, step.loss, step.accuracy, step.valid_loss, step.valid_accuracy)
        lines.append(",".join("" if cell is None else str(cell) for cell in cells))
    return base64.b64encode(("\n".join(lines) + "\n").encode())
