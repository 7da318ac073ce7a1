"""lm-eval's own command line, with a model that gives prepared answers and notes what it was asked.

``python tests/lm_eval_answers.py ANSWERS ASKED ARGS…``: ANSWERS is JSON by sample id, a text, or likelihoods of the
choices; ASKED gets a line of (id, prompt) for every request. Nothing is downloaded.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}

from lm_eval.__main__ import cli_evaluate
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

ANSWERS, ASKED = Path(sys.argv[1]), Path(sys.argv[2])


@register_model("prepared")
class Prepared(LM):
    """Says what was prepared; its chat template writes a chat as JSON."""

    tokenizer_name = "none"

    def __init__(self) -> None:
        super().__init__()
        self.answers = json.loads(ANSWERS.read_text("utf-8"))

    @classmethod
    def create_from_arg_obj(cls, arg_dict: dict[str, Any], additional_config: Any = None) -> Prepared:
        return cls()

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        assert add_generation_prompt
        return json.dumps(chat_history)

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str | None]:
        return [self._told(request) for request in requests]

    def loglikelihood(self, requests: list[Instance], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        return [(self._told(request)[request.idx], False) for request in requests]

    def loglikelihood_rolling(self, requests: list[Instance], disable_tqdm: bool = False) -> list[float]:
        raise NotImplementedError

    def _told(self, request: Instance) -> Any:
        with ASKED.open("a") as file:
            file.write(json.dumps([request.doc["id"], *request.args]) + "\n")
        return self.answers[request.doc["id"]]


if __name__ == "__main__":
    sys.argv[1:] = ["run", "--model", "prepared", "--model_args", "pretrained=none", *sys.argv[3:]]
    cli_evaluate()
