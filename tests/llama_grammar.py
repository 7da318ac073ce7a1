"""llama.cpp's own grammar engine without a model: does it read a grammar, and does a text fit that grammar?"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from pathlib import Path

INIT = "_Z23llama_grammar_init_implPK11llama_vocabPKcS3_bPS3_mPKim"
ACCEPT = "_Z20llama_grammar_acceptP13llama_grammarj"
STACKS = "_Z24llama_grammar_get_stacksP13llama_grammar"
FREE = "_Z23llama_grammar_free_implP13llama_grammar"


class _Vector(ctypes.Structure):
    _fields_ = (("begin", ctypes.c_void_p), ("end", ctypes.c_void_p), ("room", ctypes.c_void_p))


class Engine:
    """The engine in the library of xllamacpp, by the names that its C++ functions have there."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._init, self._accept = library[INIT], library[ACCEPT]
        self._stacks, self._free = library[STACKS], library[FREE]
        number, pointer = ctypes.c_size_t, ctypes.c_void_p
        self._init.restype = pointer
        self._init.argtypes = [
            pointer,
            ctypes.c_char_p,
            ctypes.c_char_p,
            ctypes.c_bool,
            pointer,
            number,
            pointer,
            number,
        ]
        self._accept.argtypes, self._accept.restype = [pointer, ctypes.c_uint32], None
        self._stacks.argtypes, self._stacks.restype = [pointer], ctypes.POINTER(_Vector)
        self._free.argtypes, self._free.restype = [pointer], None

    def fits(self, gbnf: str, text: str) -> bool | None:
        """Say whether a text is one that the grammar allows, whole; None where the grammar cannot be read."""
        grammar = self._init(None, gbnf.encode(), b"root", False, None, 0, None, 0)
        if not grammar:
            return None
        try:
            for sign in text:
                self._accept(grammar, ord(sign))
                if self._stacks(grammar)[0].begin == self._stacks(grammar)[0].end:
                    return False
            stacks = self._stacks(grammar)[0]
            size = ctypes.sizeof(_Vector)
            each = [_Vector.from_address(at) for at in range(stacks.begin or 0, stacks.end or 0, size)]
            return any(stack.begin == stack.end for stack in each)
        finally:
            self._free(grammar)


@functools.cache
def engine() -> Engine | None:
    """Return the engine, None where xllamacpp is not installed or does not show it."""
    found = importlib.util.find_spec("xllamacpp")
    files = list(Path(found.origin).parent.glob("xllamacpp*.so")) if found and found.origin else []
    try:
        return Engine(ctypes.CDLL(str(files[0]))) if files else None
    except AttributeError:
        return None
