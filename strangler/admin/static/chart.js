// Small line charts over time, in SVG.

const NS = "http://www.w3.org/2000/svg";
const HEIGHT = 170;
const MARGIN = { left: 40, right: 14, top: 10, bottom: 20 };

function el(name, attrs, text) {
  const e = document.createElementNS(NS, name);
  for (const [k, v] of Object.entries(attrs)) e.setAttribute(k, v);
  if (text !== undefined) e.textContent = text;
  return e;
}

// Chart draws points [{time, values…}] as lines. options:
//   lines   [{key, css, step, area}]
//   range   (points) → [min, max] of the y axis
//   ticks   (min, max) → [{at, text}]
//   border  {at, text} or nothing
//   read    (point) → text under the chart
//   label   (points) → text for screen readers
export class Chart {
  constructor(svg, readout, options) {
    Object.assign(this, { svg, readout, options, points: [], hover: null, marks: [] });
    svg.addEventListener("pointermove", (e) => this.point(e.clientX));
    svg.addEventListener("pointerleave", () => this.point(null));
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  // set shows points, marks [{time, css, text}] at moments, and a border.
  set(points, marks, border) {
    this.points = points;
    this.marks = marks;
    this.border = border;
    this.draw();
  }

  point(clientX) {
    if (clientX === null || this.points.length === 0) this.hover = null;
    else {
      const x = clientX - this.svg.getBoundingClientRect().left;
      let best = null;
      for (const p of this.points) {
        const d = Math.abs(this.x(p.time) - x);
        if (best === null || d < best.d) best = { d, p };
      }
      this.hover = best.p;
    }
    this.draw();
  }

  x(time) {
    const w = this.width - MARGIN.left - MARGIN.right;
    const span = this.to - this.from || 1;
    return MARGIN.left + (w * (time - this.from)) / span;
  }

  y(value) {
    const h = HEIGHT - MARGIN.top - MARGIN.bottom;
    const v = Math.min(this.max, Math.max(this.min, value));
    return HEIGHT - MARGIN.bottom - (h * (v - this.min)) / (this.max - this.min || 1);
  }

  draw() {
    this.width = this.svg.clientWidth;
    const { points, options } = this;
    if (!this.width) return;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${HEIGHT}`);
    this.svg.replaceChildren();
    if (points.length === 0) {
      this.svg.append(el("text", { x: MARGIN.left, y: HEIGHT / 2 }, "no data yet"));
      return;
    }
    this.from = points[0].time;
    this.to = Math.max(points.at(-1).time, this.from + 10_000);
    [this.min, this.max] = options.range(points, this.border);
    this.axes();
    this.drawMarks();
    for (const line of options.lines) this.line(line);
    this.cursor();
    this.svg.setAttribute("aria-label", options.label(points, this.border));
    this.readout.textContent = options.read(this.hover ?? points.at(-1), this.border);
  }

  axes() {
    const right = this.width - MARGIN.right;
    if (this.border) {
      const y = this.y(this.border.at);
      this.svg.append(el("rect", { class: "danger-zone", x: MARGIN.left, y: MARGIN.top, width: right - MARGIN.left, height: Math.max(0, y - MARGIN.top) }));
    }
    for (const tick of this.options.ticks(this.min, this.max)) {
      const y = this.y(tick.at);
      this.svg.append(el("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y, y2: y }));
      this.svg.append(el("text", { x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" }, tick.text));
    }
    if (this.border) {
      const y = this.y(this.border.at);
      this.svg.append(el("line", { class: "border", x1: MARGIN.left, x2: right, y1: y, y2: y }));
      this.svg.append(el("text", { class: "border-text", x: MARGIN.left + 6, y: y - 5 }, this.border.text));
    }
    const base = HEIGHT - MARGIN.bottom;
    this.svg.append(el("line", { class: "axis", x1: MARGIN.left, x2: right, y1: base, y2: base }));
    for (const t of timeTicks(this.from, this.to, Math.max(2, Math.floor(this.width / 75)))) {
      const x = this.x(t);
      this.svg.append(el("text", { x, y: HEIGHT - 4, "text-anchor": "middle" }, tickText(t, this.to - this.from)));
    }
  }

  drawMarks() {
    let free = -Infinity; // where the next text has room
    for (const m of this.marks) {
      if (m.time < this.from || m.time > this.to) continue;
      const x = this.x(m.time);
      this.svg.append(el("line", { class: m.css, x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
      if (x < free) continue;
      this.svg.append(el("text", { class: "mark-text", x: x + 3, y: this.border ? HEIGHT - MARGIN.bottom - 5 : MARGIN.top + 8 }, m.text));
      free = x + 10 + 6 * m.text.length;
    }
  }

  line({ key, css, step, area }) {
    let path = "", last = null, pen = false, firstX = 0;
    for (const p of this.points) {
      const v = p[key];
      if (v === null || v === undefined) { pen = false; continue; }
      const x = this.x(p.time), y = this.y(v);
      if (!pen) { path += `M${x.toFixed(1)} ${y.toFixed(1)}`; if (!path.includes("L")) firstX = x; }
      else if (step) path += `H${x.toFixed(1)}V${y.toFixed(1)}`;
      else path += `L${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = true;
      last = { x, y };
    }
    if (!last) return;
    if (area) {
      const base = HEIGHT - MARGIN.bottom;
      this.svg.append(el("path", { class: "area", d: `${path}V${base}H${firstX.toFixed(1)}Z` }));
    }
    this.svg.append(el("path", { class: `line ${css}`, d: path }));
    this.svg.append(el("circle", { class: `end f-${css}`, cx: last.x, cy: last.y, r: 3.5 }));
  }

  cursor() {
    if (!this.hover) return;
    const x = this.x(this.hover.time);
    this.svg.append(el("line", { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom }));
  }
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((s) => s * 1000);

function timeTicks(from, to, most) {
  const step = STEPS.find((s) => (to - from) / s <= most) ?? 86400_000;
  const ticks = [];
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) ticks.push(t);
  return ticks;
}

function tickText(t, span) {
  const options = { hour: "2-digit", minute: "2-digit" };
  if (span < 10 * 60_000) options.second = "2-digit";
  return new Date(t).toLocaleTimeString("en-GB", options);
}
