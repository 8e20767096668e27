"""Porto's OpenStreetMap extract into a walk graph: our reader against OSMnx from XML.

Run ``python tests/benchmarks/bench_streets.py``; each engine runs in its own process, and
the PBF is turned into XML for OSMnx within its time, because it cannot read PBF.  OSMnx
applies no walk filter to a file, so its network is longer.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("SITEPLANNER_DATA", ROOT.parent / "shared" / "data"))


def ours(pbf: Path) -> tuple[int, float]:
    from siteplanner.sources.streets import read_streets
    from siteplanner.walk import PROFILES, build

    table, _, _ = read_streets(pbf)
    network = build(table.to_crs("EPSG:32629"), PROFILES["adult"])
    return len(network.edges), network.edges["length_mm"].sum() / 1e6


def osmnx(pbf: Path) -> tuple[int, float]:
    import osmium
    import osmnx as ox

    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "porto.osm"
        with osmium.SimpleWriter(xml) as writer:
            for one in osmium.FileProcessor(pbf):
                writer.add(one)
        graph = ox.graph_from_xml(xml)
    graph = ox.convert.to_undirected(graph)
    return len(graph.edges), sum(length for *_, length in graph.edges(data="length")) / 1000


ENGINES = {"siteplanner": ours, "osmnx": osmnx}


def measured(engine: str, pbf: Path) -> dict[str, float]:
    """Run one engine in a process of its own; imports do not count."""
    command = [sys.executable, __file__, "--engine", engine, "--pbf", str(pbf)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return json.loads(answer.stdout.splitlines()[-1])


def one_run(engine: str, pbf: Path) -> None:
    import osmnx as _  # noqa: F401  both engines start with everything imported

    import siteplanner.sources.streets
    import siteplanner.walk  # noqa: F401

    wall, cpu = time.perf_counter(), time.process_time()
    edges, km = ENGINES[engine](pbf)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak_mb, "edges": edges, "km": km}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pbf", type=Path, default=DATA / "porto" / "porto.osm.pbf")
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours; OSMnx runs once")
    options = parser.parse_args()
    if options.engine:
        one_run(options.engine, options.pbf)
        return
    rows = {"osmnx": measured("osmnx", options.pbf)}
    runs = [measured("siteplanner", options.pbf) for _ in range(options.repeat)]
    rows["siteplanner"] = sorted(runs, key=lambda run: run["wall"])[len(runs) // 2]
    print(f"{options.pbf.name} into a walk graph, {os.cpu_count()} cores")
    head = ("wall s", "CPU s", "peak MB", "edges")
    print(f"{'engine':<12} {'version':<9} {' '.join(f'{one:>8}' for one in head)} {'km':>9}")
    for engine, row in rows.items():
        print(
            f"{engine:<12} {version(engine):<9} {row['wall']:8.2f} {row['cpu']:8.2f} "
            f"{row['peak_mb']:8.0f} {row['edges']:8,.0f} {row['km']:9,.1f}"
        )
    ratio = {key: rows["osmnx"][key] / rows["siteplanner"][key] for key in ("wall", "cpu")}
    memory = rows["siteplanner"]["peak_mb"] / rows["osmnx"]["peak_mb"]
    print(
        f"{ratio['wall']:.0f} times faster than OSMnx from XML ({ratio['cpu']:.0f} times in CPU "
        f"time), with {memory:.2f} of its memory"
    )


if __name__ == "__main__":
    main()
