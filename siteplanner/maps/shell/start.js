// The page's frame, the language, and the start.
"use strict";

function drawFrame() {
  document.documentElement.lang = language;
  for (const one of document.querySelectorAll("[data-t]")) { one.textContent = t(one.dataset.t); }
  for (const one of document.querySelectorAll("[data-l]")) { one.setAttribute("aria-label", t(one.dataset.l)); }
  const { about } = plan;
  byId("programme").textContent = about.programme ? t(`programme.${about.programme}`) : "";
  const banner = byId("made-up");
  banner.hidden = !about.made_up.length;
  banner.replaceChildren(el("strong", {}, t("made_up.title")), " ", t("made_up.text"));
  byId("credits").replaceChildren(said(about.credits.length
    ? t("credits", { names: about.credits.join(" · ") }) : t("no_credits")));
  byId("foot").replaceChildren(said(t("foot", { scenario: about.scenario, version: about.version })));
  const menu = el("select", { id: "language", "aria-label": t("language_label") },
    ...languages.map((code) => el("option", { value: code, lang: code, selected: code === language },
      plan.messages[code].language)));
  menu.addEventListener("change", () => setLanguage(menu.value));
  byId("top").setAttribute("aria-label", t("nav"));
  byId("top").replaceChildren(el("a", { href: "#list" }, t("nav.sites")),
    el("a", { href: "#method" }, t("nav.method")), menu);
  for (const link of byId("top").querySelectorAll("a")) { link.addEventListener("click", jump); }
}

/* On paper the map keeps the size and the picture it has on the screen, shrunk to the page. */
function keepForPrint() {
  const [box, frame] = [byId("where"), byId("map")];
  window.addEventListener("beforeprint", () => {
    const { width, height } = frame.getBoundingClientRect();
    printing = true;
    frame.style.width = `${width}px`;
    frame.style.height = `${height}px`;
    box.style.width = `${width}px`;
    box.style.zoom = Math.min(1, 680 / width);
    gainsOpen = true;
    drawList("all");
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    for (const name of ["width", "height", "zoom"]) { box.style[name] = frame.style[name] = ""; }
  });
}

/* The address holds the state, so links within the page move the focus by themselves. */
function jump(event) {
  event.preventDefault();
  const target = document.querySelector(event.currentTarget.getAttribute("href"));
  target.setAttribute("tabindex", "-1");
  target.scrollIntoView();
  target.focus();
}

function setLanguage(code) {
  language = code;
  draw("language");
  writeHash();
  byId("language").focus();
}

views.unshift({ draw(what) { if (what === "all" || what === "language") { drawFrame(); } } });

function fail(words) {
  const box = el("p", { class: "warning", role: "alert" }, words);
  document.body.prepend(box);
  document.documentElement.dataset.ready = "failed";
}

async function start() {
  if (languages.includes(plan.about.language)) { language = plan.about.language; }
  if (typeof DecompressionStream === "undefined") { fail(t("too_old")); return; }
  await inflate();
  readMessages();
  learn();
  const { spoilt, wanted } = readHash();
  recompute(true);
  reform();
  if (window.matchMedia("(max-width: 820px)").matches) { byId("whatif").open = false; }
  drawMap();
  draw("all");
  if (wanted.layer) { showLayer(wanted.layer); }
  if (wanted.view) {
    mapWasMoved = true;
    map.setView(wanted.view.slice(1), wanted.view[0], { animate: false });
  }
  if (wanted.site !== null) { showSite(wanted.site); }
  if (spoilt.length) {
    const note = el("p", { class: "warning", role: "alert" }, t("bad_link", { parts: spoilt.join(", ").slice(0, 200) }));
    byId("standing").after(note);
  }
  map.on("moveend", () => { mapWasMoved = mapWasMoved || !fitting; writeHash(); });
  views.push({ draw: writeSoon });
  if (!now.published) { settle(); }
  document.querySelector(".skip").addEventListener("click", jump);
  keepForPrint();
  document.documentElement.dataset.ready = "yes";
}

start().catch((error) => fail(`${t("broken")} ${error.message}`));
