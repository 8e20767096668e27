// Words that the plan's data ask for: named messages, the plan's own sentences, the summary.
"use strict";

const templates = new Map();

/* The other languages are among the compressed bytes; once, at the start. */
function readMessages() {
  for (const [code, pack] of Object.entries(plan.messages)) {
    if (pack.bits === "text") {
      const text = new TextDecoder().decode(bytes.slice(pack.at, pack.at + pack.size));
      plan.messages[code] = JSON.parse(text);
    }
  }
}

/* Text from data, or {t: key, …}: a message of the page with its values. */
function worded(one) {
  if (one === null || typeof one !== "object") { return one; }
  const values = Object.fromEntries(Object.entries(one).map(([name, value]) => [name, worded(value)]));
  return t(one.t, values);
}

/* An English sentence of the plan in the language in use; null where there is no template. */
function translated(text) {
  if (!plan.messages[language].sentences) { return null; }
  if (!templates.has(language)) {
    templates.set(language, Sentences.compile(plan.messages[language].sentences));
  }
  return Sentences.translate(templates.get(language), text, numberOf);
}

/* A number out of an English text, as the language writes it: “1,234.5”, “fewer than 10”. */
function numberOf(text) {
  if (text === "fewer than 10") { return t("fewer_than_ten"); }
  const decimals = (text.split(".")[1] || "").length;
  const value = Number(text.replaceAll(",", ""));
  return Number.isNaN(value) ? text : text.includes("e") ? format(value) : format(value, decimals);
}

/* A sentence that the plan wrote in English: translated, or marked as English. */
function sentence(text) {
  const found = translated(text);
  const lang = found === null && language !== "en" ? "en" : null;
  return el("bdi", { lang }, found ?? text);
}

/* A unit, or another short word of the plan's own; as it is where it is not known. */
function unitWords(text) { return translated(text) ?? text; }

/* A value with its unit; a unit like “1 (lowest) to 6” is a scale. */
function measured(value, unit) {
  const words = unitWords(unit);
  if (/^\d/.test(words)) { return t("on_scale", { value: format(value), scale: words }); }
  return `${format(value)} ${words}`.trim();
}

function upper(text) { return text ? text[0].toUpperCase() + text.slice(1) : text; }

function listed(texts) {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(texts);
}

// How far people walk, and what the published set brings.

/* “800 m and 20 minutes, for an older person”; empty where nobody walks. */
function reachWords() {
  const { walk } = plan.about;
  if (!walk) { return ""; }
  const limits = [];
  if (walk.limit_m !== null) { limits.push(t("reach.metres", { number: walk.limit_m })); }
  if (walk.limit_min !== null) { limits.push(t("reach.minutes", { n: walk.limit_min })); }
  return t("reach.limits", { limits: listed(limits), walker: walkerWords(walk.profile) });
}

function walkerWords(profile) {
  const known = `walker.${profile}` in plan.messages.en;
  return known ? t(`walker.${profile}`) : profile;
}

function howWords() { return t(plan.about.walk && plan.about.walk.straight ? "reach.straight" : "reach.on_foot"); }

/* A count of people; one that is withheld is told as “fewer than 10”. */
function countWords(value) {
  return typeof value === "string" ? t("fewer_than_ten") : format(value, 0);
}

/* The time of the week that the plan is looked at, if it is at one. */
function timeWords() {
  return plan.about.at ? [t("summary.at", { time: worded(plan.about.at) })] : [];
}

/* What the published plan brings, in a few sentences. */
function summary() {
  const one = plan.summary;
  if (one.kind === "none_left" || one.kind === "none_chosen") { return [t(`summary.${one.kind}`)]; }
  if (one.kind === "need") { return needSummary(one); }
  const walk = { how: howWords(), limits: reachWords() };
  const found = [t("summary.brings", { n: one.places, people: countWords(one.newly), ...walk })];
  if (!plan.existing.labels.length) { found.push(t("summary.no_existing")); }
  else if (one.before !== null) {
    found.push(t("summary.shares", { before: percent(one.before), after: percent(one.after) }));
  }
  return found;
}

function needSummary(one) {
  const found = [t("summary.need", { people: countWords(one.people) })];
  if (plan.about.walk && one.before !== null) {
    found.push(t("summary.existing_reach",
      { share: percent(one.before), how: howWords(), limits: reachWords() }));
  }
  if (one.existing) { found.push(t("summary.existing", { n: one.existing })); }
  return found;
}
