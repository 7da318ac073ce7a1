"""Fetching one file as a corpus's files are fetched: by one process at a time, into a folder for what is on its way."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from medinst.sources.digest import UNFINISHED
from medinst.sources.download import download
from medinst.sources.http import Patience, Session
from medinst.sources.partial import alone, clear
from medinst.sources.pins import Place


def fetch(place: Place, target: Path, patience: Patience | None = None, verify: ssl.SSLContext | None = None) -> Path:
    unfinished = target.parent / UNFINISHED

    async def run() -> Path:
        async with Session(patience, verify=verify) as session, alone(unfinished, target):
            got = await download(session, place, target, unfinished)
            clear(unfinished, target)
            return got.path

    return asyncio.run(run())
