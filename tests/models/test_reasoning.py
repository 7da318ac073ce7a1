from __future__ import annotations

import pytest

from medinst.models.reasoning import parted


@pytest.mark.parametrize(
    ("text", "thought", "answer"),
    [
        ("[liver <Organ>]", "", "[liver <Organ>]"),
        ("<think>Is it an organ?</think>\n\n[liver <Organ>]", "Is it an organ?", "[liver <Organ>]"),
        ("\n<think>\n</think>yes", "", "yes"),
        ("It is an organ.</think> yes", "It is an organ.", "yes"),
        ("<think>and so on without an e", "and so on without an e", ""),
        ("<thinking>a</thinking>b", "a", "b"),
        ("<|channel|>analysis<|message|>hm<|channel|>final<|message|>no", "<|message|>hm", "no"),
        ("the tag <think> is closed by </think>", "", "the tag <think> is closed by </think>"),
        ("<think>one</think>the end tag is </think>", "one", "the end tag is </think>"),
        ("", "", ""),
    ],
)
def test_thoughts_are_kept_apart(text, thought, answer):
    assert parted(text) == (thought, answer)
