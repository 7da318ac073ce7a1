"""What a sample becomes in each format. The turns of a chat are those of ``models.prompts``, as in evaluation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pyarrow as pa

from medinst.models import prompts
from medinst.schema import Sample

Record = dict[str, Any]


class Format(msgspec.Struct, frozen=True):
    """A format of files by row and split: how a sample with that many demonstrations is written, and its columns."""

    render: Callable[[Sample, int], Record]
    schema: pa.Schema


def turns(sample: Sample, shots: int) -> list[dict[str, str]]:
    """Return the whole chat of a sample, its answer last."""
    return [*prompts.messages(sample, shots), {"role": "assistant", "content": sample.output}]


def trl(sample: Sample, shots: int) -> Record:
    """Return a conversational prompt and its completion."""
    chat = turns(sample, shots)
    return {"id": sample.id, "prompt": chat[:-1], "completion": chat[-1:]}


def messages(sample: Sample, shots: int) -> Record:
    """Return the chat and nothing else, which is also what OpenAI's fine-tuning takes."""
    return {"messages": turns(sample, shots)}


def alpaca(sample: Sample, shots: int) -> Record:
    """Return the columns of Alpaca; joined by a newline, instruction and input are the user turn."""
    return {
        "id": sample.id,
        "instruction": sample.instruction,
        "input": sample.input,
        "output": sample.output,
        "history": sample.history[:shots],
    }


def sharegpt(sample: Sample, shots: int) -> Record:
    """Return the chat under the names that ShareGPT's files use."""
    names = {"user": "human", "assistant": "gpt"}
    chat = [{"from": names[turn["role"]], "value": turn["content"]} for turn in turns(sample, shots)]
    return {"id": sample.id, "conversations": chat}


def axolotl(sample: Sample, shots: int) -> Record:
    """Return the chat with a mark on the one turn to be learnt: the answer, not those of the demonstrations."""
    chat = turns(sample, shots)
    return {"messages": [{**turn, "training": turn is chat[-1]} for turn in chat]}


def _chat(first: str = "role", second: str = "content", **more: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct({first: pa.string(), second: pa.string(), **more}))


_TEXT = pa.string()
FORMATS = {
    "trl": Format(trl, pa.schema({"id": _TEXT, "prompt": _chat(), "completion": _chat()})),
    "messages": Format(messages, pa.schema({"messages": _chat()})),
    "alpaca": Format(
        alpaca,
        pa.schema(
            {
                **dict.fromkeys(("id", "instruction", "input", "output"), _TEXT),
                "history": pa.list_(pa.list_(_TEXT)),
            }
        ),
    ),
    "sharegpt": Format(sharegpt, pa.schema({"id": _TEXT, "conversations": _chat("from", "value")})),
    "llama-factory": Format(messages, pa.schema({"messages": _chat()})),
    "axolotl": Format(axolotl, pa.schema({"messages": _chat(training=pa.bool_())})),
}
