"""``medinst fetch --check-links``: do the addresses of the corpora still give files? For a weekly job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from medinst.errors import RemoteFailure
from medinst.sources import pins, sniff
from medinst.sources.http import Patience, Session
from medinst.sources.network import Passing, Refused, shown
from medinst.sources.pins import Place
from medinst.sources.transfer import size_of
from medinst.workflows.fetch import Item, folders

AT_ONCE = 16  # addresses


class Link(msgspec.Struct, frozen=True):
    """What an address answers: HTTP ``status`` (None: none), ``size`` in bytes where it says; ``why`` not ``ok``."""

    corpus: str
    access: str
    name: str
    url: str
    mirror: bool
    ok: bool
    status: int | None = None
    size: int | None = None
    why: str = ""


def check(items: Iterable[Item], patience: Patience, tell: Callable[[Link], None]) -> list[Link]:
    """Ask every address of the corpora, official and mirror, for its first bytes; nothing is kept."""

    async def all_of_them() -> list[Link]:
        slots = asyncio.Semaphore(AT_ONCE)
        async with Session(patience) as session:

            async def one(name: str, access: str, place: Place) -> Link:
                async with slots:
                    link = await _check(session, name, access, place)
                tell(link)
                return link

            places = [
                (name, item.corpus.access, place)
                for item in items
                for name, urls in folders(item.corpus)
                for place in pins.places(name, urls)
            ]
            return list(await asyncio.gather(*(one(*asked) for asked in places)))

    return asyncio.run(all_of_them())


def dead(links: Iterable[Link]) -> list[Link]:
    """Return the addresses that should give a file to everybody and do not."""
    return [link for link in links if not link.ok and link.access == "open"]


async def _check(session: Session, name: str, access: str, place: Place) -> Link:
    link = Link(name, access, place.name, place.url, place.mirror, ok=False)
    for tried in range(1, session.patience.tries + 1):
        try:
            return await _ask(session, place, link)
        except Passing as error:
            link = msgspec.structs.replace(link, status=error.status, why=error.reason)
            if not error.reached and tried >= session.patience_to_reach():
                session.give_up(place.url, error.reason)
                break
            await asyncio.sleep(session.patience.pause)
        except Refused as error:
            return msgspec.structs.replace(link, status=error.status, why=f"HTTP {error.status}")
        except RemoteFailure as error:
            return msgspec.structs.replace(link, why=str(error).removeprefix(f"{shown(place.url)}: "))
    return link


async def _ask(session: Session, place: Place, link: Link) -> Link:
    head = b""
    async with session.get(place.url, {"Range": f"bytes=0-{sniff.HEAD - 1}"}) as response:
        async for chunk in session.chunks(response):
            head += chunk
            if len(head) >= sniff.HEAD:
                break
        size, status = size_of(response), response.status_code
    why = sniff.fault_of_start(head[: sniff.HEAD], place.name or "page.html")
    if not why and place.size is not None and size not in (None, place.size):
        why = f"has {size} bytes, {place.size} are pinned"
    return msgspec.structs.replace(link, ok=not why, status=status, size=size, why=why)
