// Cells as a picture of cell numbers: drawn once a view, coloured anew in a few milliseconds.
"use strict";

const Raster = (function () {
  const CONVEX = 1;
  const MOST_PIXELS = 3e6;
  const INSERT = 24;

  /* Shapes of cells, flat: vertices on the world of 256 × 256, where each ring and cell begins. */
  function shapesOf(pack, count) {
    const found = { x: [], y: [], rings: [0], cells: new Uint32Array(count + 1), radius: 0,
      convex: new Uint8Array(count), box: new Float64Array(4 * count) };
    if (pack.kind === "points") { points(found, pack); }
    else if (pack.kind === "alike") { alike(found, pack, count); }
    else { rings(found, pack, Array.from({ length: count }, (_, at) => at), count); }
    for (const name of ["x", "y"]) { found[name] = Float64Array.from(found[name]); }
    found.rings = Uint32Array.from(found.rings);
    boxes(found);
    return found;
  }

  function worldX(step) { return (west + (east - west) * step / 65535 + 180) / 360 * 256; }

  function worldY(step) {
    const angle = (south + (north - south) * step / 65535) * Math.PI / 180;
    return (0.5 - Math.log(Math.tan(Math.PI / 4 + angle / 2)) / (2 * Math.PI)) * 256;
  }

  function points(found, pack) {
    const steps = unpack(pack.steps);
    found.radius = 3.5;
    for (let at = 0; at < steps.length; at += 2) {
      found.x.push(worldX(steps[at]));
      found.y.push(worldY(steps[at + 1]));
      found.rings.push(at / 2 + 1);
      found.cells[at / 2 + 1] = at / 2 + 1;
    }
  }

  /* Polygons of the cells numbered in `whose`; the others get none. */
  function rings(found, pack, whose, count) {
    const steps = unpack(pack.steps);
    const vertices = unpack(pack.vertices);
    const ringsOf = pack.rings ? unpack(pack.rings) : null;
    const polygonsOf = pack.polygons ? unpack(pack.polygons) : null;
    let vertex = 0;
    let ring = 0;
    let polygon = 0;
    let next = 0;
    for (let cell = 0; cell < count; cell += 1) {
      if (whose[next] === cell) {
        for (let parts = polygonsOf ? polygonsOf[next] : 1; parts > 0; parts -= 1) {
          for (let left = ringsOf ? ringsOf[polygon] : 1; left > 0; left -= 1) {
            for (const end = vertex + vertices[ring]; vertex < end; vertex += 1) {
              found.x.push(worldX(steps[2 * vertex]));
              found.y.push(worldY(steps[2 * vertex + 1]));
            }
            found.rings.push(found.x.length);
            ring += 1;
          }
          polygon += 1;
        }
        next += 1;
      }
      found.cells[cell + 1] = found.rings.length - 1;
    }
  }

  /* One shape at many places; cells that differ are polygons. */
  function alike(found, pack, count) {
    const steps = unpack(pack.steps);
    const others = { x: [], y: [], rings: [0], cells: new Uint32Array(count + 1) };
    const differ = new Uint8Array(count);
    if (pack.others) {
      const whose = Array.from(unpack(pack.others.at));
      rings(others, pack.others, whose, count);
      whose.forEach((cell) => { differ[cell] = 1; });
    }
    const across = (east - west) / 65535 / 360 * 256;
    let place = 0;
    for (let cell = 0; cell < count; cell += 1) {
      if (differ[cell]) { copyRings(others, cell, found); }
      else {
        const x = worldX(steps[2 * place]);
        const y = worldY(steps[2 * place + 1]);
        const lat = (south + (north - south) * steps[2 * place + 1] / 65535) * Math.PI / 180;
        const up = -(north - south) / 65535 / 360 * 256 / Math.cos(lat);
        for (let at = 0; at < pack.shape.length; at += 2) {
          found.x.push(x + across * pack.shape[at]);
          found.y.push(y + up * pack.shape[at + 1]);
        }
        found.rings.push(found.x.length);
        found.convex[cell] = CONVEX;
        place += 1;
      }
      found.cells[cell + 1] = found.rings.length - 1;
    }
  }

  function copyRings(from, cell, into) {
    for (let ring = from.cells[cell]; ring < from.cells[cell + 1]; ring += 1) {
      for (let at = from.rings[ring]; at < from.rings[ring + 1]; at += 1) {
        into.x.push(from.x[at]);
        into.y.push(from.y[at]);
      }
      into.rings.push(into.x.length);
    }
  }

  function boxes(found) {
    const { x, y, rings: ring, cells, box } = found;
    for (let cell = 0; cell + 1 < cells.length; cell += 1) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let at = ring[cells[cell]]; at < ring[cells[cell + 1]]; at += 1) {
        if (x[at] < left) { left = x[at]; }
        if (x[at] > right) { right = x[at]; }
        if (y[at] < top) { top = y[at]; }
        if (y[at] > bottom) { bottom = y[at]; }
      }
      box.set([left, top, right, bottom], 4 * cell);
    }
  }

  /* Number the pixels: 0 where there is no cell, else the cell + 1.  `view`: width and height in
     pixels, scale (pixels to one unit of the world), left and top (pixels), grow (pixels). */
  function scan(shapes, view) {
    const { width, height, scale, left, top, grow } = view;
    const grid = new Int32Array(width * height);
    const { box } = shapes;
    const from = new Float64Array(height);
    const to = new Float64Array(height);
    const count = shapes.cells.length - 1;
    const reach = shapes.radius * view.fineness;
    for (let cell = 0; cell < count; cell += 1) {
      const x0 = box[4 * cell] * scale - left;
      const x1 = box[4 * cell + 2] * scale - left;
      const y0 = box[4 * cell + 1] * scale - top;
      const y1 = box[4 * cell + 3] * scale - top;
      if (!(x1 + reach >= 0 && x0 - reach < width && y1 + reach >= 0 && y0 - reach < height)) {
        continue;
      }
      if (reach) { disc(grid, width, height, x0, y0, reach, cell + 1); }
      else if (x1 - x0 < 1.3 && y1 - y0 < 1.3) {
        span(grid, width, height, (y0 + y1) / 2 | 0, (x0 + x1) / 2, (x0 + x1) / 2, cell + 1);
      } else if (shapes.convex[cell]) { convex(grid, shapes, view, cell, from, to); }
      else { evenOdd(grid, shapes, view, cell); }
    }
    for (let again = Math.ceil(grow); again > 0; again -= 1) { closeCracks(grid, width); }
    return grid;
  }

  function span(grid, width, height, row, from, to, number) {
    if (row < 0 || row >= height) { return; }
    const first = Math.max(0, Math.ceil(from - 0.5));
    const last = Math.min(width - 1, Math.max(Math.floor(to - 0.5), Math.floor((from + to) / 2)));
    const start = row * width;
    if (last - first > 40) { grid.fill(number, start + first, start + last + 1); return; }
    for (let at = start + first; at <= start + last; at += 1) { grid[at] = number; }
  }

  function disc(grid, width, height, x, y, radius, number) {
    for (let row = Math.ceil(y - radius - 0.5); row + 0.5 <= y + radius; row += 1) {
      const half = Math.sqrt(radius * radius - (row + 0.5 - y) ** 2);
      span(grid, width, height, row, x - half, x + half, number);
    }
  }

  function convex(grid, shapes, view, cell, from, to) {
    const { x, y, rings: ring, cells } = shapes;
    const { width, height, scale, left, top, grow } = view;
    const start = ring[cells[cell]];
    const end = ring[cells[cell + 1]];
    let first = height;
    let last = -1;
    let xa = x[end - 1] * scale - left;
    let ya = y[end - 1] * scale - top;
    for (let at = start; at < end; at += 1) {
      const xb = x[at] * scale - left;
      const yb = y[at] * scale - top;
      const low = Math.max(0, Math.ceil(Math.min(ya, yb) - 0.5));
      const high = Math.min(height, Math.ceil(Math.max(ya, yb) - 0.5));
      const slope = (xb - xa) / (yb - ya);
      for (let row = low; row < high; row += 1) {
        const cut = xa + (row + 0.5 - ya) * slope;
        while (row < first || row > last) {
          const fresh = last < 0 ? row : row < first ? first - 1 : last + 1;
          from[fresh] = Infinity;
          to[fresh] = -Infinity;
          first = Math.min(first, fresh);
          last = Math.max(last, fresh);
        }
        if (cut < from[row]) { from[row] = cut; }
        if (cut > to[row]) { to[row] = cut; }
      }
      xa = xb;
      ya = yb;
    }
    for (let row = first; row <= last; row += 1) {
      span(grid, width, height, row, from[row] - grow, to[row] + grow, cell + 1);
    }
  }

  let cuts = new Float64Array(4096);

  /* Any rings: where a row crosses an edge, inside and outside change places. */
  function evenOdd(grid, shapes, view, cell) {
    const { x, y, rings: ring, cells } = shapes;
    const { width, height, scale, left, top, grow } = view;
    const wide = width + 4;
    let found = 0;
    for (let one = cells[cell]; one < cells[cell + 1]; one += 1) {
      let xa = x[ring[one + 1] - 1] * scale - left;
      let ya = y[ring[one + 1] - 1] * scale - top;
      for (let at = ring[one]; at < ring[one + 1]; at += 1) {
        const xb = x[at] * scale - left;
        const yb = y[at] * scale - top;
        const low = Math.max(0, Math.ceil(Math.min(ya, yb) - 0.5));
        const high = Math.min(height, Math.ceil(Math.max(ya, yb) - 0.5));
        const slope = (xb - xa) / (yb - ya);
        if (found + high - low > cuts.length) {
          const more = new Float64Array(2 * cuts.length + high - low);
          more.set(cuts);
          cuts = more;
        }
        for (let row = low; row < high; row += 1) {
          const cut = xa + (row + 0.5 - ya) * slope;
          cuts[found] = row * wide + Math.min(width + 2, Math.max(-1, cut)) + 1;
          found += 1;
        }
        xa = xb;
        ya = yb;
      }
    }
    sort(found);
    for (let at = 0; at + 1 < found; at += 2) {
      const row = Math.floor(cuts[at] / wide);
      span(grid, width, height, row, cuts[at] - row * wide - 1 - grow,
        cuts[at + 1] - row * wide - 1 + grow, cell + 1);
    }
  }

  function sort(length) {
    if (length > INSERT) { cuts.subarray(0, length).sort(); return; }
    for (let at = 1; at < length; at += 1) {
      const one = cuts[at];
      let place = at - 1;
      while (place >= 0 && cuts[place] > one) { cuts[place + 1] = cuts[place]; place -= 1; }
      cuts[place + 1] = one;
    }
  }

  /* Fill rows of a pixel between a cell above and a cell below: rounding leaves such cracks. */
  function closeCracks(grid, width) {
    const last = grid.length - width;
    for (let at = width; at < last; at += 1) {
      if (grid[at] === 0 && grid[at - width] !== 0 && grid[at + width] !== 0) {
        grid[at] = grid[at - width];
      }
    }
  }

  function fineness(width, height) {
    const most = Math.sqrt(MOST_PIXELS / Math.max(1, width * height));
    return most >= 2 ? 2 : Math.max(1, Math.min(most, window.devicePixelRatio || 1));
  }

  return { shapesOf, scan, fineness };
}());
