// The shapes of what stands on the map, and what they say.
"use strict";

L.Canvas.include({
  _updateSign(layer) {
    if (!this._drawing || layer._empty()) { return; }
    const { x, y } = layer._point;
    const half = layer._radius;
    this._ctx.beginPath();
    if (layer.options.sign === "square") { this._ctx.rect(x - half, y - half, 2 * half, 2 * half); }
    else {
      for (const side of [-1, 1]) {
        this._ctx.moveTo(x - half, y - side * half);
        this._ctx.lineTo(x + half, y + side * half);
      }
    }
    this._fillStroke(this._ctx, layer);
  },
});

/* A mark of a fixed size: a dot, a square or a cross. */
const Sign = L.CircleMarker.extend({
  _updatePath() {
    if (this.options.sign === "dot") { this._renderer._updateCircle(this); }
    else { this._renderer._updateSign(this); }
  },
});

/* What the shape of a site's mark says, in words. */
function placeWords(at) {
  const words = [];
  const place = now.order.indexOf(at);
  if (place >= 0) { words.push(t("map.chosen_number", { number: place + 1 })); }
  if (asked.pins.has(at)) { words.push(t("map.pinned")); }
  if (asked.strikes.has(at)) { words.push(t("map.struck")); }
  if (isFixed(at)) { words.push(t("map.fixed")); }
  if (isBarred(at)) { words.push(t("map.barred")); }
  return words.join(", ");
}

function isFixed(at) { return Boolean(plan.live.set && plan.live.set.fixed.includes(at)); }

function isBarred(at) { return Boolean(plan.live.set && plan.live.set.barred.includes(at)); }

function badgeKind(at) {
  if (asked.pins.has(at)) { return "pin pinned"; }
  return isFixed(at) ? "pin fixed" : "pin";
}
