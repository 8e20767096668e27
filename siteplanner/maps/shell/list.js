// The list (the chosen set first, then the ranking) and the breakdown of one site or cell.

function buildList() {
  const list = byId("list");
  const gist = el("div", { class: "gist" });
  plan.summary.forEach((one, at) => gist.append(el("p", { class: at ? null : "lead" }, one)));
  list.append(gist);
  const phases = [...new Set(chosen.map((at) => sites.phase[at]))];
  if (chosen.length) { list.append(el("h2", {}, "Chosen sites")); }
  for (const phase of phases) {
    const members = chosen.filter((at) => sites.phase[at] === phase);
    if (phases.length > 1) {
      const until = chosen.filter((at) => sites.phase[at] <= phase).length;
      list.append(el("h3", {}, phase === phases[0]
        ? `Phase ${phase}: the first ${until}` : `Phase ${phase}: up to ${until} in all`));
    }
    list.append(el("ol", { class: "rows" }, ...members.map((at) => chosenRow(at))));
  }
  if (chosen.length) {
    list.append(el("p", { class: "hint" },
      "The numbers only tie this list to the map: the set works together."));
  }
  if (plan.neediest.length) { list.append(...mostInNeed()); }
  if (!count) { return; }
  list.append(el("h2", {}, "All possible sites, ranked"));
  list.append(el("p", { class: "hint" },
    "Each site by itself, by its index. A set chosen to reach most people in need is not simply",
    " the top of this list: open a site to see why it is not in it."));
  const rows = el("ol", { class: "rows" }, ...ranked.slice(0, FIRST_ROWS).map(rankedRow));
  list.append(rows);
  if (count > FIRST_ROWS) {
    const more = el("button", { type: "button", class: "more" }, `Show all ${format(count)} sites`);
    more.addEventListener("click", () => {
      rows.append(...ranked.slice(FIRST_ROWS).map(rankedRow));
      rows.children[FIRST_ROWS].querySelector("button").focus();
      more.remove();
    });
    list.append(more);
  }
}

/* A plan without sites: the spots with most need, each opens what is known of it. */
function mostInNeed() {
  const find = (id) => plan.layers.find((one) => one.id === id);
  const rows = plan.neediest.map((spot) => {
    const button = el("button", { type: "button", class: "plain" },
      el("span", { class: "label" }, said(spot.name, "title"),
        el("small", {}, cellText(find("people"), spot.cell))),
      el("span", { class: "score" }, cellText(find("need"), spot.cell).replace(" of 100", ""),
        el("span", { class: "unseen" }, " of 100")));
    button.addEventListener("click", () => showCell(spot.cell, button, spot.name));
    return el("li", {}, button);
  });
  return [el("h2", {}, "Where need is greatest"),
    el("p", { class: "hint" }, "The ", String(rows.length), " spots where people live with most need,"
      + " 0 (least) to 100 (most). Need says nothing of how many people live there."),
    el("ol", { class: "rows" }, ...rows)];
}

function chosenRow(at) {
  return row(at, el("span", { class: "badge" }, String(badge.get(at))),
    `${format(sites.people[at])} people within reach`);
}

function rankedRow(at) {
  const rank = sites.rank[at] === null ? "–" : String(sites.rank[at]);
  return row(at, el("span", { class: "rank" }, rank), badge.has(at) ? "chosen" : null);
}

function row(at, mark, remark) {
  const index = sites.index[at];
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("i"));
  bar.firstChild.style.width = `${100 * (index ?? 0)}%`;
  const button = el("button", { type: "button", "data-site": at }, mark,
    el("span", { class: "label" }, said(siteName(at), "title"),
      remark ? el("small", {}, remark) : null),
    el("span", { class: "score" }, points(index),
      el("span", { class: "unseen" }, " of 100"), bar));
  button.addEventListener("click", () => showSite(at, button));
  return el("li", {}, button);
}

/* Whether the index is not shown because it would give a small count away. */
function hidden(at) { return sites.withheld.includes(at); }

function points(index) { return index === null ? "–" : format(100 * index, 1); }

function openDetail(...children) {
  const detail = byId("detail");
  const back = el("button", { type: "button", class: "back" }, "← Back to the list");
  back.addEventListener("click", closeDetail);
  detail.replaceChildren(back, ...children.filter((one) => one !== null));
  detail.hidden = false;
  byId("list").hidden = true;
  byId("sites").scrollTop = 0;
  detail.querySelector("h2").focus({ preventScroll: true });
  const box = detail.getBoundingClientRect();
  if (box.top < 0 || box.top > window.innerHeight - 120) {
    detail.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  }
}

function closeDetail() {
  byId("detail").hidden = true;
  byId("list").hidden = false;
  mark(null);
  (opener && opener.isConnected ? opener : byId("list")).focus();
  opener = null;
}

function mark(at) {
  if (highlight) { highlight.remove(); highlight = null; }
  for (const [site, pin] of badges) { pin.getElement().classList.toggle("picked", site === at); }
  if (at === null) { return; }
  const look = { renderer: canvas, color: "#d1005d", weight: 3, fill: false, interactive: false };
  highlight = L.layerGroup([L.circleMarker(places[at], { ...look, radius: 15 })]);
  if (outlines && outlines[at].length) { highlight.addLayer(L.polygon(outlines[at], look)); }
  highlight.bringToFront = () => highlight.eachLayer((one) => one.bringToFront());
  highlight.addTo(map);
  map.panInside(places[at], { padding: [60, 60], animate: !still });
}

function showSite(at, button) {
  opener = button || document.querySelector(`#list button[data-site="${at}"]`);
  const place = badge.has(at)
    ? el("p", { class: "verdict yes" }, el("span", { class: "badge" }, String(badge.get(at))),
      `Chosen${phaseWords(at)}`)
    : el("p", { class: "verdict no", dir: "auto" }, sites.why_not[at] || "Not chosen.");
  openDetail(
    el("h2", { tabindex: "-1", dir: "auto" }, siteName(at)), place,
    badge.has(at) && sites.why[at] ? el("p", { class: "why", dir: "auto" }, sites.why[at]) : null,
    facts([
      ["Rank", sites.rank[at] === null ? "not ranked" : `${sites.rank[at]} of ${format(count)}`],
      ["Site index", hidden(at) ? "withheld" : `${points(sites.index[at])} of 100`],
      ["People within reach", format(sites.people[at])],
      ["People in need it would newly reach alone", format(sites.need[at])],
      ["Area", sites.area_m2[at] === null ? "not known" : `${format(sites.area_m2[at])} m²`],
      ["Resting on known numbers", sites.confidence[at] === null ? "not known"
        : percent(sites.confidence[at]) + " of the weight"],
      ...(sites.alike[at] ? [["Others this data cannot tell from it", sites.alike[at]]] : []),
      ["Identifier", sites.ids[at]],
    ]),
    el("h3", {}, "Where its index comes from"), breakdown(at), ...breakdownNotes(at));
  mark(at);
}

function phaseWords(at) {
  return new Set(chosen.map((one) => sites.phase[one])).size > 1
    ? `, in phase ${sites.phase[at]}` : "";
}

function facts(pairs) {
  const list = el("dl", {});
  for (const [name, value] of pairs) {
    list.append(el("div", {}, el("dt", {}, said(name)), el("dd", {}, said(value))));
  }
  return list;
}

/* Round contributions to tenths of a point so that the printed ones add up to the printed sum:
   the largest remainders are rounded up. */
function tenths(contributions, index) {
  const exact = contributions.map((one) => 1000 * (one ?? 0));
  const found = exact.map(Math.floor);
  let missing = Math.round(1000 * index) - found.reduce((sum, one) => sum + one, 0);
  const order = exact.map((one, at) => [one - Math.floor(one), at])
    .sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  for (const [, at] of order) {
    if (missing > 0 && contributions[at] !== null) { found[at] += 1; missing -= 1; }
  }
  return found.map((one, at) => contributions[at] === null ? null : one / 10);
}

function part(name, criterion, at) {
  const column = siteTables[name].get(criterion);
  return column ? column[at] : null;
}

function breakdown(at) {
  const rows = plan.criteria.filter((one) => one.level === "site");
  const parts = rows.map((one) =>
    one.share === null ? null : part("contributions", one.name, at));
  const product = plan.about.multiplied;
  const shown = product || sites.index[at] === null ? parts : tenths(parts, sites.index[at]);
  const last = product ? "Factor" : "Points";
  const bodies = rows.map((one, row) => {
    const value = part("values", one.name, at);
    const known = one.share !== null && value !== null;
    const small = withheld(one, at);
    const unknown = small ? "withheld" : "–";
    const mean = shown[row] === null ? unknown
      : product ? "× " + format(shown[row], 3) : format(shown[row], 1);
    return el("tbody", { class: known ? null : "unknown" },
      el("tr", {}, el("th", { scope: "rowgroup", colspan: "4" }, said(one.title))),
      el("tr", {},
        el("td", {}, said(valueText(one, value, at))),
        el("td", {}, known ? points(part("scores", one.name, at)) : unknown),
        el("td", {}, percent(one.share)),
        el("td", { class: "points" }, mean)));
  });
  const total = hidden(at) ? "withheld" : product && sites.index[at] !== null
    ? format(sites.index[at], 3) : points(sites.index[at]);
  return el("table", { class: "breakdown" },
    el("thead", {}, el("tr", {}, ...["Value", "Score", "Weight", last].map((one) =>
      el("th", { scope: "col" }, one)))),
    ...bodies,
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row", colspan: "3" }, "Site index"),
      el("td", { class: "points" }, total))));
}

/* Whether the criterion's value here is, or would give away, a small count. */
function withheld(criterion, at) {
  const small = sites.small[criterion.name];
  return Boolean(small && small.includes(at));
}

function valueText(criterion, value, at) {
  if (criterion.share === null) {
    return criterion.status === "suspended" ? "suspended" : "no data";
  }
  if (withheld(criterion, at)) { return criterion.counts ? "<10" : "withheld"; }
  if (value === null) { return "not known here"; }
  if (value === Infinity) { return format(value); }
  const one = value === 1 && ["places", "kinds"].includes(criterion.unit);
  return `${format(value)} ${one ? criterion.unit.slice(0, -1) : criterion.unit}`.trim();
}

function breakdownNotes(at) {
  const notes = [];
  const site = plan.criteria.filter((one) => one.level === "site");
  if (plan.about.multiplied) {
    notes.push("The factors multiply to the index: a very low score pulls the whole down.");
  } else {
    notes.push("Points are score × weight; they add up to the index.");
  }
  const empty = site.filter((one) => one.share === null && one.written > 0);
  if (empty.length) { notes.push(rescaled(site)); }
  const gaps = site.some((one) => one.share !== null && !withheld(one, at)
    && part("values", one.name, at) === null);
  if (gaps) {
    notes.push("Where a number is not known for this site, the other criteria carry its weight.");
  }
  if (site.some((one) => part("values", one.name, at) === Infinity)) {
    notes.push("“None within reach” is known, not a gap: it scores as the farthest there is.");
  }
  if (site.some((one) => withheld(one, at))) {
    notes.push("Counts of fewer than 10 people are withheld, and what would give them away.");
  }
  return notes.map((one) => el("p", { class: "hint", dir: "auto" }, one));
}

/* Say how the weights stand in for a criterion without data. */
function rescaled(criteria) {
  const names = (some) => some.map((one) => `“${one.title}”`).join(", ");
  const empty = criteria.filter((one) => one.share === null);
  const moved = criteria.filter((one) => one.share !== null && one.written !== null
    && Math.abs(one.written - one.share) > 0.0005)
    .map((one) => `“${one.title}” counts ${percent(one.share)} rather than `
      + `${percent(one.written)}`);
  return `There is no data for ${names(empty)}, so the others carry the weight`
    + (moved.length ? `: ${moved.join("; ")}.` : ".");
}

function showCell(at, button, name) {
  opener = button || null;
  const pairs = plan.layers.filter((one) => one.on === "cells").map((one) => {
    const text = one.empty ? "no data" : cellText(one, at);
    return [one.title, text];
  });
  openDetail(el("h2", { tabindex: "-1", dir: "auto" }, name || "This spot on the map"),
    facts(pairs));
  mark(null);
  if (button) {
    const shape = cellShapes[at];
    const place = shape.getCenter ? shape.getBounds().getCenter() : shape.getLatLng();
    highlight = L.circleMarker(place, { renderer: canvas, color: "#d1005d", weight: 3,
      radius: 15, fill: false, interactive: false }).addTo(map);
    map.panInside(place, { padding: [60, 60], animate: !still });
  }
}

function cellText(one, at) {
  const code = codes.get(one.id)[at];
  if (code === NO_DATA) { return "not known"; }
  if (!one.values) { return one.labels[code]; }
  if (!cellValues.has(one.id)) { cellValues.set(one.id, unpackValues(one.values)); }
  const value = one.factor * cellValues.get(one.id)[at];
  if (value === Infinity) { return format(value); }
  if (one.factor === 100) { return format(value, 0) + (one.id === "need" ? " of 100" : " %"); }
  return `${format(value)} ${one.unit}`;
}
