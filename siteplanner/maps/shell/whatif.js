// What if: weights, how many sites, and what the reader kept in or struck out.
"use strict";

const SCALE = 4; // the right end of a slider is four times the largest published weight
const sliders = [];

function buildWhatIf() {
  const box = document.querySelector("#whatif .inside");
  byId("whatif").firstElementChild.textContent = t("whatif.title");
  sliders.length = 0;
  box.replaceChildren(presetMenu(), ...levelBox("need"), ...(count ? levelBox("site") : []));
  if (plan.live.set) { box.append(sizeBox()); }
  box.append(el("div", { id: "marks" }),
    el("div", { class: "steps" },
      button({ id: "undo" }, undo, t("whatif.undo")),
      button({ id: "reset" }, backToPublished, t("whatif.reset"))));
  drawWhatIf();
}

// Sliders.

function levelBox(level) {
  const { tree } = plan.live[level];
  if (!tree.length) { return []; }
  const largest = Math.max(...Live.leaves(tree).map((one) => one.weight), ...tree.map((one) => one.weight));
  const box = el("fieldset", {}, el("legend", {}, t(`whatif.${level}`)),
    ...rowsOf(level, tree, largest || 1));
  return [box];
}

function rowsOf(level, tree, largest) {
  return tree.flatMap((node) => node.parts
    ? [weightRow(level, node, largest, true),
      el("div", { class: "parts" }, ...rowsOf(level, node.parts, largest))]
    : [weightRow(level, node, largest, false)]);
}

function weightRow(level, node, largest, group) {
  const known = group || Boolean(plan.live[level].scores[node.name]);
  const id = `w-${level}-${node.name}`;
  const input = el("input", { id, type: "range", min: 0, max: 100, step: 1, disabled: !known });
  const output = el("output", { for: id });
  const one = { level, node, largest, group, known, input, output };
  let moving = false;
  input.addEventListener("input", () => {
    if (!moving) { remember(); moving = true; }
    move(one, weightAt(one, Number(input.value)), false);
  });
  input.addEventListener("change", () => { moving = false; });
  sliders.push(one);
  const twice = button({ class: "twice", disabled: !known, "aria-label": t("whatif.twice",
    { name: node.title }) }, () => move(one, 2 * weightOf(level, node), true), "× 2");
  return el("div", { class: group ? "weight group" : "weight" },
    el("label", { for: id }, said(node.title), known ? null : el("em", {}, ` ${t("no_data")}`)),
    output, input, twice);
}

/* The weight at a place of the slider; at the published one's place, exactly that. */
function weightAt(one, place) {
  if (place === sliderPlace(one, one.node.weight)) { return one.node.weight; }
  return one.largest * SCALE * place / 100;
}

function sliderPlace(one, weight) { return Math.min(100, Math.round(100 * weight / (SCALE * one.largest))); }

function move(one, weight, rest) {
  change((now_) => setWeight(now_, one.level, one.node, weight),
    { rest, needMoved: one.level === "need" });
}

function sharesOf(level) { return Live.shares(facts[level], asked.weights[level]) || {}; }

/* Share in use of a criterion, or of all the criteria of a group together. */
function shareOf(node, shares) {
  return node.parts ? node.parts.reduce((sum, one) => sum + shareOf(one, shares), 0)
    : shares[node.name] || 0;
}

// Presets.

function presets() {
  const found = [{ name: "published", title: t("whatif.published"), need: {}, site: {} },
    { name: "equal", title: t("whatif.equal"), need: equal("need"), site: equal("site") }];
  return [...found, ...plan.live.presets];
}

function equal(level) {
  const found = {};
  const visit = (tree) => tree.forEach((one) => {
    if (one.weight !== 1) { found[one.name] = 1; }
    if (one.parts) { visit(one.parts); }
  });
  visit(plan.live[level].tree);
  return found;
}

function presetMenu() {
  const menu = el("select", { id: "preset" }, ...presets().map((one) =>
    el("option", { value: one.name }, one.title)),
    el("option", { value: "own", disabled: true, hidden: true }, t("whatif.own")));
  menu.addEventListener("change", () => {
    const one = presets().find((other) => other.name === menu.value);
    change((now_) => { now_.weights = { need: given("need", one.need), site: given("site", one.site) }; });
    announce(t("whatif.preset_told", { name: one.title }));
  });
  return el("p", { class: "preset" }, el("label", { for: "preset" }, t("whatif.preset")), menu);
}

/* Only the weights that differ from the published ones. */
function given(level, weights) {
  const found = {};
  const visit = (tree) => tree.forEach((one) => {
    if (one.name in weights && weights[one.name] !== one.weight) { found[one.name] = weights[one.name]; }
    if (one.parts) { visit(one.parts); }
  });
  visit(plan.live[level].tree);
  return found;
}

function presetInUse() {
  const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
  const found = presets().find((one) => ["need", "site"].every((level) =>
    same(given(level, one[level]), asked.weights[level])));
  return found ? found.name : "own";
}

// How many sites, and which are in or out whatever the numbers say.

function sizeBox() {
  const refused = refusal();
  const most = mostSites();
  const input = el("input", { id: "size", type: "number", min: 1, max: most, step: 1,
    inputmode: "numeric", disabled: Boolean(refused) });
  input.addEventListener("change", () => {
    const wanted = Math.round(Number(input.value));
    if (!(wanted >= 1)) { input.value = asked.count; return; }
    change((one) => { one.count = Math.min(most, wanted); }, { needMoved: false });
  });
  const step = (by, label, sign) => button({ class: "by", "aria-label": label, disabled: Boolean(refused) },
    () => change((one) => { one.count = Math.min(most, Math.max(1, one.count + by)); },
      { needMoved: false }), sign);
  return el("fieldset", { class: "size" }, el("legend", {}, t("whatif.set")),
    el("p", {}, el("label", { for: "size" }, t("whatif.count")),
      step(-1, t("whatif.fewer"), "−"), input, step(1, t("whatif.more"), "+")),
    el("p", { class: "hint" }, refused ? refusedWords(refused) : t("whatif.most", { n: most })));
}

function refusedWords(name) {
  return t(`refused.${name}`) === `refused.${name}` ? t("refused.other") : t(`refused.${name}`);
}

function drawMarks() {
  const rows = [
    ...[...asked.pins].map((at) => markRow(at, t("whatif.pinned"), (one) => one.pins.delete(at))),
    ...[...asked.strikes].map(([at, note]) => markRow(at, note ? t("whatif.struck_for", { note })
      : t("whatif.struck"), (one) => one.strikes.delete(at))),
  ];
  byId("marks").replaceChildren(...(rows.length ? [el("ul", { class: "marks" }, ...rows)] : []));
}

function markRow(at, words, act) {
  return el("li", {}, el("span", {}, said(siteName(at)), ": ", said(words)),
    button({ class: "by", "aria-label": t("whatif.unmark", { name: siteName(at) }) },
      () => change(act, { needMoved: false }), "×"));
}

// Drawing.

function drawWhatIf() {
  const shares = { need: sharesOf("need"), site: count ? sharesOf("site") : {} };
  for (const one of sliders) {
    const weight = weightOf(one.level, one.node);
    const share = percent(one.known ? shareOf(one.node, shares[one.level]) : null);
    if (document.activeElement !== one.input || sliderPlace(one, weight) !== Number(one.input.value)) {
      one.input.value = sliderPlace(one, weight);
    }
    one.output.textContent = one.known ? share : "–";
    one.input.setAttribute("aria-valuetext", t("whatif.share", { share }));
    one.input.parentElement.classList.toggle("moved", weight !== one.node.weight);
  }
  byId("preset").value = presetInUse();
  byId("undo").disabled = !past.length;
  byId("reset").disabled = now.published;
  if (plan.live.set) { byId("size").value = asked.count; }
  drawMarks();
  drawStanding();
}

/* The line that says that this is not the published plan. */
function drawStanding() {
  const parts = [];
  if (!now.publishedWeights) { parts.push(t("standing.weights")); }
  if (plan.live.set && asked.count !== publishedCount()) {
    parts.push(t("standing.count", { n: asked.count, published: publishedCount() }));
  }
  if (asked.pins.size) { parts.push(t("standing.pins", { n: asked.pins.size })); }
  if (asked.strikes.size) { parts.push(t("standing.strikes", { n: asked.strikes.size })); }
  const line = byId("standing");
  line.classList.toggle("changed", parts.length > 0);
  line.hidden = !parts.length;
  if (parts.length && !refusal()) { parts.push(swapWords()); }
  line.replaceChildren(el("p", {}, el("strong", {}, t("standing.title")), " ", said(parts.join(" "))),
    button({}, undo, t("whatif.undo")),
    button({}, backToPublished, t("whatif.reset")));
}

/* Which sites came in and which went out. */
function swapWords() {
  const names = (list) => list.map(called).join(", ");
  const come = now.order.filter((at) => !chosen.includes(at));
  const gone = chosen.filter((at) => !now.order.includes(at));
  if (!come.length && !gone.length) { return t("standing.same"); }
  return [come.length ? t("standing.in", { names: names(come.slice(0, 6)) + (come.length > 6 ? " …" : "") }) : null,
    gone.length ? t("standing.out", { names: names(gone.slice(0, 6)) + (gone.length > 6 ? " …" : "") }) : null]
    .filter(Boolean).join(" ");
}

views.push({ draw(what) {
  if (what === "all" || what === "language") { buildWhatIf(); }
  else if (what === "ranking" || what === "set") { drawWhatIf(); }
} });
