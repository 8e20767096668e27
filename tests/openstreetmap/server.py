"""A server that answers as Overpass and Nominatim do, fed from an OpenStreetMap file.

It understands the queries that OSMnx sends, no others: ``[key=value]``, ``[key]``, the highway
query and ``(poly:…)``.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import osmium
import shapely

DATE = "2026-03-04T05:06:07Z"


OTHER = {
    "no json": b"<html>Welcome to the hotel's network</html>",
    "remark": b'{"elements": [], "remark": "runtime error: Query timed out in a query"}',
}
"""Bodies that come in place of the data."""


class City:
    """All elements of a file, and places to be found by name."""

    def __init__(self, path: Path, places: dict[str, list[dict[str, Any]]]) -> None:
        self.places = places
        self.nodes: dict[int, dict[str, Any]] = {}
        self.ways: dict[int, dict[str, Any]] = {}
        self.relations: dict[int, dict[str, Any]] = {}
        for one in osmium.FileProcessor(str(path)):
            said: dict[str, Any] = {"id": one.id, "tags": dict(one.tags)}
            if one.is_node():
                self.nodes[one.id] = {"type": "node", "lat": one.lat, "lon": one.lon, **said}
            elif one.is_way():
                said |= {"type": "way", "nodes": [node.ref for node in one.nodes]}
                self.ways[one.id] = said
            else:
                kinds = {"n": "node", "w": "way", "r": "relation"}
                members = [
                    {"type": kinds[m.type], "ref": m.ref, "role": m.role} for m in one.members
                ]
                self.relations[one.id] = {"type": "relation", "members": members, **said}

    def answer(self, query: str) -> dict[str, Any]:
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for kind, filters, polygon in re.findall(
            r"\((node|way|relation)((?:\[[^\]]*\])+)\(poly:'([^']*)'\)", query
        ):
            numbers = [float(one) for one in polygon.split()]
            area = shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))
            shapely.prepare(area)
            for one in self._all(kind).values():
                if self._fits(one["tags"], filters) and self._near(one, area):
                    self._take(one, found)
        return {
            "version": 0.6,
            "osm3s": {"timestamp_osm_base": DATE},
            "elements": [*found.values()],
        }

    def _all(self, kind: str) -> dict[int, dict[str, Any]]:
        return {"node": self.nodes, "way": self.ways, "relation": self.relations}[kind]

    def _fits(self, tags: dict[str, str], filters: str) -> bool:
        for one in re.findall(r"\[([^\]]*)\]", filters):
            key, sign, value = re.fullmatch(
                r"""["'](.*?)["'](?:(=|!~)["'](.*)["'])?""", one
            ).groups()
            if sign == "!~":
                if re.search(value, tags.get(key, "")):
                    return False
            elif key not in tags or (sign and tags[key] != value):
                return False
        return True

    def _near(self, one: dict[str, Any], area: shapely.Polygon) -> bool:
        if one["type"] == "node":
            return bool(shapely.intersects_xy(area, one["lon"], one["lat"]))
        if one["type"] == "way":
            there = [self.nodes[ref] for ref in one["nodes"] if ref in self.nodes]
            return any(self._near(node, area) for node in there)
        ways = [self.ways.get(m["ref"]) for m in one["members"] if m["type"] == "way"]
        return any(self._near(way, area) for way in ways if way)

    def _take(self, one: dict[str, Any], found: dict[tuple[str, int], dict[str, Any]]) -> None:
        found[one["type"], one["id"]] = one
        parts = [("node", ref) for ref in one.get("nodes", ())]
        parts += [(m["type"], m["ref"]) for m in one.get("members", ()) if m["type"] != "relation"]
        for kind, ref in parts:
            part = self._all(kind).get(ref)
            if part and (kind, ref) not in found:
                self._take(part, found)


class Servers:
    """What is running, what it was asked, and what goes wrong next.

    ``troubles`` is a queue: ``429``, ``504``, ``"silent"``, ``"half"``, ``"no json"``,
    ``"remark"``, ``"cut"``, or ``""`` for a good answer; when it is empty all answers
    are good.
    """

    def __init__(self, city: City) -> None:
        self.city = city
        self.queries: list[str] = []
        self.searches: list[str] = []
        self.troubles: deque[int | str] = deque()
        self.address = ""
        self.let_go = threading.Event()


@contextmanager
def serving(city: City) -> Iterator[Servers]:
    state = Servers(city)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path.endswith("/status"):
                self._send(b"Connected as: 1\nCurrent time: x\nAnnounced\nRate limit: 2\n2 slots\n")
                return
            name = parse_qs(asked.query)["q"][0]
            state.searches.append(name)
            self._answer(lambda: state.city.places.get(name, []))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = parse_qs(body)["data"][0]
            state.queries.append(query)
            self._answer(lambda: state.city.answer(query))

        def _answer(self, make: Any) -> None:
            trouble = state.troubles.popleft() if state.troubles else ""
            if trouble == "silent":
                state.let_go.wait(30)
                return
            if isinstance(trouble, int):
                self._send(b"<html>busy</html>", trouble)
                return
            body = OTHER.get(trouble) or json.dumps(make()).encode()
            half = body[: len(body) // 2]
            self._send(
                half if trouble in ("half", "cut") else body,
                length=len(body) if trouble == "cut" else None,
            )

        def _send(self, body: bytes, code: int = 200, length: int | None = None) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        state.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
