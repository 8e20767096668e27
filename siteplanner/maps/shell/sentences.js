// The English sentences that a plan holds, in another language: by templates.  Pure functions.
"use strict";

const Sentences = (() => {
  const LONGEST = 2000; // letters; nothing that a plan writes is longer
  const MOST = 12; // sentences in a row
  const NUMBER = "fewer than 10|-?\\d[\\d,]*(?:\\.\\d+)?(?:e[-+]?\\d+)?";

  /* Templates ready for matching.  In a template, {n} or any other single letter is a number,
     {clause} (clause2, …) must have a template of its own, and any other name is free text.
     The template with most words of its own comes first. */
  function compile(templates) {
    return Object.entries(templates || {}).map(([english, own]) => {
      const names = [];
      let words = 0;
      const source = english.split(/(\{\w+\})/).map((part) => {
        const name = /^\{(\w+)\}$/.exec(part);
        if (name) {
          names.push(name[1]);
          return name[1].length === 1 ? `(${NUMBER})` : "([^]+?)";
        }
        words += part.length;
        return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      }).join("");
      return { pattern: new RegExp(`^${anyCase(source)}$`), names, own, words,
        small: /^[a-z]/.test(english) || own.startsWith("{clause") };
    }).sort((a, b) => b.words - a.words);
  }

  /* A clause that begins with a small letter may also begin a sentence. */
  function anyCase(source) {
    return /^[a-z]/.test(source) ? `[${source[0]}${source[0].toUpperCase()}]${source.slice(1)}` : source;
  }

  /* The text in the other language, or null.  `number(text)` writes a number its way. */
  function translate(compiled, text, number, left = MOST) {
    if (!left || text.length > LONGEST) { return null; }
    const whole = one(compiled, text, number);
    if (whole !== null) { return whole; }
    const clause = text.endsWith(".") ? one(compiled, text.slice(0, -1), number) : null;
    if (clause !== null) { return clause + (/[\u3000-\u9fff]/.test(clause) ? "。" : "."); }
    for (const stop of [...text.matchAll(/[.;:] /g)].slice(0, MOST)) {
      const first = one(compiled, text.slice(0, stop.index + 1), number);
      const rest = first === null ? null
        : translate(compiled, text.slice(stop.index + 2), number, left - 1);
      if (rest !== null) { return /[。；：]$/.test(first) ? first + rest : `${first} ${rest}`; }
    }
    return null;
  }

  function one(compiled, text, number) {
    for (const template of compiled) {
      const found = template.pattern.exec(text);
      const values = found && filled(compiled, template.names, found.slice(1), number);
      if (values) {
        const said = template.own.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
        return template.small && /^[A-Z]/.test(text) ? said[0].toUpperCase() + said.slice(1) : said;
      }
    }
    return null;
  }

  function filled(compiled, names, texts, number) {
    const values = {};
    for (const [at, name] of names.entries()) {
      const value = name.length === 1 ? number(texts[at])
        : name.startsWith("clause") ? one(compiled, texts[at], number) : texts[at];
      if (value === null) { return null; }
      values[name] = value;
    }
    return values;
  }

  return { compile, translate };
})();
