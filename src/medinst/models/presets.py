"""Settings of known models: where they are, how a chat is written for them, what ends their answers, what they cost."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources
from typing import Literal

import msgspec
from jinja2 import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from medinst.errors import UsageError, nearest
from medinst.models import Messages


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of ``presets.toml``, which says what the fields mean; ``template`` holds the Jinja text itself."""

    about: str
    source: str
    name: str = ""
    model: str = ""
    template: str = ""
    bos: str = ""
    eos: str = ""
    stop: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    route: Literal["chat", "completions"] = "chat"
    shots: int = 0
    context: int = 0
    max_tokens: int = 1024
    temperature: float = 0.0
    price_in: float | None = None
    price_out: float | None = None

    @property
    def digest(self) -> str:
        """The first 16 hexadecimal digits of a SHA-256 of all that decides what is asked and when an answer ends."""
        decides = self.template, self.bos, self.eos, self.stop, self.end
        return hashlib.sha256(msgspec.json.encode(decides)).hexdigest()[:16]

    def render(self, chat: Messages, bos: bool = False) -> str:
        """Return the text of a chat up to where the answer begins, without its first token unless ``bos``.

        Servers put that token before every text of their own accord.
        """
        first = self.bos if bos else ""
        return _compiled(self.template).render(
            messages=chat, bos_token=first, eos_token=self.eos, add_generation_prompt=True
        )

    def cut(self, answer: str) -> tuple[str, bool]:
        """Return an answer up to the first stop string, and whether there was one."""
        places = [place for stop in self.stop if (place := answer.find(stop)) >= 0]
        return (answer[: min(places)], True) if places else (answer, False)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    templates: dict[str, str]
    presets: dict[str, Preset]


UNKNOWN = Preset("a model that no preset describes", "")


def spec(preset: Preset, model: str) -> str:
    """Return which model is meant: the one that is named, else the preset's own.

    Raises:
        UsageError: neither says.
    """
    if model or preset.model:
        return model or preset.model
    whose = f"--preset {preset.name}: {preset.about}" if preset.name else "Neither --model nor --preset is given"
    raise UsageError(f"{whose}. Say which model with --model; presets: {', '.join(names())}.")


def load(name: str) -> Preset:
    """Return a preset; upper and lower case are alike.

    Raises:
        UsageError: there is none of that name.
    """
    by_name = {known.lower(): known for known in _file().presets}
    if name.lower() not in by_name:
        near = ", ".join(nearest(name, by_name.values())) or "none"
        raise UsageError(f"There is no preset {name!r}. Nearest: {near}. There are: {', '.join(by_name.values())}.")
    found, known = _file(), by_name[name.lower()]
    preset = found.presets[known]
    text = found.templates[preset.template] if preset.template else ""
    return msgspec.structs.replace(preset, name=known, template=text)


def names() -> list[str]:
    """Return the names of all presets."""
    return list(_file().presets)


@functools.cache
def _file() -> _File:
    text = resources.files("medinst.models").joinpath("presets.toml").read_bytes()
    return msgspec.toml.decode(text, type=_File)


@functools.cache
def _compiled(template: str) -> Template:
    """Return a template as transformers compiles the ones that come with weights."""
    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True).from_string(template)
