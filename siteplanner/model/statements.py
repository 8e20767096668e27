"""Whether a query only reads, as far as its words tell; the database is asked nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

READS = ("SELECT", "WITH", "TABLE", "VALUES", "(")
"""What a query begins with."""
_AFTER = {"INSERT": ("INTO",), "DELETE": ("FROM",), "MERGE": ("INTO",), "UPDATE": ()}
_LOCKS = ("UPDATE", "SHARE", "NO", "KEY")
_TOKEN = re.compile(
    r"""\s+ | --[^\n]*
      | (?P<text> [eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | \$((?:[^\W\d]\w*)?)\$.*?\$\2\$ )
      | (?P<name> "(?:[^"]|"")*" )
      | (?P<word> [^\W\d][\w$]* )
      | (?P<number> \d[\w.]* )
      | (?P<sign> . )""",
    re.VERBOSE | re.DOTALL,
)


def refusal(query: str) -> str:
    """Say why a query may not be asked; empty where it seems to read only.

    What functions do cannot be seen here: the transaction is read-only besides.

    Parameters
    ----------
    query
        In the SQL of PostgreSQL.

    Returns
    -------
    Half a sentence that goes on after "query".

    Examples
    --------
    >>> refusal("SELECT id, 'DELETE FROM a; --' AS word FROM a;")
    ''
    >>> refusal("WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone")
    'writes (DELETE), and only reading is allowed; write one SELECT'
    >>> refusal("SELECT 1; SELECT 2")
    'has 2 statements; write one SELECT'
    """
    try:
        tokens = list(_tokens(query))
    except ValueError as error:
        return f"{error}; close it"
    while tokens and tokens[-1] == ";":
        tokens.pop()
    if not tokens:
        return "is empty; write one SELECT"
    wrong = _writes(tokens)
    if wrong:
        return f"writes ({wrong}), and only reading is allowed; write one SELECT"
    parts = tokens.count(";") + 1
    if parts > 1:
        return f"has {parts} statements; write one SELECT"
    if tokens[0] not in READS:
        return f"begins with {tokens[0][:20]}, and only reading is allowed; write one SELECT"
    return _unbalanced(tokens)


def _tokens(query: str) -> Iterator[str]:
    """Give words in capitals and signs one by one; texts and quoted names as quotes alone."""
    at = 0
    while at < len(query):
        if query.startswith("/*", at):
            at = _after_comment(query, at)
            continue
        found = _TOKEN.match(query, at)
        assert found is not None  # noqa: S101  the last part takes any sign
        at = found.end()
        kind = found.lastgroup
        if kind == "word":
            yield found.group().upper()
        elif kind == "sign" and found.group() in ("'", '"'):
            msg = f"has a {'text' if found.group() == chr(39) else 'name'} that does not end"
            raise ValueError(msg)
        elif kind in ("sign", "number"):
            yield found.group()
        elif kind is not None:
            yield "''" if kind == "text" else '""'


def _after_comment(query: str, at: int) -> int:
    """Give where a comment ends; comments may hold others."""
    depth = 0
    for found in re.compile(r"/\*|\*/").finditer(query, at):
        depth += 1 if found.group() == "/*" else -1
        if not depth:
            return found.end()
    msg = "has a comment that does not end"
    raise ValueError(msg)


def _writes(tokens: list[str]) -> str:
    """Give the word by which a query writes or locks; empty where there is none."""
    for at, word in enumerate(tokens):
        before = tokens[at - 1] if at else ";"
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if word in _AFTER and before in (";", "(", ")"):
            sets = word == "UPDATE" and (after == '""' or after.isidentifier())
            if after in _AFTER[word] or (sets and "SET" in tokens[at:]):
                return word
        if word == "INTO" and before not in _AFTER:
            return "SELECT INTO"
        if word == "FOR" and after in _LOCKS:
            return f"FOR {after}"
        if before == ";" and word not in (*READS, ";"):
            return word if word in _STATEMENTS else ""
    return ""


_STATEMENTS = frozenset(
    ["ALTER", "ANALYZE", "BEGIN", "CALL", "CLUSTER", "COMMENT", "COMMIT", "COPY", "CREATE",
     "DELETE", "DO", "DROP", "EXECUTE", "GRANT", "INSERT", "LOCK", "MERGE", "NOTIFY", "PREPARE",
     "REFRESH", "REINDEX", "RESET", "REVOKE", "ROLLBACK", "SET", "START", "TRUNCATE", "UPDATE",
     "VACUUM"]
)  # fmt: skip


def _unbalanced(tokens: list[str]) -> str:
    """Find a bracket too many: the query is asked inside of another."""
    depth = 0
    for one in tokens:
        depth += {"(": 1, ")": -1}.get(one, 0)
        if depth < 0:
            return "closes a bracket that it did not open; take it out"
    return "opens a bracket that it does not close; close it" if depth else ""
