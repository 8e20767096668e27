// Method and sources, the page's head and foot, and the start.

function buildMethod() {
  const method = plan.method;
  const box = byId("method");
  box.append(el("h2", { id: "method-title" }, "Method and sources"));
  box.append(block("What this plan does not know", bullets(method.limits)));
  if (method.outcomes.length) {
    box.append(el("p", { class: "weighed" }, "“People in need” is people weighed by need: "
      + "a person at need 40 of 100 counts 0.4."));
  }
  for (const one of method.outcomes) { box.append(block(one.title, outcomeTable(one))); }
  box.append(block("How the set was chosen",
    el("p", { dir: "auto" }, method.choice),
    method.walk ? el("p", {}, `People count as within reach up to ${method.walk}.`) : null));
  for (const [level, title] of [["need", "How need is measured"],
    ["site", "What makes a good site"]]) {
    const rows = plan.criteria.filter((one) => one.level === level);
    if (!rows.length) { continue; }
    const empty = rows.some((one) => one.share === null && one.written > 0);
    box.append(block(title, criteriaTable(rows),
      empty ? el("p", { dir: "auto" }, rescaled(rows)) : null));
  }
  if (method.excluded.length) {
    box.append(block("Ruled out", bullets(method.excluded.map(
      ([number, why]) => `${format(number)}: ${why}`))));
  }
  box.append(block("Sources", ...method.sources.map(source)));
  if (method.notices.length) {
    box.append(block("What was mended or left out on the way", bullets(method.notices)));
  }
  box.append(el("details", {}, el("summary", {}, "Licence of Leaflet, which draws the map"),
    el("pre", {}, method.leaflet)));
}

function block(title, ...children) {
  return el("section", {}, el("h3", { dir: "auto" }, title), ...children);
}

function bullets(texts) {
  return texts.length ? el("ul", {}, ...texts.map((one) => el("li", {}, said(one))))
    : el("p", {}, "Nothing is noted.");
}

function scroller(table, title) {
  const box = el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title }, table);
  const hint = el("p", { class: "hint sideways" }, "This table is wider than the screen: move it"
    + " sideways to see all of it. →");
  const look = () => { hint.hidden = box.scrollWidth <= box.clientWidth + 1; };
  hint.hidden = true;
  new ResizeObserver(look).observe(box);
  const whole = el("div", {}, hint, box);
  return whole;
}

function outcomeTable(one) {
  const cell = (tag, text, at, scope) =>
    el(tag, { class: one.numbers[at] ? "number" : null, scope: scope || null }, said(text));
  return scroller(el("table", {},
    el("thead", {}, el("tr", {}, ...one.columns.map((text, at) => cell("th", text, at, "col")))),
    el("tbody", {}, ...one.rows.map((row) => el("tr", {}, ...row.map((text, at) =>
      at ? cell("td", text, at) : cell("th", text, at, "row")))))), one.title);
}

function criteriaTable(rows) {
  const head = ["Criterion", "Weight", "Scores 0 at", "Scores 100 at", "From", "Reference"];
  return scroller(el("table", {},
    el("thead", {}, el("tr", {}, ...head.map((one) => el("th", { scope: "col" }, one)))),
    el("tbody", {}, ...rows.map((one) => el("tr", { class: one.share === null ? "unknown" : null },
      el("th", { scope: "row" }, said(one.title)),
      el("td", {}, one.share === null ? (one.status === "suspended" ? "suspended" : "no data")
        : percent(one.share)),
      el("td", {}, said(scaleText(one.zero_at, one.unit))),
      el("td", {}, said(scaleText(one.full_at, one.unit))),
      el("td", {}, said(one.source || "–")),
      el("td", {}, said(one.reference)))))), "Criteria");
}

function scaleText(value, unit) { return value === null ? "–" : `${format(value)} ${unit}`.trim(); }

function source(one) {
  return el("div", { class: "source" },
    el("h4", { dir: "auto" }, one.title),
    el("p", { dir: "auto" }, one.facts.join(" · ")),
    ...one.warnings.map((text) => el("p", { class: "warning", dir: "auto" }, text)),
    ...one.notes.map((text) => el("p", { dir: "auto" }, text)));
}

function buildFrame() {
  const about = plan.about;
  byId("programme").textContent = about.programme;
  if (about.made_up.length) {
    const banner = byId("made-up");
    banner.hidden = false;
    banner.append(el("strong", {}, "Made-up town. "),
      "The places and numbers on this map are invented to show how it works.");
  }
  byId("credits").append(said(about.credits.length
    ? "Data: " + about.credits.join(" · ") : "No attribution stated"));
  byId("foot").append(said(`Scenario “${about.scenario}” · siteplanner ${about.version} · `
    + "map drawn with Leaflet · this file works without the internet"));
}

const narrow = window.matchMedia("(max-width: 820px)").matches;
if (narrow) { byId("layers").open = false; }
buildFrame();
buildLayers();
buildList();
buildMethod();
showLayer("need");
document.documentElement.dataset.ready = "yes";
