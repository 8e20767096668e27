"""Bounded searches from many neighbouring points at once: kernels on whole numbers.

A batch of `LANES` starts is searched from together.  One heap search from all of them gives
the nodes that any of them can reach, in a good order; then one row of costs a node, one
number (a lane) a start, is lowered along the streets until nothing changes.  The rows are
worked on with wide instructions, so a batch costs little more than a single start.  What is
not reached is never looked at: the work follows the pairs found, not the size of the network.

All kernels are in this file, because numba looks at one file to see if machine code is stale.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from siteplanner.compiled import kernel

LANES = 32
"""Starts that are searched from together."""
ROOM = 1024
"""Nodes that a batch has room for at first."""

Array = NDArray[Any]
Graph = tuple[Array, Array, Array]
Room = tuple[Array, Array, Array, Array, Array]


def _lower_code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """Write the instructions of `_lower`: load, add, compare, keep the smaller, store."""
    whole = ir.IntType(signature.args[0].dtype.bitwidth)
    row, flags = ir.VectorType(whole, LANES), ir.IntType(LANES)
    number = ir.IntType(32)

    def place(array: Any, kind: Any, start: Any) -> Any:
        data = context.make_array(kind)(context, builder, array).data
        return builder.bitcast(builder.gep(data, [start]), row.as_pointer())

    here = place(args[0], signature.args[0], args[1])
    there = place(args[2], signature.args[2], args[3])
    align = signature.args[0].dtype.bitwidth // 8
    old, new = (builder.load(one, align=align) for one in (here, there))
    first = builder.insert_element(ir.Constant(row, ir.Undefined), args[4], number(0))
    pattern = ir.Constant(ir.VectorType(number, LANES), [0] * LANES)
    new = builder.add(new, builder.shuffle_vector(first, first, pattern))
    less = builder.icmp_signed("<", new, old)
    builder.store(builder.select(less, new, old), here, align=align)
    return builder.icmp_unsigned("!=", builder.bitcast(less, flags), flags(0))


def _lower_types(_: Any, table: Any, target: Any, other: Any, source: Any, cost: Any) -> Any:  # noqa: ARG001
    """Lower ``LANES`` numbers of ``table`` to those of ``other`` plus a cost; say if any fell.

    The same as a loop over the lanes, which numba does not turn into wide instructions.
    """
    places = types.int64
    signature = types.boolean(table, places, other, places, table.dtype)
    return signature, _lower_code


_lower: Any = intrinsic(_lower_types)


@kernel()
def _grown(array: Array) -> Array:
    """Copy an array to the first half of a longer one."""
    longer = np.empty(2 * len(array), array.dtype)
    for place in range(len(array)):
        longer[place] = array[place]
    return longer


@kernel()
def _enter(starts: Graph, batch: tuple[int, int], beyond: int, slot: Array, room: Room) -> int:
    """Give the nodes that a batch starts from a number and a row of costs; say how many."""
    first, node, offset = starts
    order, rows, queued, now, _ = room
    found = 0
    for start in range(batch[0], batch[1]):
        for number in range(first[start], first[start + 1]):
            if offset[number] < beyond:
                here = slot[node[number]]
                if here < 0:
                    here = found
                    slot[node[number]] = here
                    order[here], now[here], queued[here] = node[number], here, 1
                    for lane in range(LANES):
                        rows[here * LANES + lane] = beyond
                    found += 1
                at = here * LANES + start - batch[0]
                rows[at] = min(rows[at], offset[number])
    return found


@kernel()
def _spread(
    graph: Graph, slot: Array, room: Room, beyond: int, waiting: int, found: int
) -> tuple[int, int]:
    """Lower the rows of the neighbours of all waiting nodes; say how many wait then."""
    indptr, indices, costs = graph
    order, rows, queued, now, later = room
    count = 0
    for turn in range(waiting):
        here = np.int64(now[turn])
        queued[here] = 0
        for edge in range(indptr[order[here]], indptr[order[here] + 1]):
            there = np.int64(slot[indices[edge]])
            if there < 0:
                there = np.int64(found)
                queued[there] = 0
                order[there] = indices[edge]
                for lane in range(LANES):
                    rows[there * LANES + lane] = beyond
            fell = np.uint8(_lower(rows, there * LANES, rows, here * LANES, costs[edge]))
            if there == found and fell > 0:
                slot[indices[edge]] = found
                found += 1
            later[count] = there
            count += fell & ~queued[there]
            queued[there] |= fell
    return count, found


@kernel()
def _search(
    graph: Graph, starts: Graph, batch: tuple[int, int], beyond: int, slot: Array, room: Room
) -> tuple[int, Room]:
    """Find what all nodes cost from a batch of starts, in rounds, until nothing changes."""
    found = _enter(starts, batch, beyond, slot, room)
    waiting = found
    while waiting > 0:
        order, rows, queued, now, later = room
        most = found + 1
        for turn in range(waiting):
            here = order[now[turn]]
            most += graph[0][here + 1] - graph[0][here]
        while most > len(order):
            order, rows = _grown(order), _grown(rows)
            queued, now, later = _grown(queued), _grown(now), _grown(later)
        room = (order, rows, queued, now, later)
        waiting, found = _spread(graph, slot, room, beyond, waiting, found)
        room = (order, rows, queued, later, now)
    return found, room


@kernel()
def _number_of(name: int, place: Array, names: Array, count: int) -> int:
    """Give a destination's number, the next one where it has none."""
    if place[name] < 0:
        place[name] = count
        names[count] = name
    return int(place[name])


@kernel()
def _sort(keys: Array, count: int) -> None:
    """Sort the first keys in place: Shell's sort with Tokuda's gaps.

    It is as quick here as numpy's, which takes numba four seconds to compile.
    """
    gap = 1.0
    while gap < count:
        gap = 2.25 * gap + 1
    while gap > 1:
        gap = (gap - 1) / 2.25
        step = int(np.ceil(gap))
        for last in range(step, count):
            key, place = keys[last], last
            while place >= step and keys[place - step] > key:
                keys[place] = keys[place - step]
                place -= step
            keys[place] = key


@kernel()
def _write(keys: Array, lane: Array, beyond: int, index: Array, cost: Array, filled: int) -> int:
    """Write the pairs of one start behind those that are there; say how many there are then."""
    for key in keys:
        value = lane[(key & 0xFFFFFFFF) * LANES]
        index[filled] = key >> 32
        cost[filled] = value
        filled += value < beyond
    return filled


SIGNATURE = (
    "UniTuple(i8, 2)(UniTuple(i4[::1], 3), UniTuple(i4[::1], 3), UniTuple(i4[::1], 3), "
    "UniTuple(i4[::1], 3), UniTuple(i8, 2), i8, UniTuple(i4[::1], 2), "
    "Tuple((i8[::1], i4[::1], i4[::1])))"
)


@kernel(SIGNATURE)
def search_block(
    graph: Graph,
    starts: Graph,
    aims: Graph,
    direct: Graph,
    block: tuple[int, int],
    limit: int,
    scratch: tuple[Array, Array],
    out: Graph,
) -> tuple[int, int]:
    """Find every destination within a limit of each of some starts, and its cost.

    Parameters
    ----------
    graph
        Compressed rows of the streets: ``indptr``, ``indices``, ``costs``.  Costs and limit
        are below 2**30 where costs are 32 bits wide.
    starts
        By start, compressed rows of the nodes it leads to: ``first``, ``node``, ``cost``.
        There are two of them at most.
    aims
        By node, compressed rows of the destinations it leads to: ``first``, ``name``, ``cost``.
    direct
        By start, compressed rows of the destinations it leads to without passing any node.
    block
        First start to search from and the one after the last.
    limit
        Largest cost, inclusive.
    scratch
        Numbers of all nodes and of all destinations, all -1; they are given back as they were.
    out
        Compressed rows to fill: ``first`` (by start, from 0 on, and one more), the
        destinations in order, their costs.

    Returns
    -------
    The first start that was not searched from, because the pairs of its batch might not fit,
    and how many pairs were found from those before it.
    """
    slot, place = scratch
    first, index, cost = out
    kind = graph[2].dtype
    beyond = limit + 1
    now, later = np.empty(ROOM, np.int32), np.empty(ROOM, np.int32)
    order, rows = np.empty(ROOM, np.int32), np.empty(ROOM * LANES, kind)
    room = (order, rows, np.empty(ROOM, np.uint8), now, later)
    names, keys = np.empty(ROOM, np.int32), np.empty(ROOM, np.int64)
    table = np.empty(ROOM * LANES, kind)
    filled = 0
    first[0] = 0
    for low in range(block[0], block[1], LANES):
        high = min(low + LANES, block[1])
        found, room = _search(graph, starts, (low, high), beyond, slot, room)
        order, rows = room[0], room[1]

        most = np.int64(direct[0][high] - direct[0][low])
        for number in range(found):
            most += aims[0][order[number] + 1] - aims[0][order[number]]
        if most > len(names):
            names, keys = np.empty(2 * most, np.int32), np.empty(2 * most, np.int64)
            table = np.empty(2 * most * LANES, kind)
        for number in range(most * LANES):
            table[number] = beyond
        count = 0
        for number in range(found):
            here = order[number]
            for one in range(aims[0][here], aims[0][here + 1]):
                at = _number_of(aims[1][one], place, names, count)
                count += at == count
                _lower(table, at * LANES, rows, number * LANES, aims[2][one])
            slot[here] = -1
        for start in range(low, high):
            for one in range(direct[0][start], direct[0][start + 1]):
                at = _number_of(direct[1][one], place, names, count)
                count += at == count
                at = at * LANES + start - low
                table[at] = min(table[at], direct[2][one])

        for number in range(count):
            keys[number] = (np.int64(names[number]) << 32) | number
            place[names[number]] = -1
        if filled + LANES * count > len(index):
            return low, filled
        _sort(keys, count)
        for start in range(low, high):
            filled = _write(keys[:count], table[start - low :], beyond, index, cost, filled)
            first[start - block[0] + 1] = filled
    return block[1], filled


@kernel(
    "void(i8[::1], i8[::1], Tuple((i4[::1], i4[::1])), i8[::1], Tuple((i4[::1], i4[::1])))",
)
def move_rows(
    first: Array, counts: Array, pairs: tuple[Array, Array], to: Array, moved: tuple[Array, Array]
) -> None:
    """Copy rows of pairs that start at ``first`` to where each has its place in other arrays."""
    index, cost = pairs
    to_index, to_cost = moved
    for row in range(len(to)):
        shift = to[row] - first[row]
        for place in range(first[row], first[row] + counts[row]):
            to_index[place + shift] = index[place]
            to_cost[place + shift] = cost[place]
