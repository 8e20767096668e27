// The section “Method and data”: what is not known, who gains, how it was worked out, from what.
"use strict";

function drawMethod() {
  const { method } = plan;
  const parts = [
    el("h2", { id: "method-title" }, t("method.title")),
    methodPart("method.unknown", notKnown(method)),
    ...method.outcomes.map((one) => titledPart(worded(one.title), outcomeTable(one))),
    method.outcomes.length ? el("p", { class: "weighed" }, t("method.weighed")) : null,
    methodPart("method.choice", ...choiceWords(method)),
    methodPart("method.live", ...paragraphs(liveKeys())),
    criteriaPart("need"), criteriaPart("site"),
    methodPart("method.counting", ...paragraphs(countingKeys())),
    method.excluded.length ? methodPart("method.ruled_out", ruledOut(method.excluded)) : null,
    methodPart("method.sources", ...sourcesPart(method.sources)),
    method.notices.length ? methodPart("method.notices", ...noticesPart(method.notices)) : null,
    methodPart("method.terms", termsList()),
    el("details", {}, el("summary", {}, t("method.leaflet")), el("pre", { lang: "en" }, method.leaflet)),
  ];
  byId("method").replaceChildren(...parts.filter(Boolean));
}

function methodPart(key, ...children) { return titledPart(t(key), ...children); }

function titledPart(title, ...children) {
  return el("section", {}, el("h3", { dir: "auto" }, title), ...children);
}

function paragraphs(keys) { return keys.map((key) => el("p", {}, t(key))); }

function bullets(children) {
  return children.length ? el("ul", {}, ...children.map((one) => el("li", {}, one)))
    : el("p", {}, t("method.nothing"));
}

// What the plan does not know.

function notKnown(method) {
  const written = method.limits.map((one) => typeof one === "string" ? sentence(one) : said(worded(one)));
  return bullets([...method.own.map((one) => said(one)), ...written]);
}

// Who gains.

function outcomeTable(one) {
  const kinds = one.columns.map((column) => column.kind);
  const head = one.columns.map((column) => el("th",
    { scope: "col", class: column.kind === "label" ? null : "number" }, said(headingWords(column))));
  const cell = (value, at) => at
    ? el("td", { class: kinds[at] === "label" ? null : "number" }, said(cellWords(value, kinds[at])))
    : el("th", { scope: "row" }, said(cellWords(value, kinds[at])));
  return scroller(el("table", {}, el("thead", {}, el("tr", {}, ...head)),
    el("tbody", {}, ...one.rows.map((row) => el("tr", {}, ...row.map(cell))))), worded(one.title));
}

function headingWords(column) {
  if (!column.of) { return upper(worded(column.word)); }
  return upper(t("outcome.of", { who: worded(column.of), what: worded(column.word) }));
}

function cellWords(value, kind) {
  if (value === null) { return t("not_known"); }
  if (value === "withheld") { return t("withheld"); }
  if (typeof value !== "number") { return upper(worded(value)); }
  return kind === "share" ? percent(value, 1) : kind === "count" ? format(value, 0) : format(value);
}

/* A table that may be wider than the screen: it scrolls by itself and by keyboard. */
function scroller(table, title) {
  const box = el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": title }, table);
  const hint = el("p", { class: "hint sideways" }, t("method.sideways"));
  hint.hidden = true;
  new ResizeObserver(() => { hint.hidden = box.scrollWidth <= box.clientWidth + 1; }).observe(box);
  return el("div", {}, hint, box);
}

// How the set was chosen.

function choiceWords(method) {
  const { set } = plan.live;
  const model = set && `method.model.${set.model}` in plan.messages.en ? `method.model.${set.model}` : null;
  return [
    model ? el("p", {}, t(model)) : null,
    el("p", { dir: "auto" }, sentence(method.choice)),
    ...(set ? paragraphs(proofKeys(set)) : []),
    plan.about.walk ? el("p", {}, t("method.within", { limits: reachWords() })) : null,
    ...(set ? paragraphs(["method.ties", ...(set.min_index > 0 ? ["method.min_index"] : []),
      ...(set.phases.length > 1 ? ["method.phases"] : [])]) : []),
  ];
}

function proofKeys(set) {
  const last = set.phases[set.phases.length - 1];
  if (!last || last.gap === null) { return []; }
  return [last.gap < 1e-9 ? "method.proven" : "method.bounded"];
}

function liveKeys() {
  const { set } = plan.live;
  if (!set) { return ["method.live_need"]; }
  const set_ = refusal() ? ["method.live_refused"]
    : set.model === "max_cover" ? ["method.live_set", "method.live_bound"] : ["method.live_highest"];
  return ["method.live_weights", "method.live_both", ...set_, "method.live_state"];
}

// Criteria.

function criteriaPart(level) {
  const rows = plan.criteria.filter((one) => one.level === level);
  if (!rows.length) { return null; }
  const multiplied = plan.live[level].aggregation === "geometric";
  const empty = rows.some((one) => one.share === null && one.written > 0);
  return methodPart(`method.${level}`,
    el("p", {}, t(`method.${level}_words`)),
    el("p", {}, t(multiplied ? "method.multiplied" : "method.added")),
    criteriaTable(rows, t(`method.${level}`)),
    empty ? el("p", { dir: "auto" }, rescaled(rows)) : null);
}

function criteriaTable(rows, title) {
  const head = ["criterion", "weight", "zero_at", "full_at", "from", "reference"];
  return scroller(el("table", {},
    el("thead", {}, el("tr", {}, ...head.map((one) => el("th", { scope: "col" }, t(`method.${one}`))))),
    el("tbody", {}, ...rows.map((one) => el("tr", { class: one.share === null ? "unknown" : null },
      el("th", { scope: "row" }, said(one.title), el("small", {}, said(unitWords(one.unit)))),
      el("td", {}, one.share === null ? statusWords(one) : percent(one.share)),
      el("td", {}, said(scaleWords(one.zero_at))),
      el("td", {}, said(scaleWords(one.full_at))),
      el("td", {}, said(one.source || (one.share === null ? "–" : t("method.by_plan")))),
      el("td", {}, said(unitWords(one.reference))))))), title);
}

function statusWords(one) { return t(one.status === "suspended" ? "suspended" : "no_data"); }

function scaleWords(value) { return value === null ? "–" : format(value); }

/* Say how the others stand in for criteria without data. */
function rescaled(criteria) {
  const quoted = (one) => t("quoted", { text: one.title });
  const empty = criteria.filter((one) => one.share === null).map(quoted);
  const moved_ = criteria.filter((one) => one.share !== null && one.written !== null
    && Math.abs(one.written - one.share) > 0.0005);
  const rest = moved_.map((one) => t("method.counts_rather",
    { name: quoted(one), share: percent(one.share), written: percent(one.written) }));
  return [t("method.rescaled", { names: listed(empty) }), ...rest].join(" ");
}

// What is counted, ruled out, and where it comes from.

function countingKeys() {
  const keys = ["method.in_need", "method.tenths", "method.unknown_need", "method.inside"];
  return plan.about.public ? [...keys, "method.rounded", "method.rounded_public"]
    : [...keys, "method.rounded"];
}

function ruledOut(rows) {
  return bullets(rows.map((one) => {
    const why = translated(one.why) ?? one.why;
    return said(t("method.count_of", { number: one.n, why: one.alike ? why : t("method.such_as", { why }) }));
  }));
}

function sourcesPart(sources) {
  const head = ["layer", "year", "attribution", "licence", "file"];
  const rows = sources.map((one) => el("tr", {},
    el("th", { scope: "row" }, said(one.title), ...sourceNotes(one)),
    el("td", {}, one.year === null ? t("method.no_year") : String(one.year)),
    el("td", {}, said(one.attribution || t("method.no_attribution"))),
    el("td", {}, said(one.licence || t("method.no_licence"))),
    el("td", { class: "file" }, said(one.file))));
  return [el("p", {}, t("method.sources_words")), scroller(el("table", { class: "sources" },
    el("thead", {}, el("tr", {}, ...head.map((one) => el("th", { scope: "col" }, t(`method.${one}`))))),
    el("tbody", {}, ...rows)), t("method.sources"))];
}

function sourceNotes(one) {
  const warnings = [one.fictional ? t("method.made_up") : null,
    one.proxy ? t("method.stands_in", { proxy: one.proxy }) : null].filter(Boolean);
  return [...warnings.map((text) => el("p", { class: "warning", dir: "auto" }, text)),
    ...one.notes.map((text) => el("p", { dir: "auto" }, text))];
}

function noticesPart(notices) {
  return [language === "en" ? null : el("p", {}, t("method.in_english")),
    el("ul", { lang: "en" }, ...notices.map((one) => el("li", {}, said(one))))];
}

function termsList() {
  const terms = ["index", "demand", "cover", "greedy", "gap", "decile", "catchment", "candidate"];
  return el("dl", { class: "terms" }, ...terms.map((one) => el("div", {},
    el("dt", {}, t(`method.term.${one}`)), el("dd", {}, t(`method.meaning.${one}`)))));
}

views.push({ draw(what) { if (what === "all" || what === "language") { drawMethod(); } } });
