"""Existing places among the sites, for kernels that know only sites."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from siteplanner.choice.ground import Ground
from siteplanner.choice.solution import Floats, Rules, Solution


def column_of(minutes: Floats) -> sparse.csr_array:
    """One column of walks; a walk of 0 stays stored."""
    known = np.flatnonzero(~np.isnan(minutes))
    indptr = np.concatenate([[0], np.cumsum(~np.isnan(minutes))])
    zeros = np.zeros(len(known), dtype=np.int64)
    return sparse.csr_array((minutes[known], zeros, indptr), shape=(len(minutes), 1))


def one_more(rules: Rules, sites: int) -> Rules:
    """Add the existing places as the last, fixed site; it costs nothing and takes everybody."""

    def longer(values: Floats | None, last: float) -> Floats | None:
        return None if values is None else np.append(values, last)

    spacing = rules.min_spacing
    if spacing is not None:
        spacing = sparse.csr_array(spacing)
        spacing = sparse.block_diag([spacing, sparse.csr_array((1, 1))], format="csr")
    districts = rules.districts
    if districts is not None:
        districts = (np.append(districts[0], -1).astype(np.int64), districts[1])
    load = 0.0 if rules.load is None else float(np.nan_to_num(rules.load).sum())
    return replace(
        rules,
        fixed=np.concatenate([[sites], rules.fixed]).astype(np.int64),
        site_cost=longer(rules.site_cost, 0.0),
        capacity=longer(rules.capacity, load),
        min_spacing=spacing,
        districts=districts,
        score=longer(rules.score, 0.0),
        called=replace(
            rules.called, sites=(*rules.called.sites, "the existing places"), standing=1
        ),
    )


def without_last(found: Solution, last: int) -> Solution:
    """Take the existing places out of a solution again."""
    own = found.sites != last
    assignment = np.where(found.assignment == last, -1, found.assignment)
    flows = None if found.flows is None else sparse.csr_array(found.flows)[:, :last]
    return replace(
        found,
        sites=found.sites[own],
        gains=found.gains[own],
        assignment=assignment,
        flows=flows,
        optima=tuple(one[one != last] for one in found.optima),
    )


def padded(rules: Rules, ground: Ground) -> Rules:
    """Let rules of the sites hold for the sites and the existing places after them."""
    more = 0 if ground.existing_reach is None else ground.existing_reach.shape[1]
    names = (*rules.called.sites, *ground.existing)

    def longer(values: Floats | None) -> Floats | None:
        return None if values is None else np.append(values, np.zeros(more))

    spacing = rules.min_spacing
    if spacing is not None:
        blocks = [sparse.csr_array(spacing), sparse.csr_array((more, more))]
        spacing = sparse.block_diag(blocks, format="csr")
    districts = rules.districts
    if districts is not None:
        none = np.full(more, -1)
        districts = (np.append(districts[0], none).astype(np.int64), districts[1])
    return replace(
        rules,
        site_cost=longer(rules.site_cost),
        min_spacing=spacing,
        districts=districts,
        score=longer(rules.score),
        called=replace(rules.called, sites=names, standing=more),
    )
