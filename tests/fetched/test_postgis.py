"""Layers from a real PostgreSQL with PostGIS: read only, and nothing secret told."""

from __future__ import annotations

import os
import re
import time

import geopandas as gpd
import pytest
from shapely.geometry import Point

from siteplanner import InputError, Project
from siteplanner.cli import main
from siteplanner.fetched import read_record
from siteplanner.sources import read

pytestmark = pytest.mark.postgis

SCHEMA = """
DROP SCHEMA IF EXISTS town CASCADE;
CREATE SCHEMA town;
CREATE TABLE town.schools (
    id text, name text, pupils numeric, opened date, tags jsonb, seats integer,
    geom geometry(Point, 32618));
INSERT INTO town.schools SELECT 's' || n, 'Escuela Ñ ' || n, n * 1.5, date '2000-01-01' + n::int,
    '{"a": 1}', CASE WHEN n = 3 THEN NULL ELSE n END,
    ST_SetSRID(ST_MakePoint(600000 + 10 * n, 510000), 32618) FROM generate_series(1, 5) AS n;
CREATE TABLE town.census (unit text, people integer);
INSERT INTO town.census VALUES ('001', 10), ('002', 20);
CREATE TABLE town.two (id integer, geom geometry(Point, 4326), centre geometry(Point, 4326));
INSERT INTO town.two VALUES (1, ST_SetSRID(ST_MakePoint(0, 0), 4326), NULL);
CREATE TABLE town.mixed (id integer, geom geometry);
INSERT INTO town.mixed VALUES (1, ST_SetSRID(ST_MakePoint(0, 0), 4326)),
    (2, ST_SetSRID(ST_MakePoint(0, 0), 32618));
CREATE TABLE town.empty (id integer, geom geometry(Point, 4326));
CREATE TABLE town.secret (id integer);
CREATE TABLE town.bent (id integer, geom geometry(CurvePolygon, 32618));
INSERT INTO town.bent VALUES (1, ST_GeomFromText(
    'CURVEPOLYGON(CIRCULARSTRING(0 0, 100 100, 200 0, 100 -100, 0 0))', 32618));
CREATE TABLE town.earth (id integer, geog geography(Point, 4326));
INSERT INTO town.earth VALUES (1, ST_SetSRID(ST_MakePoint(-74, 4.6), 4326));
CREATE OR REPLACE FUNCTION town.writes() RETURNS integer LANGUAGE sql AS
    'INSERT INTO town.census VALUES (''x'', 1) RETURNING people';
"""


@pytest.fixture(scope="module")
def city(postgres):
    postgres.run(SCHEMA)
    return postgres


@pytest.fixture
def project(city, town, monkeypatch):
    """Give a function that makes a layer of the database and fetches it."""
    for name in [one for one in os.environ if one.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGUSER", "planner")
    monkeypatch.setenv("PGPASSWORD", city.password)

    def fetch(keys="", *, source=None, kind="points", **how):
        source = source or f"postgresql://127.0.0.1:{city.port}/city"
        text = f'title = "Lots"\nsource = "{source}"\nkind = "{kind}"\n{keys}\n'
        (town / "layers" / "lots.toml").write_text(text, encoding="utf-8")
        (outcome,) = Project(town).fetch("lots", **how)
        return outcome

    fetch.root = town
    fetch.lots = lambda: read(Project(town).layer("lots"), town / "layers")
    return fetch


def trouble(outcome) -> str:
    assert outcome.kind == "failed", outcome
    return str(outcome.problem)


TABLE = 'table = "town.schools"\nid = "id"\n[columns.pupils]\nkind = "count"\n[columns.seats]\n'


def test_a_table_is_fetched_kept_and_read(project):
    outcome = project(TABLE)
    assert outcome.kind == "fetched"
    assert outcome.said[0] == "5 rows, of a day that nobody says"
    table = project.lots().table
    assert list(table.index) == ["s1", "s2", "s3", "s4", "s5"]
    assert table.crs == "EPSG:32618"
    assert table.geometry["s2"] == Point(600020, 510000)
    assert table["pupils"].tolist() == [1.5, 3.0, 4.5, 6.0, 7.5]
    assert table["seats"].isna().tolist() == [False, False, True, False, False]
    record = read_record(project.root / "layers", "lots")
    assert (record.query, record.rows) == ("town.schools", 5)


def test_the_same_rows_give_the_same_bytes(project, city):
    project(TABLE)
    first = (project.root / "layers" / "fetched" / "lots.parquet").read_bytes()
    city.run("UPDATE town.schools SET name = name WHERE id = 's1'")  # it moves to the end
    assert "the same bytes" in project(TABLE, refresh=True).said[0]
    assert (project.root / "layers" / "fetched" / "lots.parquet").read_bytes() == first
    city.run("UPDATE town.schools SET pupils = 99 WHERE id = 's1'")
    said = project(TABLE, refresh=True).said[0]
    assert said == "5 rows, before 5: 1 changed (for example s1: pupils 1.5 → 99)"
    city.run("UPDATE town.schools SET pupils = 1.5 WHERE id = 's1'")


def test_a_query(project):
    sql = "SELECT id, pupils, geom FROM town.schools WHERE pupils > 4; "
    project(f"query = '{sql}'\nid = 'id'")
    assert list(project.lots().table.index) == ["s3", "s4", "s5"]
    text = (project.root / "layers" / "lots.toml").read_text()
    (project.root / "layers" / "lots.toml").write_text(text.replace("> 4", "> 5"))
    with pytest.raises(InputError, match="query: the kept copy came from another query"):
        project.lots()


def test_a_table_without_geometry_is_joined(project):
    project('table = "town.census"\n[columns.people]\nkind = "count"', kind="table")
    with pytest.raises(InputError, match="does not say where its rows lie"):
        project.lots()
    record = read_record(project.root / "layers", "lots")
    assert record.rows == 2


def test_arcs_and_geographies(project):
    project('table = "town.bent"', kind="polygons")
    assert project.lots().table.area.sum() == pytest.approx(3.14159 * 100**2, rel=0.01)
    project('table = "town.earth"')
    assert project.lots().table.crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('table = "town.scools"', r"no table 'town.scools'; did you mean 'town.schools'"),
        ('table = "schools"', r"has no table 'schools'; did you mean 'town.schools'"),
        ("", r"it does not say which table of the database; write table ="),
        ('table = "town.two"', r"have 2 geometries: 'geom' and 'centre'; choose one: query"),
        ('table = "town.mixed"', r"several reference systems: 4326, 32618; .*ST_Transform"),
        ('table = "town.empty"', r"the database gives no row"),
        ('query = "SELECT nope FROM town.schools"', r"database says: column .nope. does not"),
        ('query = "SELECT 1 FROM FROM"', r"query: the query cannot be read: .*; look at the query"),
        ('query = "SELECT id, id FROM town.schools"', r"two columns are called 'id'"),
        ('query = "SELECT pg_sleep(30), 1 AS id"', r"the query took more than"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(project, monkeypatch, keys, sentence):
    monkeypatch.setattr("siteplanner.fetched.databases.STATEMENT_S", 1)
    assert re.search(sentence, trouble(project(keys)))


@pytest.mark.parametrize("door", ["shut", "open"])
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO town.census VALUES ('x', 1) RETURNING *",
        "WITH made AS (INSERT INTO town.census VALUES ('x', 1) RETURNING *) SELECT * FROM made",
        "SELECT town.writes() AS id",
        "SELECT 1 AS id) AS asked; INSERT INTO town.census VALUES ('x', 1); SELECT (1",
        "SELECT 1) AS asked; COMMIT; INSERT INTO town.census VALUES ('x', 1); --",
        "DROP TABLE town.census",
        "SELECT 1 AS id; DELETE FROM town.census",
        "SELECT set_config('transaction_read_only', 'off', false), town.writes() AS id",
        "SELECT nextval('town.counter') AS id",
        "UPDATE town.census SET people = 0",
    ],
)
def test_sql_that_writes_is_refused(project, city, monkeypatch, sql, door):
    """By its words before anything is asked; and by the database, were the words not looked at."""
    city.run("CREATE SEQUENCE IF NOT EXISTS town.counter")
    if door == "open":
        for module in ("model.layer", "fetched.databases"):
            monkeypatch.setattr(f"siteplanner.{module}.refusal", lambda _: "")
    try:
        sentence = trouble(project(f'query = """{sql}"""', kind="table"))
    except InputError as error:
        assert door == "shut"
        sentence = str(error)
    assert re.search(r"query (writes|cannot be read)|the database says", sentence)
    city.run(
        "DO $$ BEGIN ASSERT (SELECT count(*) = 2 AND sum(people) = 30 FROM town.census); "
        "ASSERT NOT (SELECT is_called FROM town.counter); END $$"
    )


def test_a_user_who_may_not_read_that(project, city, monkeypatch):
    city.run("DROP ROLE IF EXISTS guest")
    city.run("CREATE ROLE guest LOGIN PASSWORD 'guest'")
    monkeypatch.setenv("PGUSER", "guest")
    monkeypatch.setenv("PGPASSWORD", "guest")
    assert "this user may not read that" in trouble(project('table = "town.secret"'))


@pytest.mark.parametrize("how", ["variables", "address"])
def test_no_password_is_told_anywhere(project, city, monkeypatch, capfd, how):
    source = None
    if how == "address":
        monkeypatch.delenv("PGPASSWORD")
        monkeypatch.setenv("OUR_WORD", city.password)
        source = f"postgresql://planner:${{OUR_WORD}}@127.0.0.1:{city.port}/city"
    assert project(TABLE, source=source).kind == "fetched"
    for wrong in (False, True):
        if wrong:
            monkeypatch.setenv("PGPASSWORD", city.password + "x")
            monkeypatch.setenv("OUR_WORD", city.password + "x")
        for debug in ([], ["--debug"]):
            with pytest.raises((SystemExit, InputError)) as left:
                main([*debug, "--root", str(project.root), "fetch", "lots", "--refresh"])
            assert city.password not in str(left.value)
    said = "".join(capfd.readouterr())
    assert "lots: changed from 127.0.0.1" in said
    assert "the database refuses this user or password" in said
    written = [path for path in project.root.rglob("*") if path.is_file()]
    for secret in (city.password, "s3cr3t"):
        assert secret not in said
        assert not any(secret.encode() in path.read_bytes() for path in written)
    record = read_record(project.root / "layers", "lots")
    assert record.source == f"postgresql://127.0.0.1:{city.port}/city"
    assert project.lots().layer.source.startswith("postgresql://")


def test_a_password_in_the_file_is_refused(project, city):
    for source in (
        f"postgresql://planner:s3cr3t@127.0.0.1:{city.port}/city",
        f"postgresql://127.0.0.1:{city.port}/city?user=planner&password=s3cr3t",
    ):
        sentence = trouble(project(TABLE, source=source))
        assert "a password stands in the address" in sentence
        assert "s3cr3t" not in sentence


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("postgresql://127.0.0.1:1/city", r"no database answers at 127.0.0.1; see that it runs"),
        ("postgresql://127.0.0.1:{port}/nope", r"the server has no database of that name"),
        ("postgresql://127.0.0.1:{port}/city?nonsense=1", r"this is no address of a database"),
        ("postgresql://127.0.0.1:x/city", r"that PGHOST and PGPORT are right"),
    ],
)
def test_no_database(project, city, source, sentence):
    assert re.search(sentence, trouble(project(TABLE, source=source.format(port=city.port))))


def test_the_usual_variables_say_where(project, city, monkeypatch):
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(city.port))
    monkeypatch.setenv("PGDATABASE", "city")
    assert project(TABLE, source="postgresql://").kind == "fetched"


def test_a_database_that_is_gone_leaves_the_copy(project, city):
    project(TABLE)
    keep = f'source = "postgresql://127.0.0.1:{city.port}/city"'
    toml = project.root / "layers" / "lots.toml"
    toml.write_text(toml.read_text().replace(f":{city.port}/", ":1/"))
    (outcome,) = Project(project.root).fetch("lots", refresh=True)
    assert outcome.kind == "failed"
    toml.write_text(re.sub(r"^source.*$", keep, toml.read_text(), flags=re.M))
    assert len(project.lots().table) == 5


@pytest.mark.slow
def test_half_a_million_rows(project, city):
    city.run(
        "CREATE TABLE IF NOT EXISTS town.parcels AS SELECT n AS id, 'use ' || n % 7 AS use, "
        "ST_MakeEnvelope(600000 + n % 1000 * 20, 500000 + n / 1000 * 20, 600019 + n % 1000 * 20, "
        "500019 + n / 1000 * 20, 32618) AS geom FROM generate_series(0, 499999) AS n"
    )
    seen = []
    start = time.process_time()
    keys = 'table = "town.parcels"\nid = "id"\n[columns.use]\nkind = "category"'
    outcome = project(keys, kind="polygons", progress=lambda *told: seen.append(told))
    print(f"500,000 rows: {time.process_time() - start:.1f} s CPU")
    assert outcome.said[0].startswith("500,000 rows")
    assert seen[-1] == ("lots", 500_000, None)
    assert len(seen) == 25
    table = gpd.read_parquet(project.root / "layers" / "fetched" / "lots.parquet")
    assert (len(table), table.crs.to_epsg()) == (500_000, 32618)
    assert "and the limit is 0.01 GB" in trouble(
        project(keys, kind="polygons", refresh=True, limit_bytes=10_000_000)
    )
