"""How well are photos of sheets read: simulated photos whose truth is known, case by case.

Run it by itself: ``python tests/benchmarks/bench_scan.py [--photos 8] [--only a3] [--pdf FOLDER]``.
The folder holds map sheets drawn by ``siteplanner sheets``, one of each paper; without it pages are
drawn that look alike.  A dot counts as found if a sticker that is kept lies within half its width;
each truth is matched at most once, so that two dots read as one are one found and one lost.  False
is what is left over of the marks that are kept (keep = yes).  Marks less sure (keep = no) are
counted by themselves: "uns." is how many, "bad" how many of them are none.  For thick pens an area
is found if it shares half of both together, a line if no part is farther than 5 mm; their errors
are the Hausdorff distances.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parents[1] / "marks"))

import simulator
import standin
from simulator import Camera

from siteplanner.errors import InputError
from siteplanner.marks.found import Found
from siteplanner.marks.known import Page, find_pages
from siteplanner.marks.photos import open_photo
from siteplanner.marks.reading import read_photo
from siteplanner.marks.recognising import Known
from siteplanner.marks.scanning import SURE
from siteplanner.sheets.sheet import Sheet

CASES = {
    "a3, 1600 px": ("A3", Camera()),
    "a3, 2400 px": ("A3", Camera(width_px=2400, jpeg=80)),
    "a3, 4032 px": ("A3", Camera(width_px=4032, jpeg=85)),
    "a3, 1280 px": ("A3", Camera(width_px=1280, jpeg=60)),
    "a3, 1 mm curl": ("A3", Camera(curl_mm=1.0)),
    "a3, folded 4 deg": ("A3", Camera(fold_deg=4.0)),
    "a3, folded 8 deg": ("A3", Camera(fold_deg=8.0)),
    "a3, shadow": ("A3", Camera(shadow=0.5)),
    "a3, hand": ("A3", Camera(hand=True)),
    "a3, photocopied": ("A3", Camera(copied=True)),
    "a3, 30 deg tilt": ("A3", Camera(tilt_deg=30.0, exact_tilt=True)),
    "a3, page not known": ("A3", Camera()),
    "a3, curl, page not known": ("A3", Camera(curl_mm=1.0)),
    "a3, dots touch": ("A3", Camera()),
    "a3, thick pens": ("A3", Camera()),
    "a4": ("A4", Camera()),
    "a1": ("A1", Camera()),
    "a1, 4032 px": ("A1", Camera(width_px=4032, jpeg=85)),
}


@dataclass
class Tally:
    """What a case found."""

    photos: int = 0
    refused: int = 0
    dots: int = 0
    found: int = 0
    read: int = 0
    unsure: int = 0
    bad: int = 0
    named: int = 0
    errors_m: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """Give the case as a line of the table."""
        errors = np.array(self.errors_m or [np.nan])
        false, share = self.read - self.found, 100 * self.found / max(1, self.dots)
        return (
            f"{name:26} {self.photos:4} {self.refused:4} {self.dots:5} {share:7.2f}"
            f" {100 * false / max(1, self.read):6.2f} {self.unsure:4} {self.bad:4}"
            f" {np.median(errors):7.2f} {np.percentile(errors, 95):6.2f} {errors.max():6.2f}"
            f" {100 * self.named / max(1, self.found):6.1f} {np.median(self.seconds or [0]):6.2f}"
        )


HEAD = (
    f"{'case':26} {'n':>4} {'ref.':>4} {'marks':>5} {'found %':>7} {'false%':>6}"
    f" {'uns.':>4} {'bad':>4}"
    f" {'median':>7} {'p95':>6} {'max m':>6} {'col. %':>6} {'cpu s':>6}"
)


def matched(truth: np.ndarray, read: np.ndarray, near: float) -> list[tuple[int, int, float]]:
    """Pair truths with readings, each at most once, the nearest overall."""
    from scipy.optimize import linear_sum_assignment

    if not len(read) or not len(truth):
        return []
    apart = np.hypot(*(truth[:, None] - read[None]).transpose(2, 0, 1))
    rows, columns = linear_sum_assignment(np.where(apart < near, apart, 1e6))
    pairs = zip(rows, columns, strict=True)
    return [(int(a), int(b), float(apart[a, b])) for a, b in pairs if apart[a, b] < near]


def tell(
    tally: Tally, sheet: Sheet, page: np.ndarray, known: Known, camera: Camera, seed: int,
    apart_mm: float, folder: Path, *, thick: bool = False,
) -> None:  # fmt: skip
    """Take one photo, read it, and count."""
    rng = np.random.default_rng(1000 + seed)
    drawn: list[simulator.Drawn] = []
    if thick:
        written, drawn = simulator.thick(sheet, rng)
    else:
        written = simulator.scatter(sheet, rng, apart_mm=apart_mm)
    path = folder / f"photo_{seed}.jpg"
    path.write_bytes(simulator.photograph(page, sheet, written, rng, camera).jpeg)
    start = time.process_time()
    tally.photos += 1
    try:
        read = read_photo(open_photo(path), known)
    except InputError as error:
        tally.refused += 1
        print(f"    refused: {error}", flush=True)
        return
    tally.seconds.append(time.process_time() - start)
    kept = [one for one in read.found if one.confidence >= SURE]
    unsure = [one for one in read.found if one.confidence < SURE]
    pairs = paired(written, drawn, kept)
    colours = [one.colour for one in drawn] or [dot.colour for dot in written.dots]
    tally.dots += len(colours)
    tally.read += len(kept)  # a line or an area where nobody drew one is false, too
    tally.found += len(pairs)
    tally.unsure += len(unsure)
    tally.bad += len(unsure) - len(paired(written, drawn, unsure))
    tally.named += sum(colours[a] == kept[b].colour for a, b, _ in pairs)
    tally.errors_m += [away * sheet.scale / 1000 for _, _, away in pairs]


def paired(
    written: simulator.Written, drawn: Sequence[simulator.Drawn], found: Sequence[Found]
) -> list[tuple[int, int, float]]:
    """Pair what was put on the sheet with what was read, each at most once."""
    if not drawn:
        spots = [place for place, one in enumerate(found) if one.kind == "sticker"]
        truth = np.array([(dot.x_mm, dot.y_mm) for dot in written.dots])
        there = np.array([shapely.get_coordinates(found[at].shape_mm)[0] for at in spots])
        return [(a, spots[b], away) for a, b, away in matched(truth, there.reshape(-1, 2), 4.0)]
    pairs, free = [], set(range(len(found)))
    for place, one in enumerate(drawn):
        fits = [at for at in free if same(one, found[at])]
        if fits:
            best = min(fits, key=lambda at: found[at].shape_mm.hausdorff_distance(one.shape_mm))
            free.remove(best)
            away = found[best].shape_mm.hausdorff_distance(one.shape_mm)
            pairs.append((place, best, float(away)))
    return pairs


def same(one: simulator.Drawn, other: Found) -> bool:
    """Say whether a thick stroke was read as what it is."""
    if one.kind != other.kind:
        return False
    if one.kind == "line":
        return bool(one.shape_mm.hausdorff_distance(other.shape_mm) < 5)
    both = one.shape_mm.intersection(other.shape_mm).area
    return bool(both > 0.5 * one.shape_mm.union(other.shape_mm).area)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=8)
    parser.add_argument("--only", default="", help="cases whose name begins so, with semicolons")
    parser.add_argument("--pdf", type=Path, help="folder of real map sheets")
    given = parser.parse_args()
    wanted = [one for one in given.only.split(";") if one]
    print(HEAD, flush=True)
    pages: dict[str, tuple[Page, np.ndarray]] = {}
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        for name, (paper, camera) in CASES.items():
            if wanted and not any(name.startswith(one) for one in wanted):
                continue
            if paper not in pages:
                pages[paper] = _page(paper, folder, given.pdf)
            page, drawn = pages[paper]
            known = Known(pages={} if "not known" in name else {page.sheet.tag: page})
            tally = Tally()
            apart_mm = 7.0 if "touch" in name else 8.5
            for seed in range(given.photos):
                thick = "thick" in name
                tell(tally, page.sheet, drawn, known, camera, seed, apart_mm, folder, thick=thick)
            print(tally.row(name), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB, simulator included")


def _page(paper: str, folder: Path, pdf: Path | None) -> tuple[Page, np.ndarray]:
    if pdf is not None:
        maps = [one for one in find_pages([pdf]).values() if one.sheet.extent is not None]
        page = next(one for one in maps if one.sheet.paper == paper)
    else:
        scale = {"A4": 15000, "A3": 10000, "A1": 7500}[paper]
        sheet = standin.map_sheet(paper, scale=scale)
        page = Page(sheet, standin.write_pdf(sheet, folder / f"{paper}.pdf"))
    return page, simulator.printed(page.path, page.sheet.paper)


if __name__ == "__main__":
    main()
