// Classes with printed breaks.  The same rules as the Python side's; nothing here knows of the page.
"use strict";

const Classing = (function () {
  const COLOURS = ["#ffe945", "#d3c064", "#a59c74", "#7b7a77", "#555b6c", "#213d6b", "#00204c"];
  const NONE = 255;

  function colours(count) {
    if (count === 1) { return [COLOURS[3]]; }
    return Array.from({ length: count }, (_, at) =>
      COLOURS[halfEven(at * (COLOURS.length - 1) / (count - 1))]);
  }

  function halfEven(value) {
    const low = Math.floor(value);
    if (value - low !== 0.5) { return Math.round(value); }
    return low % 2 ? low + 1 : low;
  }

  function quantile(sorted, share) {
    const place = share * (sorted.length - 1);
    const at = Math.floor(place);
    const part = place - at;
    const low = sorted[at];
    const step = sorted[Math.min(at + 1, sorted.length - 1)] - low;
    return part < 0.5 ? low + step * part : low + step - step * (1 - part);
  }

  function different(sorted, most) {
    const seen = [];
    for (let at = 0; at < sorted.length; at += 1) {
      if (at === 0 || sorted[at] !== sorted[at - 1]) {
        if (seen.length === most) { return null; }
        seen.push(sorted[at]);
      }
    }
    return seen;
  }

  function once(values) { return [...new Set(values)].sort((a, b) => a - b); }

  /* Breaks that leave about equally many in each class, rounded to two figures where that still
     tells the classes apart.  Below `smallest`, if given, all is one class. */
  function quantiles(values, { factor = 1, smallest = null, most = COLOURS.length } = {}) {
    const far = values.some((one) => one === Infinity);
    const known = values.filter((one) => Number.isFinite(one)).map((one) => one * factor).sort();
    const classes = far ? most - 1 : most;
    if (!known.length) { return { kind: "values", breaks: [], ends: [0, 0], far }; }
    const ends = [known[0], known[known.length - 1]];
    const few = smallest === null ? different(known, classes) : null;
    if (few) { return { kind: "values", breaks: few, ends, far }; }
    return { kind: "quantiles", breaks: breaksOf(known, smallest, classes), ends, far };
  }

  function breaksOf(sorted, smallest, most) {
    const values = smallest === null ? sorted : sorted.filter((one) => one >= smallest);
    const classes = smallest === null ? most : most - 1;
    if (!values.length) { return [smallest]; }
    const exact = once(Array.from({ length: classes - 1 }, (_, at) =>
      quantile(values, (at + 1) / classes)));
    const least = smallest === null ? values[0] : smallest;
    let found = exact;
    for (let digits = 2; digits < 7; digits += 1) {
      found = once(exact.map((one) => Number(one.toPrecision(digits))));
      if (found.length === exact.length) { break; }
    }
    found = found.filter((one) => one > least && one <= values[values.length - 1]);
    return smallest === null ? found : [smallest, ...found];
  }

  function countOf({ kind, breaks, far }) {
    return breaks.length + (kind === "values" ? 0 : 1) + (far ? 1 : 0);
  }

  /* The class of each value; a value on a break belongs to the upper one. */
  function codes(values, classes, factor) {
    const { breaks, kind, far } = classes;
    const found = new Uint8Array(values.length).fill(NONE);
    const last = countOf(classes) - 1;
    const near = far ? last - 1 : last;
    for (let at = 0; at < values.length; at += 1) {
      const value = values[at] * factor;
      if (value === Infinity) { found[at] = far ? last : NONE; continue; }
      if (Number.isNaN(value)) { continue; }
      let code = 0;
      if (kind === "values") {
        while (code < near && value > (breaks[code] + breaks[code + 1]) / 2) { code += 1; }
      } else { while (code < breaks.length && value >= breaks[code]) { code += 1; } }
      found[at] = code;
    }
    return found;
  }

  return { NONE, colours, quantiles, countOf, codes };
}());
