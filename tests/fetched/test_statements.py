"""Queries that write are refused by their words, before any database is asked."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner import InputError, Project, init
from siteplanner.fetched.addresses import TroubleError
from siteplanner.fetched.databases import read_database
from siteplanner.model.statements import refusal

READ = [
    "SELECT 1",
    "select * from lots where note = 'it''s; DELETE FROM lots' ;",
    "WITH a AS (SELECT 1 AS id), b AS MATERIALIZED (SELECT * FROM a) SELECT * FROM b",
    "TABLE town.lots",
    "VALUES (1, 'a'), (2, 'b');;",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT id -- ; DROP TABLE lots\n FROM lots",
    "SELECT /* one /* inside */ ; DELETE FROM a */ id FROM lots",
    'SELECT "DELETE", "a""; b" FROM lots',
    "SELECT $$; DROP TABLE a$$ AS a, $tag$ $$ ; $tag$ AS b",
    r"SELECT E'it\'s; UPDATE a SET b = 1' AS a",
    "SELECT updated, deleted_at, l.update FROM lots l",
    "SELECT substring(name FOR 3), count(*) FILTER (WHERE update > 1) FROM lots",
    "SELECT replace(name, 'a', 'b') FROM lots WHERE set IS NULL",
    "SELECT 1 AS id WHERE $1 IS NULL",
    "SELECT (update + 1) FROM lots",
]
WRITE = {
    "INSERT INTO a VALUES (1)": "writes (INSERT)",
    "insert into a values (1) returning *": "writes (INSERT)",
    "UPDATE a SET b = 1": "writes (UPDATE)",
    'WITH c AS (UPDATE "a" SET b = 1 RETURNING *) SELECT * FROM c': "writes (UPDATE)",
    "DELETE FROM a": "writes (DELETE)",
    "WITH c AS (INSERT INTO a VALUES (1) RETURNING *) SELECT * FROM c": "writes (INSERT)",
    "WITH c AS (/* hi */ DELETE FROM a RETURNING *) SELECT * FROM c": "writes (DELETE)",
    "WITH c AS (SELECT 1) DELETE FROM a USING c": "writes (DELETE)",
    "WITH c AS (SELECT 1) MERGE INTO a USING c ON true WHEN MATCHED THEN DELETE": "writes (MERGE)",
    "SELECT * INTO b FROM a": "writes (SELECT INTO)",
    "SELECT * FROM a FOR UPDATE": "writes (FOR UPDATE)",
    "SELECT * FROM a FOR NO KEY UPDATE": "writes (FOR NO)",
    "DROP TABLE a": "writes (DROP)",
    "TRUNCATE a": "writes (TRUNCATE)",
    "COPY a TO PROGRAM 'sh'": "writes (COPY)",
    "DO $$ BEGIN DELETE FROM a; END $$": "writes (DO)",
    "CALL pay()": "writes (CALL)",
    "SELECT 1; DELETE FROM a": "writes (DELETE)",
    "SELECT 1; SELECT 2": "has 2 statements",
    "SELECT 1) AS asked; COMMIT; INSERT INTO a VALUES (1); --": "writes (COMMIT)",
    "SELECT 1) AS asked, (SELECT 2": "closes a bracket that it did not open",
    "SELECT (1": "opens a bracket that it does not close",
    "EXPLAIN ANALYZE SELECT 1": "begins with EXPLAIN",
    "SELEC 1": "begins with SELEC",
    "SELECT 'a": "has a text that does not end",
    'SELECT "a': "has a name that does not end",
    "SELECT 1 /* a": "has a comment that does not end",
    " ; ": "is empty",
}


@pytest.mark.parametrize("sql", READ)
def test_what_reads_may_pass(sql):
    assert refusal(sql) == ""


@pytest.mark.parametrize(("sql", "said"), WRITE.items())
def test_what_writes_is_named(sql, said):
    assert refusal(sql).startswith(said)
    assert "; " in refusal(sql)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(WRITE)[1:]), st.text(alphabet="a '\"$;-/*\n(", max_size=12))
def test_no_text_beside_it_hides_a_writing_query(sql, noise):
    """Whatever stands in a quoted text or a comment, in front or behind."""
    text = "'" + noise.replace("'", "''") + "'"
    assert refusal(f"SELECT {text}; {sql}")
    assert refusal(f"-- {noise.replace(chr(10), ' ')}\n{sql}")
    assert refusal(f"SELECT {text} AS a") == ""


def test_at_the_door_and_without_any_connection(tmp_path, monkeypatch):
    """`check`, `fetch` and the reader itself refuse it; nothing is asked of any server."""

    def refuse(*_):
        raise AssertionError("it connected")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("psycopg.connect", refuse)
    project = Project(init(tmp_path / "p", empty=True).root)
    lines = 'title = "L"\nsource = "postgresql://127.0.0.1:1/a"\nkind = "points"\n'
    path = project.root / "layers" / "lots.toml"
    path.write_text(lines + 'query = "WITH x AS (DELETE FROM a RETURNING *) TABLE x"\n')
    said = r"layers/lots.toml: .*query writes \(DELETE\), and only reading is allowed; write one"
    with pytest.raises(InputError, match=said):
        project.check()
    with pytest.raises(InputError, match=said):
        list(project.fetch("lots"))
    with pytest.raises(TroubleError, match=r"the query has 2 statements"):
        read_database("postgresql://127.0.0.1:1/a", table=None, query="SELECT 1; SELECT 2",
                      limit_bytes=1, progress=lambda *_: None)  # fmt: skip
