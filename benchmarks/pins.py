"""Write ``sources/pins.tsv``: digests of the corpora at hand, and of their files in public repositories at a commit.

    python benchmarks/pins.py --corpora DIR --provenance TSV --snapshots GIT > src/medinst/sources/pins.tsv

DIR holds ``<corpus>.tar.gz`` files, TSV says (columns ``corpus``, ``source_repo``, ``commit``, ``is_original_format``)
which repository each came from, and GIT holds those repositories as bare ones, ``<owner>+<name>.git``. A mirror is
written only where the file at the commit is byte for byte the one in DIR. Only digests and addresses are written.
"""

from __future__ import annotations

import argparse
import collections
import csv
import functools
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from medinst import corpora
from medinst.corpora import Corpus
from medinst.errors import ArchiveRefused
from medinst.formats.quarantine import Quarantine
from medinst.sources import Tree, digest_file, digest_tree
from medinst.sources.archive import unpack_once
from medinst.sources.pins import Pin, name_of

FEW = 12  # files that are fetched one by one; more come as the archive of the repository
OPENED: set[str] = set()  # every file that this program opened
# What lies behind addresses that end in no file name; an empty name: a page, not a file.
NAMED = {
    "https://drive.google.com/u/0/uc?export=download&confirm=t&id=1ImYUSLk9JbgHXOemfvyiDiirluZHPeQw": "data_clean.zip",
    "https://drive.google.com/uc?export=download&id=1ria4E6IdTIPsikL4Glm3uy1tFKJKw0W8": "english-train.json",
    "https://drive.google.com/uc?export=download&id=1KAZneuwdfEVQQM6euCX4pMDP-9DQpiB5": "english-dev.json",
    "https://drive.google.com/uc?export=download&id=10izqL71kcgnteYsf87Vh6j_mZ8sZM2Rc": "english-test.json",
    "https://drive.google.com/uc?export=download&confirm=yTib&id=1ytVZ4AhubFDOEL7o7XrIRIyhU8g9wvKA": "medhop.zip",
    "https://drive.google.com/uc?export=download&id=1eTtRs5cUlBP5dXsx-FTAlmXuB6JQi2qj": "PUBHEALTH.zip",
    "https://drive.google.com/uc?export=download&id=1kaU0ECRbVkrfjBAKtVsPCRF6qXSouoq9": "pqaa.zip",
    "https://drive.google.com/uc?export=download&id=1kQnjowPHOcxETvYko7DRG9wE7217BQrD": "pqal.zip",
    "https://ndownloader.figstatic.com/files/14019287": "en_es.tar.gz",
    "https://ndownloader.figstatic.com/files/14019308": "en_pt.tar.gz",
    "https://figshare.com/articles/dataset/Chia_Annotated_Datasets/11855817": "",
}
_PACKED = re.compile(r"\.(?:zip|tgz|tar\.gz|tar)$")
_COMMIT = re.compile(r"\b[0-9a-f]{40}\b")
_RAW = re.compile(r"https://(?:github\.com|raw\.githubusercontent\.com)/([^/]+/[^/]+)/(?:raw/)?([^/]+)/([^?]+)")
_ARCHIVE = re.compile(r"https://github\.com/([^/]+/[^/]+)/archive/(?:refs/heads/)?([^/]+)\.zip")


class Snapshots:
    """The repositories at hand, and what they hold at a commit."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, repository: str, *args: str) -> bytes:
        """Return the output of a git command in a repository, empty where either fails."""
        git = self.folder / f"{repository.replace('/', '+')}.git"
        if not git.is_dir():
            return b""
        command = ["git", "--git-dir", str(git), *args]
        done = subprocess.run(command, capture_output=True, check=False)
        return b"" if done.returncode else done.stdout

    def commit(self, repository: str, name: str) -> str:
        """Return a commit that stands for a branch: the newest one of the snapshot; empty without one."""
        wanted = name if _COMMIT.fullmatch(name) else "HEAD"
        return self.run(repository, "rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}").decode().strip()

    @functools.cache  # noqa: B019 - lives as long as the program
    def blobs(self, repository: str, commit: str) -> dict[str, list[str]]:
        """Return the paths at a commit by git's own digest of their content."""
        listing = self.run(repository, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
        found: dict[str, list[str]] = collections.defaultdict(list)
        for entry in filter(None, listing.split("\0")):
            kind, _, path = entry.partition("\t")
            found[kind.split()[2]].append(path)
        return found

    def bytes(self, repository: str, commit: str, path: str) -> bytes:
        """Return a file at a commit, empty where there is none."""
        return self.run(repository, "cat-file", "blob", f"{commit}:{path}")

    @functools.cache  # noqa: B019 - as above
    def tree(self, repository: str, commit: str) -> str:
        """Return the digest of what the archive of a commit unpacks to; empty where it would be refused."""
        prefix = f"{repository.partition('/')[2]}-{commit}/"
        packed = self.run(repository, "archive", "--format=tar", f"--prefix={prefix}", commit)
        if not packed:  # a snapshot may lack its largest files
            return ""
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                if any(not (member.isfile() or member.isdir()) for member in archive):
                    return ""
                archive.extractall(folder, filter="data")
            return digest_tree(Path(folder))


def main() -> None:
    """Write the table to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--corpora", "--provenance", "--snapshots"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    origins = provenance(args.provenance)
    snapshots = Snapshots(args.snapshots)
    sys.addaudithook(lambda event, args: OPENED.add(str(args[0])) if event == "open" else None)
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerow(Pin.__struct_fields__)
    with tempfile.TemporaryDirectory() as cache:
        for name in corpora.names():
            corpus = corpora.load(name)
            for pin in pins(corpus, args.corpora, Path(cache), origins.get(name, []), snapshots):
                writer.writerow(getattr(pin, field) for field in Pin.__struct_fields__)
            for also in corpus.also:
                for pin in trees(also, args.corpora, Path(cache)):
                    writer.writerow(getattr(pin, field) for field in Pin.__struct_fields__)


def provenance(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Return (repository, commit) of every corpus that was taken from one; each pair that a row allows."""
    found: dict[str, list[tuple[str, str]]] = collections.defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            repositories = [one for one in re.split(r";\s*", row["source_repo"]) if one]
            pairs = [(one, commit) for one in repositories for commit in _COMMIT.findall(row["commit"])]
            found[row["corpus"].partition(" ")[0]] += pairs
    return found


def pins(
    corpus: Corpus, folder: Path, cache: Path, origins: list[tuple[str, str]], snapshots: Snapshots
) -> Iterator[Pin]:
    """Yield the rows of a corpus: its official files, their mirrors, the tree at hand."""
    tree = corpus.tree(folder, cache)
    files = read(corpus, tree) if tree else {}
    rows = {pin.url: pin for pin in officials(corpus, files, snapshots)}
    same = {pin.sha256 for pin in rows.values() if pin.kind == "mirror"}
    whole = {match[1] for url in corpus.urls if (match := _ARCHIVE.fullmatch(url)) and not _COMMIT.fullmatch(match[2])}
    left = {name: path for name, path in files.items() if digest_file(path) not in same}
    for pin in mirrors(corpus.name, left, [origin for origin in origins if origin[0] not in whole], snapshots):
        rows.setdefault(pin.url, pin)
    twins = {pin.name: pin for pin in rows.values() if pin.kind == "mirror" and pin.sha256}
    for url in corpus.urls:  # a copy that kept the release's file name is taken to be that file
        if url not in rows and (twin := twins.get(name_of(url))):
            rows[url] = Pin(corpus.name, "file", twin.name, url, twin.sha256, twin.size, "", "")
    yield from rows.values()
    yield from trees(corpus.name, folder, cache)


def trees(name: str, folder: Path, cache: Path) -> Iterator[Pin]:
    """Yield what is known of a whole folder of files, where it is at hand."""
    archive = folder / f"{name}.tar.gz"
    if archive.is_file():
        digest = digest_tree(unpack_once(archive, cache) / name)
        yield Pin(name, "tree", archive.name, "", *about(archive), digest, "")


def read(corpus: Corpus, tree: Tree) -> dict[str, Path]:
    """Return the files, by name in the corpus's folder, that its whole splits are read from, by reading them."""
    OPENED.clear()
    for name, view in (("documents", corpus.splits), *corpus.views.items()):
        for split, alternatives in view.items():
            chosen = corpora.find(alternatives, tree)
            if chosen is not None and not chosen[0].partial:
                files, path = chosen
                collections.deque(files.read(path, Quarantine(corpus.name, split, tree.roots[0], name)), maxlen=0)
                if path.is_dir() and not any(path in Path(one).parents for one in OPENED):
                    OPENED.update(map(str, path.rglob("*")))  # opened by names relative to the folder
    opened = [path for path in sorted(map(Path, OPENED)) if path.is_file()]
    root = tree.roots[0]
    inner = dict(zip(tree.roots[1:], (name for name in corpus.archives() if (root / name).is_file()), strict=False))
    found = {}
    for path in opened:
        home = next((base for base in tree.roots if path.is_relative_to(base)), None)
        if home in inner:
            found[inner[home]] = root / inner[home]
        elif home == root:
            found[path.relative_to(root).as_posix()] = path
    return found


def officials(corpus: Corpus, files: dict[str, Path], snapshots: Snapshots) -> Iterator[Pin]:
    """Yield what is known of the official URLs, and of repositories' branches a mirror at a commit."""
    by_name = {name.rpartition("/")[2]: path for name, path in files.items()}
    for url in corpus.urls:
        name = NAMED.get(url, name_of(url))
        raw, whole = _RAW.fullmatch(url), _ARCHIVE.fullmatch(url)
        if whole:
            yield from branch(corpus.name, url, name, whole[1], whole[2], snapshots)
        elif raw and (commit := snapshots.commit(raw[1], raw[2])):
            data = snapshots.bytes(raw[1], commit, unquote(raw[3]))
            if data:
                known = hashlib.sha256(data).hexdigest(), str(len(data)), "", ""
                yield Pin(corpus.name, "file", name, url, *known)
                yield Pin(corpus.name, "mirror", name, at_commit(raw[1], commit, unquote(raw[3])), *known)
        elif name in by_name:
            yield Pin(corpus.name, "file", name, url, *about(by_name[name]), "", "")
        elif url in NAMED:
            yield Pin(corpus.name, "file", name, url, "", "", "", "")


def branch(corpus: str, url: str, name: str, repository: str, ref: str, snapshots: Snapshots) -> Iterator[Pin]:
    """Yield the archive of a repository: as it is where the URL names a commit, else a mirror that does."""
    commit = snapshots.commit(repository, ref)
    tree = snapshots.tree(repository, commit) if commit else ""
    if commit == ref and tree:
        yield Pin(corpus, "file", name, url, "", "", tree, "")
    elif commit and commit != ref:
        yield whole_repository(corpus, repository, commit, "", tree)


def mirrors(corpus: str, files: dict[str, Path], origins: list[tuple[str, str]], snapshots: Snapshots) -> Iterator[Pin]:
    """Yield where the files stand, unchanged, in the repositories that they were taken from."""
    left = {name: blob(path) for name, path in files.items()}
    for repository, commit in origins:
        blobs = snapshots.blobs(repository, commit)
        here = {name: like(name, blobs[digest]) for name, digest in left.items() if digest in blobs}
        left = {name: digest for name, digest in left.items() if name not in here}
        insides = {path.removesuffix(name).rstrip("/") for name, path in here.items() if path.endswith(name)}
        if len(here) > FEW and len(insides) == 1:
            tree = snapshots.tree(repository, commit)
            yield whole_repository(corpus, repository, commit, insides.pop(), tree)
        elif len(here) <= FEW:
            for name, path in here.items():
                yield Pin(corpus, "mirror", name, at_commit(repository, commit, path), *about(files[name]), "", "")
        else:
            print(f"{corpus}: {repository} holds its files in another order", file=sys.stderr)
        for path in sorted(one for many in blobs.values() for one in many if left and _PACKED.search(one)):
            packed = snapshots.bytes(repository, commit, path)
            inside, names = unpacked_as(packed, files, left)
            left = {name: digest for name, digest in left.items() if name not in names}
            if names:
                known = hashlib.sha256(packed).hexdigest(), str(len(packed)), "", inside
                yield Pin(corpus, "mirror", path.rpartition("/")[2], at_commit(repository, commit, path), *known)
    if origins and left:
        print(f"{corpus}: {len(left)} of {len(files)} files have no mirror, such as {min(left)}", file=sys.stderr)


def like(name: str, paths: list[str]) -> str:
    """Return the path that a file has in a repository: of equal files the one that is named most alike."""
    return max(paths, key=lambda path: (path.endswith(name), path.rpartition("/")[2] == name.rpartition("/")[2]))


def unpacked_as(packed: bytes, files: dict[str, Path], left: dict[str, str]) -> tuple[str, set[str]]:
    """Return which of the files left are in an archive, and the folder in it that stands for the corpus's."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "archive"
        archive.write_bytes(packed)
        try:
            target = unpack_once(archive, Path(folder) / "cache")
        except ArchiveRefused:
            return "", set()
        held = {path.relative_to(target).as_posix(): blob(path) for path in target.rglob("*") if path.is_file()}
    for inside in sorted({path[: -len(name)] for name in left for path in held if path.endswith(name)}):
        names = {name for name, digest in left.items() if held.get(inside + name) == digest}
        if names:
            return inside.rstrip("/"), names
    return "", set()


def whole_repository(corpus: str, repository: str, commit: str, inside: str, tree: str) -> Pin:
    """Return the archive of a commit: its bytes are made anew at each request, what it unpacks to stays the same."""
    name = repository.partition("/")[2]
    url = f"https://github.com/{repository}/archive/{commit}.zip"
    return Pin(corpus, "mirror", f"{name}-{commit}.zip", url, "", "", tree, f"{name}-{commit}/{inside}".rstrip("/"))


def at_commit(repository: str, commit: str, path: str) -> str:
    """Return the address of a file at a commit."""
    return f"https://raw.githubusercontent.com/{repository}/{commit}/{quote(path)}"


def about(path: Path) -> tuple[str, str]:
    """Return sha256 and size of a file."""
    return digest_file(path), str(path.stat().st_size)


def blob(path: Path) -> str:
    """Return git's digest of a file."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


if __name__ == "__main__":
    main()
