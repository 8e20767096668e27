// Choosing a set: bare functions on arrays, joined to `Live`.  A problem has
//   walks   {start, cell, share}: by site, the cells it reaches and how fully (null: fully)
//   amount, served: by cell, people in need, and how fully existing places reach them
//   allowed, score: by site, whether it may be chosen, and what breaks ties
//   must, count: sites that are in, and how many in all
//   near    site to the set of sites too near to it, or null
//   quick   whether to leave out the shaking, which takes longest
"use strict";

Object.assign(Live, (function () {
  const SWAPS = 60;
  const STEPS = 120;
  const SHAKE = 1e6; // walks times sites up to which a set is shaken

  /* How fully each cell is reached by a set, by which site, and by what else at best. */
  function covered(walks, served, set) {
    const best = Float64Array.from(served);
    const second = Float64Array.from(served);
    const owner = new Int32Array(served.length).fill(-1);
    set.forEach((site, place) => {
      for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
        const cell = walks.cell[at];
        const share = walks.share ? walks.share[at] : 1;
        if (share > best[cell]) {
          second[cell] = best[cell];
          best[cell] = share;
          owner[cell] = place;
        } else if (share > second[cell]) { second[cell] = share; }
      }
    });
    return { best, second, owner };
  }

  /* What a site newly reaches beyond `best`. */
  function gain(problem, best, site) {
    const { walks, amount } = problem;
    let sum = 0;
    for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
      const cell = walks.cell[at];
      const more = (walks.share ? walks.share[at] : 1) - best[cell];
      if (more > 0) { sum += amount[cell] * more; }
    }
    return sum;
  }

  function take(problem, best, site) {
    const { walks } = problem;
    for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
      const share = walks.share ? walks.share[at] : 1;
      if (share > best[walks.cell[at]]) { best[walks.cell[at]] = share; }
    }
  }

  function apart(problem, site, set, without) {
    const near = problem.near && problem.near.get(site);
    return !near || !set.some((one) => one !== without && near.has(one));
  }

  /* Whether one site comes before another of the same gain. */
  function first(problem, one, other) {
    return problem.score[one] > problem.score[other]
      || (problem.score[one] === problem.score[other] && one < other);
  }

  /* Begin with the sites that must be in; add what newly reaches most, one after the other. */
  function greedy(problem, begin) {
    const best = Float64Array.from(problem.served);
    const set = [...begin];
    set.forEach((site) => take(problem, best, site));
    const hope = new Float64Array(problem.allowed.length).fill(-1);
    for (let site = 0; site < hope.length; site += 1) {
      if (problem.allowed[site] && !set.includes(site)) { hope[site] = gain(problem, best, site); }
    }
    while (set.length < problem.count) {
      let top = -1;
      let fresh = -1;
      for (;;) {
        top = -1;
        for (let site = 0; site < hope.length; site += 1) {
          if (hope[site] > 0 && (top < 0 || hope[site] > hope[top]
            || (hope[site] === hope[top] && first(problem, site, top)))) { top = site; }
        }
        if (top < 0 || top === fresh) { break; }
        hope[top] = apart(problem, top, set) ? gain(problem, best, top) : -1;
        fresh = hope[top] > 0 ? top : -1;
      }
      if (top < 0) { break; }
      set.push(top);
      hope[top] = -1;
      take(problem, best, top);
    }
    return set;
  }

  /* Exchange one site for another as long as that reaches more. */
  function exchanged(problem, begin, kept) {
    const { walks, amount, served } = problem;
    const set = [...begin];
    const scale = Math.max(1e-12, amount.reduce((sum, one) => sum + one, 0));
    for (let round = 0; round < SWAPS; round += 1) {
      const { best, second, owner } = covered(walks, served, set);
      const loss = new Float64Array(set.length);
      for (let cell = 0; cell < best.length; cell += 1) {
        if (owner[cell] >= 0) { loss[owner[cell]] += amount[cell] * (best[cell] - second[cell]); }
      }
      let most = 1e-9 * scale;
      let move = null;
      const extra = new Float64Array(set.length);
      for (let site = 0; site < problem.allowed.length; site += 1) {
        if (!problem.allowed[site] || set.includes(site)) { continue; }
        extra.fill(0);
        let more = 0;
        for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
          const cell = walks.cell[at];
          const share = walks.share ? walks.share[at] : 1;
          if (share > best[cell]) { more += amount[cell] * (share - best[cell]); }
          if (owner[cell] >= 0) {
            const back = Math.min(share, best[cell]) - second[cell];
            if (back > 0) { extra[owner[cell]] += amount[cell] * back; }
          }
        }
        for (let place = kept; place < set.length; place += 1) {
          const net = more - loss[place] + extra[place];
          if (net > most && apart(problem, site, set, set[place])) { most = net; move = [place, site]; }
        }
      }
      if (!move) { break; }
      set[move[0]] = move[1];
    }
    return set;
  }

  function reachedBy(problem, set) {
    const { best } = covered(problem.walks, problem.served, set);
    let sum = 0;
    for (let cell = 0; cell < best.length; cell += 1) {
      sum += problem.amount[cell] * (best[cell] - problem.served[cell]);
    }
    return sum;
  }

  /* Put a set into the order in which each site newly reaches most of what is left. */
  function inOrder(problem, set, kept) {
    const best = Float64Array.from(problem.served);
    const left = new Set(set.slice(kept));
    const order = [];
    const gains = [];
    const next = (site) => {
      order.push(site);
      gains.push(gain(problem, best, site));
      take(problem, best, site);
    };
    set.slice(0, kept).forEach(next);
    while (left.size) {
      let top = -1;
      let most = -1;
      for (const site of [...left].sort((a, b) => a - b)) {
        const more = gain(problem, best, site);
        if (top < 0 || more > most || (more === most && first(problem, site, top))) {
          top = site;
          most = more;
        }
      }
      left.delete(top);
      next(top);
    }
    return { order, gains };
  }

  /* Do without each site in turn, form the rest anew, and let it come back: as long as that
     reaches more. */
  function shaken(problem, begin, reached, must) {
    let set = begin;
    let value = reached;
    for (let place = must.length; place < set.length; place += 1) {
      const without = { ...problem, allowed: problem.allowed.slice() };
      without.allowed[set[place]] = 0;
      const rest = exchanged(without, greedy(without, set.filter((_, at) => at !== place)), must.length);
      const other = exchanged(problem, rest, must.length);
      const more = reachedBy(problem, other);
      if (more > value * (1 + 1e-9)) {
        set = other;
        value = more;
        place = must.length - 1;
      }
    }
    return [set, value];
  }

  /* The best set that greedy steps and exchanges find; `starts` are sets to begin from, too. */
  function select(problem, starts) {
    const must = problem.must.slice(0, problem.count);
    let best = exchanged(problem, greedy(problem, must), must.length);
    let value = reachedBy(problem, best);
    for (const start of starts || []) {
      const usable = start.filter((site) => problem.allowed[site] && !must.includes(site)
        && apart(problem, site, must));
      const begin = greedy(problem, [...must, ...usable].slice(0, problem.count));
      const other = exchanged(problem, begin, must.length);
      const reached = reachedBy(problem, other);
      if (reached > value * (1 + 1e-12)) { best = other; value = reached; }
    }
    if (!problem.quick && problem.walks.cell.length * problem.count <= SHAKE) {
      [best, value] = shaken(problem, best, value, must);
    }
    return { ...inOrder(problem, best, must.length), value };
  }

  /* The sites of the highest score, those that are too near a better one left out. */
  function highest(problem, spaced) {
    const order = Array.from(problem.allowed.keys()).filter((site) => problem.allowed[site])
      .sort((a, b) => problem.score[b] - problem.score[a] || a - b);
    const set = problem.must.slice(0, problem.count);
    for (const site of order) {
      if (set.length >= problem.count) { break; }
      if (!set.includes(site) && (!spaced || apart(problem, site, set))) { set.push(site); }
    }
    const best = Float64Array.from(problem.served);
    const gains = set.map((site) => {
      const more = gain(problem, best, site);
      take(problem, best, site);
      return more;
    });
    return { order: set, gains, value: gains.reduce((a, b) => a + b, 0) };
  }

  /* No set of as many sites reaches more: Lagrangian bound, by subgradient steps.  Every cell
     pays a price for being reached; what sites earn and cells keep is never less than the best
     set (Fisher 1981; Galvão and ReVelle 1996 for maximal covering). */
  function bound(problem, value, steps) {
    const { walks, amount, served, allowed } = problem;
    const must = problem.must.slice(0, problem.count);
    const base = Float64Array.from(served);
    must.forEach((site) => take(problem, base, site));
    let fixed = 0;
    for (let cell = 0; cell < base.length; cell += 1) {
      fixed += amount[cell] * (base[cell] - served[cell]);
    }
    const free = problem.count - must.length;
    const sites = Array.from(allowed.keys()).filter((site) => allowed[site] && !must.includes(site));
    const room = new Float64Array(base.length);
    for (const site of sites) {
      for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
        const cell = walks.cell[at];
        const more = (walks.share ? walks.share[at] : 1) - base[cell];
        if (more > room[cell]) { room[cell] = more; }
      }
    }
    const price = new Float64Array(base.length).fill(1);
    const slope = new Float64Array(base.length); // downhill, with half of the last one (Camerini 1975)
    const earned = new Float64Array(allowed.length);
    const wanted = new Float64Array(base.length);
    let least = Infinity;
    let factor = 1;
    let idle = 0;
    for (let step = 0; step < (steps || STEPS); step += 1) {
      let kept = 0;
      for (let cell = 0; cell < base.length; cell += 1) {
        kept += amount[cell] * room[cell] * (1 - price[cell]);
        wanted[cell] = room[cell];
      }
      for (const site of sites) {
        let sum = 0;
        for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
          const cell = walks.cell[at];
          const more = (walks.share ? walks.share[at] : 1) - base[cell];
          if (more > 0) { sum += amount[cell] * more * price[cell]; }
        }
        earned[site] = sum;
      }
      const top = [...sites].sort((a, b) => earned[b] - earned[a] || a - b).slice(0, free);
      const now = fixed + kept + top.reduce((sum, site) => sum + earned[site], 0);
      if (now < least * (1 - 1e-5)) { idle = 0; } else { idle += 1; }
      least = Math.min(least, now);
      if (idle >= 8) { factor /= 2; idle = 0; }
      for (const site of top) {
        for (let at = walks.start[site]; at < walks.start[site + 1]; at += 1) {
          const cell = walks.cell[at];
          const more = (walks.share ? walks.share[at] : 1) - base[cell];
          if (more > 0) { wanted[cell] -= more; }
        }
      }
      let square = 0;
      for (let cell = 0; cell < base.length; cell += 1) {
        const next = wanted[cell] + 0.5 * slope[cell];
        const stuck = (price[cell] >= 1 && next > 0) || (price[cell] <= 0 && next < 0);
        slope[cell] = stuck ? 0 : next;
        square += amount[cell] * slope[cell] ** 2;
      }
      if (!(square > 0) || least <= value * (1 + 1e-9)) { break; }
      const length = factor * Math.max(now - value, 0) / square;
      for (let cell = 0; cell < base.length; cell += 1) {
        price[cell] = Math.min(1, Math.max(0, price[cell] + length * slope[cell]));
      }
    }
    return Math.max(least, value);
  }

  return { covered, gain, select, highest, bound, reachedBy };
}()));
