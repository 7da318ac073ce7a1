"""Porter's stemmer as nltk runs it by default, which is what ROUGE with stems is defined by.

Sources: M. F. Porter, "An algorithm for suffix stripping" (1980), and the departures from it of ``nltk``'s mode
``NLTK_EXTENSIONS``, marked as such. It spares ROUGE the second that importing nltk takes and most of the stemming time.
"""

from __future__ import annotations

# nltk's irregular forms, and the words that are left alone
IRREGULAR = {word: word for word in ("sky", "news", "inning", "outing", "canning", "howe")}
IRREGULAR |= {word: word for word in ("proceed", "exceed", "succeed")}
IRREGULAR |= {"innings": "inning", "outings": "outing", "cannings": "canning"}
IRREGULAR |= {"skies": "sky", "dying": "die", "lying": "lie", "tying": "tie"}

# Suffixes with what replaces them, in the order in which they are tried.
_STEP_2 = {"ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble"}
_STEP_2 |= {"alli": "al", "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate"}
_STEP_2 |= {"alism": "al", "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive"}
_STEP_2 |= {"biliti": "ble", "fulli": "ful"}
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent"),
    *("ou", "ism", "ate", "iti", "ous", "ive", "ize"),
)

_KINDS = bytes(ord("v" if chr(code) in "aeiou" else "y" if chr(code) == "y" else "c") for code in range(256))


def stem(word: str) -> str:
    """Return the stem of a word of the characters a-z and 0-9."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 2:
        return word
    return _step_5(_step_4(_replaced(_step_2(_step_1c(_step_1b(_step_1a(word)))), _STEP_3)))


def _step_1a(word: str) -> str:
    """Take a plural apart."""
    if not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-1] if len(word) == 4 else word[:-2]  # nltk: dies, die; ponies, poni
    return word[:-2] if word.endswith("sses") else word[:-1]


def _step_1b(word: str) -> str:
    """Take a past tense or a participle apart."""
    if word.endswith("ied"):
        return word[:-1] if len(word) == 4 else word[:-2]  # nltk: died, die; cried, cri
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    for suffix in ("ed", "ing"):
        start = word.removesuffix(suffix)
        if start != word and b"v" in _shape(start):
            return _completed(start)
    return word


def _completed(start: str) -> str:
    """Return what remains of a participle as a word: hopp, hop; fil, file."""
    if start.endswith(("at", "bl", "iz")):
        return start + "e"
    if start[-2:-1] == start[-1] and _shape(start).endswith(b"c"):
        return start if start[-1] in "lsz" else start[:-1]
    return start + "e" if _measure(start) == 1 and _is_short(start) else start


def _step_1c(word: str) -> str:
    """Turn a last y into i behind a consonant that is not all there is (nltk: enjoy, enjoy)."""
    return word[:-1] + "i" if word.endswith("y") and len(word) > 2 and _shape(word[:-1]).endswith(b"c") else word


def _step_2(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]):
        return _step_2(word[:-2])  # nltk: once more
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) else word  # nltk: the l belongs to the stem, for geo-logi
    return _replaced(word, _STEP_2)


def _replaced(word: str, suffixes: dict[str, str]) -> str:
    """Replace the first suffix that fits if there is a vowel and a consonant before it; no other is tried."""
    if not word.endswith(tuple(suffixes)):
        return word
    for suffix, replacement in suffixes.items():
        if word.endswith(suffix):
            start = word[: -len(suffix)]
            return start + replacement if _measure(start) else word
    return word


def _step_4(word: str) -> str:
    """Drop the suffix that fits first from a long word, ``ion`` behind s or t only."""
    for suffix in _STEP_4 if word.endswith(_STEP_4) else ():
        if word.endswith(suffix):
            start = word[: -len(suffix)]
            return start if _measure(start) > 1 else word
    return word[:-3] if word.endswith(("sion", "tion")) and _measure(word[:-3]) > 1 else word


def _step_5(word: str) -> str:
    """Drop a last e, then one of two last l."""
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _is_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _shape(text: str) -> bytes:
    """Return ``c`` for every consonant and ``v`` for every vowel; y is a consonant at the start and behind a vowel."""
    shape = text.encode("ascii").translate(_KINDS)
    if b"y" not in shape:
        return shape
    kinds = bytearray(b"v" + shape)
    at = 0
    while (at := kinds.find(b"y", at)) >= 0:
        kinds[at] = ord("v") if kinds[at - 1] == ord("c") else ord("c")
    return bytes(kinds[1:])


def _measure(text: str) -> int:
    """Return how often a consonant follows a vowel."""
    return _shape(text).count(b"vc")


def _is_short(text: str) -> bool:
    """Say whether the end is consonant, vowel, consonant other than w, x, y; or all is vowel, consonant (nltk)."""
    shape = _shape(text)
    return (shape.endswith(b"cvc") and text[-1] not in "wxy") or shape == b"vc"
