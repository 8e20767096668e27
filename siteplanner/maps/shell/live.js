// Weighing and ranking: bare functions on arrays.  Nothing here knows of the page.
"use strict";

const Live = (function () {
  const ROUND = 1e12;

  function rounded(value) { return Math.round(value * ROUND) / ROUND; }

  /* Leaves of a tree of weights, in file order. */
  function leaves(tree) { return tree.flatMap((one) => one.parts ? leaves(one.parts) : [one]); }

  /* Share out a weight of 1 among the known leaves.  `known` says of every leaf whether it is
     known here, `ever` whether it is known anywhere; null where nothing is. */
  function spread(tree, weights, known, ever) {
    const inside = [];
    for (const one of tree) {
      const weight = weights[one.name] ?? one.weight;
      let part = null;
      if (one.parts) { part = spread(one.parts, weights, known, ever); }
      else if (ever[one.name]) { part = { [one.name]: known[one.name] ? 1 : 0 }; }
      if (part && weight > 0) { inside.push({ weight, part }); }
    }
    if (!inside.length) { return null; }
    const largest = Math.max(...inside.map((one) => one.weight));
    let total = 0;
    for (const one of inside) {
      const sum = Object.values(one.part).reduce((a, b) => a + b, 0);
      one.size = one.weight / largest * (sum > 0.5 ? 1 : 0);
      total += one.size;
    }
    if (!(total > 0)) { total = 1; }
    const shares = {};
    for (const one of inside) {
      for (const [leaf, share] of Object.entries(one.part)) {
        shares[leaf] = one.size / total * share;
      }
    }
    return shares;
  }

  /* What the leaves weigh where each that has data is known; null where none weighs anything. */
  function shares(level, weights) {
    const ever = {};
    for (const one of leaves(level.tree)) { ever[one.name] = Boolean(level.scores[one.name]); }
    return spread(level.tree, weights, ever, ever);
  }

  /* Rows that know the same leaves share their weights: number the kinds of rows once. */
  function kinds(level, count) {
    const names = leaves(level.tree).map((one) => one.name).filter((name) => level.scores[name]);
    const ever = Object.fromEntries(names.map((name) => [name,
      level.scores[name].some((one) => !Number.isNaN(one))]));
    const kind = new Uint16Array(count);
    const columns = names.map((name) => level.scores[name]);
    const found = new Map();
    const knowns = [];
    for (let row = 0; row < count; row += 1) {
      let mark = 0; // a bit a leaf: exact for as many as 52
      for (const column of columns) { mark = 2 * mark + (Number.isNaN(column[row]) ? 0 : 1); }
      let here = found.get(mark);
      if (here === undefined) {
        here = knowns.length;
        found.set(mark, here);
        knowns.push(Object.fromEntries(names.map((name, at) =>
          [name, !Number.isNaN(columns[at][row])])));
      }
      kind[row] = here;
    }
    return { names, ever, kind, knowns };
  }

  /* The index of every row, and what each leaf adds to it (geometric: its factor). */
  function weigh(level, weights, rows) {
    const count = rows.kind.length;
    const value = new Float64Array(count);
    const parts = Object.fromEntries(rows.names.map((name) => [name, new Float64Array(count)]));
    const perKind = rows.knowns.map((known) => spread(level.tree, weights, known, rows.ever));
    const product = level.aggregation === "geometric";
    const table = rows.names.map((name) => perKind.map((one) => one ? one[name] ?? 0 : 0));
    const nothing = rows.knowns.map((_, kind) => table.every((one) => one[kind] === 0));
    value.fill(product ? 1 : 0);
    rows.names.forEach((name, at) => {
      const score = level.scores[name];
      const part = parts[name];
      const share = table[at];
      for (let row = 0; row < count; row += 1) {
        const mine = share[rows.kind[row]];
        if (product) {
          part[row] = mine > 0 ? score[row] ** mine : 1;
          value[row] *= part[row];
        } else {
          part[row] = mine > 0 ? mine * score[row] : 0;
          value[row] += part[row];
        }
      }
    });
    for (let row = 0; row < count; row += 1) {
      value[row] = nothing[rows.kind[row]] ? NaN
        : Math.min(1, Math.max(0, rounded(value[row])));
    }
    return { value, parts };
  }

  /* Ranks from 1, the highest value first; the same value shares the better rank; NaN has 0. */
  function ranks(value) {
    const order = Array.from(value.keys()).filter((at) => !Number.isNaN(value[at]))
      .sort((a, b) => value[b] - value[a] || a - b);
    const rank = new Uint32Array(value.length);
    order.forEach((at, place) => {
      const before = order[place - 1];
      rank[at] = place && value[at] === value[before] ? rank[before] : place + 1;
    });
    return rank;
  }

  /* People in need of every cell: people × need, or by leaf the group that the leaf names. */
  function demand(need, people, groups, counts) {
    const found = new Float64Array(people.length);
    const named = Object.keys(groups).length > 0;
    for (let cell = 0; cell < found.length; cell += 1) {
      let sum = named ? 0 : need.value[cell] * people[cell];
      if (named) {
        for (const [leaf, part] of Object.entries(need.parts)) {
          if (part[cell] !== 0) { sum += part[cell] * (counts[groups[leaf]] ?? people)[cell]; }
        }
        if (Number.isNaN(need.value[cell])) { sum = NaN; }
      }
      found[cell] = Number.isNaN(sum) ? 0 : sum;
    }
    return found;
  }

  /* What each site would newly reach by itself. */
  function alone(walks, amount, served) {
    const found = new Float64Array(walks.start.length - 1);
    for (let site = 0; site < found.length; site += 1) {
      let sum = 0;
      for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
        const cell = walks.cell[at];
        const more = (walks.share ? walks.share[at] : 1) - served[cell];
        if (more > 0) { sum += amount[cell] * more; }
      }
      found[site] = sum;
    }
    return found;
  }

  /* Lower or raise a score of 0..1 as the scenario's scale does. */
  function scored(values, scale) {
    const { zero_at: zero, full_at: full } = scale;
    if (scale.score === "linear") {
      return values.map((one) => Math.min(1, Math.max(0, (one - zero) / (full - zero))));
    }
    if (scale.score === "logistic") {
      const steep = 2 * Math.log(99);
      return values.map((one) => 1 / (1 + Math.exp(-steep * ((one - zero) / (full - zero) - 0.5))));
    }
    return null;
  }

  return { leaves, shares, spread, kinds, weigh, ranks, demand, alone, scored };
}());
