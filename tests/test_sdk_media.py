"""Images, audio, stored completions and fine-tuning as the users of two major versions of the SDK see them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sdk_media
from wires import environment

from mockai import MockAI

SEEN: dict[str, Any] = {
    "stored": {
        "listed": True,
        "metadata": {"team": "b"},
        "messages": [[True, "user", "one"]],
        "chosen": True,
        "deleted": True,
        "refused": ["not_found", "completion_id"],
    },
    "tuned": {
        "statuses": ["validating_files", "succeeded"],
        "events": ["The job has successfully completed", True, True],
        "checkpoints": [96, 84, 72],
        "results": "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy",
        "answers": [True, True],
        "deleted": True,
    },
    "drawn": {
        "magic": "RIFF",
        "tokens": 272,
        "events": ["image_generation.partial_image"] * 2 + ["image_generation.completed"],
        "edited": 194,
        "older": [True, True],
    },
    "heard": {"wave": "RIFF", "plain": True, "words": "", "streamed": True},
}


def told(seen: Any) -> Any:
    """What was seen, as JSON has it, without the words that nobody has to say."""
    value = json.loads(json.dumps(seen))
    for name in ("sync", "async"):
        words = value[name]["heard"].pop("words")
        assert words
        assert value[name]["heard"] | {"words": ""} == SEEN["heard"]
        value[name]["heard"] = SEEN["heard"]
    return value


def test_the_sdk_at_hand() -> None:
    with MockAI() as mock, mock.serve() as url:
        assert told(sdk_media.main(url)) == {"sync": SEEN, "async": SEEN}


def test_the_sdk_before() -> None:
    if not Path(sys.prefix, "sdk", "openai-2").is_dir():
        pytest.skip(f"There is no {sys.prefix}/sdk/openai-2; `make test` puts it there.")
    with MockAI() as mock, mock.serve() as url:
        run = subprocess.run(
            [sys.executable, sdk_media.__file__, url],
            env=environment("openai-2"),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen.pop("version").startswith("2.")
    assert told(seen) == {"sync": SEEN, "async": SEEN}
