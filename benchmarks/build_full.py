"""A full-size build beside its floor, and beside ``datasets``: time, memory, and how both grow.

    python benchmarks/build_full.py --sources ../shared/corpora --work FOLDER [--scales 0.1 0.3 1] [--json]

The four large sets are stand-ins (``standins.py``) at each scale, beside all real corpora of ``--sources``. In turn,
``--rounds`` times: ``medinst build`` as its own command with two processes, from files to a finished folder; and the
floor, two processes that encode and write the very same files of the very same columns, which they hold in memory:
Arrow, zstd 3, Parquet, sync. The files of both must be equal, byte for byte. Memory is what all processes of the build
hold together (PSS), seen ten times a second. Then, in this process and in turn, ``--map-rounds`` times: the rows of the
stand-ins at ``--map-scale`` through ``datasets`` (``from_generator`` over the standard library's readers, ``map``,
``to_parquet``) and through ours. Archives of real corpora are unpacked before; free disk is looked at first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import rival_map
import standins
from medinst.build.parquet import ROW_GROUP, SCHEMA

WORKERS = 2
BYTES_A_SAMPLE = 1_600  # of stand-ins, unpacked stand-ins, the dataset and the floor's files, at most
FREE = 3_000_000_000
SETTINGS: dict[str, Any] = {"compression": "zstd", "compression_level": 3, "write_page_checksum": True}


def main() -> int:
    """Measure, print a table, and write the JSON."""
    options = parse()
    if options.floor:
        print(json.dumps(floor_of(*map(Path, options.floor))))
        return 0
    options.work.mkdir(parents=True, exist_ok=True)
    needed = sum(standins.SIZES.values()) * max(options.scales) * BYTES_A_SAMPLE + FREE
    free = shutil.disk_usage(options.work).free
    if free < needed:
        print(f"{options.work} needs {needed / 1e9:.1f} GB free and has {free / 1e9:.1f} GB.", file=sys.stderr)
        return 1
    rows = [row for scale in options.scales for row in measured(scale, options)]
    print(table(rows), file=sys.stderr)
    maps = rival_map.compare(options.work / "map", options.map_scale, options.map_rounds) if options.map_rounds else []
    found = measures(rows, maps, options)
    for measure in found:
        print(
            f"{measure['name']}: {measure['ratio']:.2f} ({measure['low']:.2f} to {measure['high']:.2f})",
            file=sys.stderr,
        )
    if options.json:
        print(json.dumps({"measures": found, "rounds": rows, "map_rounds": maps}, indent=1))
    return 0


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, help="folder of real corpora, beside the stand-ins")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "medinst-build-full")
    parser.add_argument("--scales", type=float, nargs="+", default=[0.1, 0.3, 1.0])
    parser.add_argument("--rounds", type=int, default=1, help="at each scale")
    parser.add_argument("--map-scale", type=float, default=0.01)
    parser.add_argument("--map-rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="keep the stand-ins for the next time")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")
    parser.add_argument("--floor", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(scale: float, options: argparse.Namespace) -> list[dict[str, float]]:
    """Return what each round at a scale gave."""
    sources, made = options.work / f"sources-{scale}", options.work / f"standins-{scale}"
    standins.make(made, scale)
    sources.mkdir(exist_ok=True)
    for path in [*(options.sources.iterdir() if options.sources else ()), *made.iterdir()]:
        if not (sources / path.name).is_symlink():
            (sources / path.name).symlink_to(path.absolute())
    rows = []
    for _ in range(options.rounds):
        row = {"scale": scale, **build(sources, options.work, scale)}
        row |= floor(options.work / "out", options.work / "floor")
        rows.append(row | {"ratio": row["floor"] / row["seconds"], "cpu_ratio": row["floor_cpu"] / row["cpu"]})
        print(table(rows[-1:]), file=sys.stderr, flush=True)
    if not options.keep:
        shutil.rmtree(made)
        shutil.rmtree(sources)
    return rows


def build(sources: Path, work: Path, scale: float) -> dict[str, float]:
    """Build everything with the command and return seconds, processor time, samples, bytes and the memory held."""
    environment = os.environ | {"MEDINST_CACHE": str(work / "cache")}
    command = [sys.executable, "-m", "medinst", "build", "--sources", str(sources), "--out", str(work / "out")]
    if not (work / "cache").exists():
        subprocess.run([*command, "--dry-run"], env=environment, check=True, capture_output=True)
    shutil.rmtree(work / "out", ignore_errors=True)
    shutil.rmtree(work / ".out.medinst", ignore_errors=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with subprocess.Popen([*command, "--workers", str(WORKERS)], env=environment, stderr=subprocess.PIPE) as process:
        peak = Peak(process.pid)
        said = process.stderr.read().decode() if process.stderr else ""
    seconds = time.perf_counter() - start
    if process.returncode not in (0, 3):
        raise SystemExit(f"the build at scale {scale} ended with {process.returncode}: {said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    files = list((work / "out").glob("*/*.parquet"))
    return {
        "seconds": seconds,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "samples": sum(pq.read_metadata(path).num_rows for path in files),
        "read": sum(
            os.stat(os.path.join(folder, name)).st_size
            for folder, _, names in os.walk(sources, followlinks=True)
            for name in names
        ),
        "written": sum(path.stat().st_size for path in files),
        "peak": peak.stop(),
    }


class Peak:
    """Watches how much memory a process and all its children hold together."""

    def __init__(self, pid: int) -> None:
        self.pid, self.bytes, self.done = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self) -> None:
        """Look ten times a second."""
        while not self.done.wait(0.1):
            self.bytes = max(self.bytes, sum(map(held, descendants(self.pid))))

    def stop(self) -> int:
        """Return the most that was seen."""
        self.done.set()
        self.thread.join()
        return self.bytes


def descendants(pid: int) -> list[int]:
    """Return a process and all that come from it."""
    found = [pid]
    for parent in found:
        try:
            found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        except OSError:
            continue  # it has ended
    return found


def held(pid: int) -> int:
    """Return the bytes that a process holds, its share of what it shares with others (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def floor(out: Path, target: Path) -> dict[str, float]:
    """Write all files of a dataset again from memory with two processes; return the time of encoding and writing."""
    shares: list[list[str]] = [[] for _ in range(WORKERS)]
    sizes = [0] * WORKERS
    for path in sorted(out.glob("*/*.parquet"), key=lambda path: -path.stat().st_size):
        least = sizes.index(min(sizes))
        shares[least].append(str(path))
        sizes[least] += path.stat().st_size
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, __file__, "--floor", str(target)]
    running = [subprocess.Popen([*command, *share], stdout=subprocess.PIPE) for share in shares]
    found = [json.loads(process.communicate()[0]) for process in running]
    shutil.rmtree(target, ignore_errors=True)
    if not all(one["equal"] for one in found):
        raise SystemExit("the floor's files are not those of the build")
    # Encoding and writing would go on side by side without the reading between; so the slower one's time counts.
    return {"floor": max(one["seconds"] for one in found), "floor_cpu": sum(one["cpu"] for one in found)}


def floor_of(target: Path, *paths: Path) -> dict[str, Any]:
    """Read each file a row group at a time and write it again; only the writing is timed."""
    clock, equal = Clock(), True
    for path in paths:
        again = target / path.parent.name / path.name
        again.parent.mkdir(parents=True, exist_ok=True)
        writer = clock.of(pq.ParquetWriter, again, SCHEMA, **SETTINGS)
        same: dict[str, pa.Array] = {}
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(ROW_GROUP):
                values = {name: batch.column(name).to_pylist() for name in SCHEMA.names}
                for name, column in values.items():
                    if all(value == column[0] for value in column):
                        same.setdefault(name, pa.array([column[0]] * ROW_GROUP, SCHEMA.field(name).type))
                clock.of(group, writer, values, same)
        clock.of(writer.close)
        with again.open("rb") as file:
            clock.of(os.fsync, file.fileno())
            equal = equal and hashlib.file_digest(file, "sha256").digest() == digest(path)
        again.unlink()
    return {"seconds": clock.seconds, "cpu": clock.cpu, "equal": equal}


class Clock:
    """Adds up the time of calls."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0

    def of(self, call: Any, *args: Any, **options: Any) -> Any:
        """Return what a call returns."""
        start, cpu = time.perf_counter(), time.process_time()
        result = call(*args, **options)
        self.seconds += time.perf_counter() - start
        self.cpu += time.process_time() - cpu
        return result


def group(writer: pq.ParquetWriter, values: dict[str, list[Any]], same: dict[str, pa.Array]) -> None:
    """Encode and write a row group; a column of one value throughout is encoded already."""
    count = len(values["id"])
    arrays = []
    for field in SCHEMA:
        known = same.get(field.name)
        if known is not None and values[field.name][0] == known[0].as_py():
            arrays.append(known[:count])
        else:
            arrays.append(pa.array(values[field.name], field.type))
    writer.write_batch(pa.record_batch(arrays, schema=SCHEMA), row_group_size=ROW_GROUP)


def digest(path: Path) -> bytes:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def measures(
    rows: list[dict[str, float]], maps: list[dict[str, float]], options: argparse.Namespace
) -> list[dict[str, object]]:
    """Return the two measures: the ratio at the largest scale, low and high over all rounds; and the median of maps."""
    largest = [row for row in rows if row["scale"] == max(options.scales)]
    ratios = sorted(row["ratio"] for row in rows)
    ratio = sum(row["ratio"] for row in largest) / len(largest)
    peak = max(row["peak"] for row in rows)
    beside = "--sources ../shared/corpora " if options.sources else ""
    command = f"python benchmarks/build_full.py {beside}--scales {' '.join(f'{scale:g}' for scale in options.scales)}"
    note = (
        f"{largest[-1]['samples']:,} samples with {WORKERS} processes, at most {peak / 1e6:,.0f} MB held; seconds a "
        "million samples: "
        + ", ".join(f"{row['seconds'] / row['samples'] * 1e6:.1f} at {row['scale']:g}" for row in rows)
        + f"; by processor time {sum(row['cpu_ratio'] for row in largest) / len(largest):.2f}"
    )
    found: list[dict[str, object]] = [
        {
            "name": "build_full_vs_floor",
            "ratio": ratio,
            "low": ratios[0],
            "high": ratios[-1],
            "command": command,
            "note": note,
        }
    ]
    if maps:
        times = sorted(row["theirs"] / row["ours"] for row in maps)
        note = f"{maps[0]['samples']:,} rows of the four stand-ins, one process each, {len(maps)} rounds in turn"
        found.append(
            {
                "name": "build_vs_datasets_map",
                "ratio": times[len(times) // 2],
                "low": times[0],
                "high": times[-1],
                "command": command,
                "note": note,
            }
        )
    return found


def table(rows: list[dict[str, float]]) -> str:
    """Return the rounds as a table."""
    lines = ["scale    samples  read MB  out MB  build s   cpu s  floor s   cpu s  floor/build  by cpu  peak MB"]
    for row in rows:
        lines.append(
            f"{row['scale']:5g} {row['samples']:10,} {row['read'] / 1e6:8,.0f} {row['written'] / 1e6:7,.0f} "
            f"{row['seconds']:8.1f} {row['cpu']:7.1f} {row['floor']:8.1f} {row['floor_cpu']:7.1f} "
            f"{row['ratio']:12.2f} {row['cpu_ratio']:7.2f} {row['peak'] / 1e6:8,.0f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
