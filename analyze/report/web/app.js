// The report's script: draws the model that stands in #model. No library, no
// network. Text of the model only ever becomes text nodes.
"use strict";
(() => {
  const model = JSON.parse(document.getElementById("model").textContent);
  for (const key of ["groups", "edges", "unitEdges", "crossings", "tables", "routes", "entries", "transactions", "candidates", "problems", "pins", "cures", "metrics"]) model[key] ||= [];
  const $ = (id) => document.getElementById(id);

  // ---- building blocks -------------------------------------------------------

  // h makes an element: h("td.n", {title: "x"}, "text", child).
  function h(tag, attrs, ...children) {
    const [name, ...classes] = tag.split(".");
    const e = document.createElement(name);
    if (classes.length) e.className = classes.join(" ");
    return fill(e, attrs, children);
  }
  function svg(tag, attrs, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs, children);
  }
  function fill(e, attrs, children) {
    for (const [k, v] of Object.entries(attrs || {})) {
      if (v === undefined || v === null || v === false) continue;
      if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
      else if (k === "style") e.setAttribute("style", v);
      else e.setAttribute(k, v === true ? "" : v);
    }
    for (const c of children.flat(3)) if (c !== null && c !== undefined && c !== false) e.append(c.nodeType ? c : String(c));
    return e;
  }
  const put = (e, ...children) => fill(e, {}, children);
  const amount = (x) => (Math.abs(x) < 10 ? x.toFixed(1).replace(/\.0$/, "") : whole(x.toFixed(0)));
  const percent = (x) => Math.round(x * 100) + " %";
  const whole = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
  const count = (n, what) => whole(n) + " " + what + (n === 1 ? "" : "s");
  const sum = (list, of) => list.reduce((s, x) => s + of(x), 0);

  // ---- groups: services, library, root, unassigned ---------------------------

  const services = model.groups.filter((g) => g.service);
  // Hues are spread evenly over the services; the stride keeps neighbours in the
  // list apart.
  const gcd = (a, b) => (b ? gcd(b, a % b) : a);
  let stride = Math.max(1, Math.round(services.length * 0.38));
  while (gcd(stride, services.length || 1) !== 1) stride++;
  const hue = (i) => (150 + (360 / Math.max(1, services.length)) * ((i * stride) % Math.max(1, services.length))) % 360;
  const groupStyle = (i) => (model.groups[i] && model.groups[i].service ? `--h:${hue(i).toFixed(0)};--c:hsl(${hue(i).toFixed(0)} var(--sat) var(--light))` : "--h:0;--sat:0%;--c:var(--faint)");
  const plainName = (g) => g.name.replace(/^@/, "");
  const groupName = (i) => (model.groups[i] ? plainName(model.groups[i]) : "?");
  function groupLink(i) {
    if (!model.groups[i]) return h("span", {}, "?");
    return h("button.linkish.svc", { type: "button", style: groupStyle(i), onclick: (e) => { e.stopPropagation(); openGroup(i); } }, h("span.dot"), groupName(i));
  }
  const firstCut = model.groups.findIndex((g) => g.service && g.name === model.verdict.first_cut);
  const billOf = (i) => model.crossings.filter((c) => c.a === i || c.b === i);

  // Units are numbered over all groups.
  const units = [];
  model.groups.forEach((g, i) => (g.units || []).forEach((u) => units.push({ ...u, group: i, n: units.length })));

  // items groups crossings that hurt for the same reason and have the same cure.
  function items(crossings) {
    const by = new Map();
    for (const c of crossings) {
      const key = c.why + "\0" + c.cure + "\0" + c.b;
      if (!by.has(key)) by.set(key, { why: c.why, cure: c.cure, price: 0, list: [], flags: new Set() });
      const it = by.get(key);
      it.price += c.price;
      it.list.push(c);
      if (c.flags) it.flags.add(c.flags);
    }
    return [...by.values()].sort((a, b) => b.price - a.price);
  }
  // byCure groups crossings by their cure, dearest first.
  function byCure(crossings) {
    const by = new Map();
    for (const c of crossings) {
      if (!by.has(c.how)) by.set(c.how, { cure: model.cures[c.how] || { title: "Other", steps: [] }, price: 0, list: [] });
      const g = by.get(c.how);
      g.price += c.price;
      g.list.push(c);
    }
    return [...by.values()].sort((a, b) => b.price - a.price || a.list[0].how - b.list[0].how);
  }
  // cureList draws crossings under the heads of their cures, of each the dearest.
  function cureList(crossings, most) {
    return byCure(crossings).map((g) => h("div.cure-group", {},
      h("h3", {}, g.cure.title, h("span.cure-sum", {}, `price ${amount(g.price)} · ${count(g.list.length, "crossing")}`)),
      g.list.some((c) => c.steps) || !g.cure.steps.length ? null : h("details.how", {}, h("summary", {}, "How"), h("ol", {}, g.cure.steps.map((s) => h("li", {}, s)))),
      itemList(g.list, most)));
  }
  // cureBrief is one line a cure, the dearest first, and what they come to.
  function cureBrief(crossings, most) {
    const groups = byCure(crossings), all = sum(groups, (g) => g.price) || 1;
    return h("ul.cures", {}, groups.slice(0, most).map((g) => h("li", {}, h("b", {}, g.cure.title), h("span.price", {}, amount(g.price)),
      meter(g.price / all, "var(--bad)"), h("span.why", {}, items(g.list)[0].why, h("code", {}, "  " + (items(g.list)[0].list[0].places[0] || ""))))),
      groups.length > most ? h("li.rest", {}, "and " + groups.slice(most).map((g) => `${g.cure.title} ${amount(g.price)}`).join(", ")) : null);
  }
  function itemList(crossings, most) {
    const all = items(crossings);
    const list = h("ul.items", {}, all.slice(0, most).map(itemLine));
    if (all.length <= most) return list;
    const step = 200;
    let shown = most;
    const label = () => `Show ${Math.min(step, all.length - shown)} more of ${all.length - shown}, price ${amount(sum(all.slice(shown), (x) => x.price))}`;
    const more = h("button", { type: "button", onclick: () => {
      put(list, all.slice(shown, shown + step).map(itemLine));
      shown += step;
      if (shown >= all.length) more.parentNode.remove();
      else more.textContent = label();
    } }, label());
    return [list, h("p.more", {}, more)];
  }
  function itemLine(it) {
    const from = [...new Set(it.list.map((c) => c.a))];
    const places = [...new Set(it.list.flatMap((c) => c.places))];
    const pairs = it.list.map((c) => `${c.from} → ${c.to}` + (c.places.length ? `  ${c.places[0]}` : ""));
    return h("li", {},
      h("span.why", {}, it.why, [...it.flags].map((f) => h("span.flag", {}, f))), h("span.price", { title: "price" }, amount(it.price)),
      h("span.at", {}, groupLink(from[0]), from.length > 1 ? ` and ${count(from.length - 1, "other")}` : "", " → ", groupLink(it.list[0].b), places.length ? h("code", {}, "  " + places[0]) : "", places.length > 1 ? ` and ${places.length - 1} more` : ""),
      it.cure ? h("span.cure", {}, it.cure) : null,
      stepList(it),
      places.length > 1 || pairs.length > 1 ? h("details", {}, h("summary", {}, `${count(it.list.length, "crossing")}, ${count(places.length, "place")}`),
        h("ul.mono", {}, pairs.slice(0, 60).map((p) => h("li", {}, p)), places.length > pairs.length ? places.slice(0, 60).map((p) => h("li", {}, p)) : null)) : null);
  }

  // stepList is the steps of one item that has its own: who does what, and what takes
  // it back.
  function stepList(it) {
    const with_ = it.list.find((c) => c.steps);
    if (!with_) return null;
    return h("details.steps", {}, h("summary", {}, count(with_.steps.length, "step")), h("ol", {}, with_.steps.map((s) => h("li", {},
      h("b", {}, s.who), " ", s.do, (s.places || []).length ? h("code", {}, "  " + s.places[0] + (s.places.length > 1 ? ` +${s.places.length - 1}` : "")) : null,
      s.undo ? h("div.undo", {}, h("span.flag", {}, "undo"), " ", s.undo) : null))));
  }

  // ---- sections --------------------------------------------------------------

  const sections = [
    { id: "overview", name: "Overview", draw: drawOverview },
    { id: "bill", name: "Bill", draw: drawBill, count: model.crossings.length },
    { id: "matrix", name: "Dependencies", draw: drawMatrix },
    { id: "data", name: "Data", draw: drawData, count: model.tables.length },
    { id: "latency", name: "Latency", draw: drawLatency, count: slowed().length },
    { id: "alternatives", name: "Alternatives", draw: drawAlternatives, count: model.candidates.length },
    { id: "metrics", name: "Metrics", draw: drawMetrics },
    { id: "notseen", name: "Not seen", draw: drawNotSeen, count: model.problems.length },
  ];
  const drawn = new Set();
  function draw(s) {
    if (drawn.has(s.id)) return;
    drawn.add(s.id);
    s.draw($(s.id));
  }
  function show(id) {
    for (const s of sections) {
      const on = s.id === id;
      $(s.id).hidden = !on;
      s.tab.setAttribute("aria-selected", on);
      s.tab.tabIndex = on ? 0 : -1;
      if (on) draw(s);
    }
    try { history.replaceState(null, "", "#" + id); } catch { /* a file opened where history is not allowed */ }
  }
  for (const s of sections) {
    s.tab = h("button", { type: "button", role: "tab", "aria-controls": s.id, onclick: () => { show(s.id); scrollTo(0, 0); } }, s.name, s.count !== undefined ? h("span.count", {}, whole(s.count)) : null);
    $("tabs").append(s.tab);
  }
  $("tabs").addEventListener("keydown", (e) => {
    const at = sections.findIndex((s) => s.tab === document.activeElement);
    const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
    if (at < 0 || !step) return;
    const next = sections[(at + step + sections.length) % sections.length];
    show(next.id);
    next.tab.focus();
  });
  addEventListener("beforeprint", () => {
    sections.forEach(draw);
    document.querySelectorAll("details.steps, details.how").forEach((d) => { d.open = true; });
  });

  // ---- overview --------------------------------------------------------------

  function drawOverview() {
    const reasons = [...document.querySelectorAll(".reasons li")].slice(4);
    if (reasons.length) {
      reasons.forEach((li) => { li.hidden = true; });
      const more = h("button.linkish", { type: "button", onclick: () => { reasons.forEach((li) => { li.hidden = false; }); more.remove(); } }, `and ${count(reasons.length, "more reason")}`);
      document.querySelector(".verdict").append(more);
    }
    drawFirstCut($("firstcut"));
    drawGraph($("graph"));
    drawServices($("services"));
  }

  function drawFirstCut(box) {
    if (firstCut < 0) {
      put(box, h("div.eyebrow", {}, "No first cut"), h("p", {}, model.verdict.split ? "No single service stands out as the first." : "The advice is to stay one program. What is drawn here is what a split would look like."),
        model.crossings.length ? [h("h2", {}, "What would have to be untied, by cure"), cureBrief(model.crossings, 4), h("p.more", {}, h("button.linkish", { type: "button", onclick: () => openPair("") }, `all ${count(model.crossings.length, "crossing")} with source lines`))] : null, command("ficus report --format units"));
      return;
    }
    const g = model.groups[firstCut];
    put(box, h("div.eyebrow", {}, "First cut"),
      h("div.name", { style: groupStyle(firstCut) }, h("span", {}, h("span.dot"), g.name), h("span.price", { title: "price of its boundary" }, "price " + amount(g.price))),
      h("p.facts", {}, fact(g.lines, "lines"), fact(g.routes, "routes"), fact(g.tables.length, "tables"), fact(g.in, "calls in"), fact(g.out, "out"), h("span", {}, h("b", {}, percent(g.stability)), " stable")),
      h("h2", {}, "What it costs, by cure"),
      billOf(firstCut).length ? [cureBrief(billOf(firstCut), 4), h("p.more", {}, h("button.linkish", { type: "button", onclick: () => openPair(firstCut) }, `all ${count(billOf(firstCut).length, "crossing")} with source lines`))] : h("p.empty", {}, "Nothing crosses its boundary."),
      command("ficus generate " + g.name));
  }
  const fact = (n, what) => h("span", {}, h("b", {}, typeof n === "number" ? whole(n) : n), " " + what);
  function command(text) {
    const button = h("button", { type: "button", onclick: async () => { try { await navigator.clipboard.writeText(text); button.textContent = "copied"; } catch { button.textContent = "select it"; } } }, "copy");
    return h("div.command", {}, h("code", {}, text), button);
  }

  function drawServices(table) {
    const dearest = Math.max(1, ...services.map((g) => g.price));
    const rows = model.groups.map((g, i) => {
      const open = () => openGroup(i);
      const row = h("tr", { tabindex: 0, style: groupStyle(i), onclick: open, onkeydown: (e) => { if (e.key === "Enter" && e.target === e.currentTarget) { e.preventDefault(); open(); } } },
        h("th", { scope: "row" }, h("span.dot"), plainName(g), i === firstCut ? h("span.flag", { style: "color:var(--accent)" }, "first cut") : null), h("td.owns", {}, owns(g)), h("td.n", {}, whole(g.lines)));
      if (!g.service) {
        row.append(h("td.owns", { colspan: 6 }, { "@library": "stays a module that services import", "@root": "stays the monolith's front", "@unassigned": "tests' helpers, tools, dead code" }[g.name]));
        return row;
      }
      row.append(h("td.n", {}, g.routes), h("td.n", {}, g.tables.length), h("td.n", {}, g.in), h("td.n", {}, g.out),
        h("td.n", {}, h("b", {}, amount(g.price)), meter(g.price / dearest, "var(--bad)")),
        h("td.n", {}, percent(g.stability), meter(g.stability, g.stability < 0.8 ? "var(--warn)" : "var(--accent)")));
      return row;
    });
    table.tBodies[0].replaceChildren(...rows);
  }
  const meter = (x, color) => h("span.meter", { style: `--m:${color}`, "aria-hidden": "true" }, h("i", { style: `width:${Math.max(2, Math.min(100, x * 100))}%` }));
  function owns(g) {
    const most = 5, list = g.units || [];
    return list.slice(0, most).map((u) => u.name).join(", ") + (list.length > most ? ` and ${list.length - most} more` : "");
  }

  // ---- graph of services -----------------------------------------------------

  const open = new Set(); // groups shown with their units
  let redrawGraph = () => {};

  function drawGraph(box) {
    if (!services.length) {
      put(box, h("h2", {}, "Services"), h("p.empty", {}, "No service was proposed."));
      return;
    }
    const holder = h("div", {});
    const toggle = h("button", { type: "button", title: "e", onclick: toggleAll }, "Open all");
    const outside = model.groups.map((g, i) => ({ g, i })).filter((x) => !x.g.service);
    put(box, h("div.bar", {}, h("h2", {}, "Who needs whom"), toggle, h("span.hint", {}, "width and number: price · click a service or an arrow")), holder,
      h("div.outside", {}, outside.map(({ g, i }) => h("span", {}, groupLink(i), ` ${count((g.units || []).length, "unit")}`))));
    const ring = ringOrder();
    redrawGraph = () => {
      toggle.textContent = open.size ? "Close all" : "Open all";
      holder.replaceChildren(graphSVG(ring));
    };
    redrawGraph();
  }
  function toggleAll() {
    if (open.size) open.clear();
    else services.forEach((g) => open.add(model.groups.indexOf(g)));
    redrawGraph();
  }

  // ringOrder puts services that cost one another much side by side: 2-opt on the
  // ring, from the order of the cuts; the same model gives the same ring.
  function ringOrder() {
    const n = services.length, w = [...Array(n)].map(() => Array(n).fill(0));
    for (const e of model.edges) if (!e.soft && e.from < n && e.to < n) { w[e.from][e.to] += e.price || 0; w[e.to][e.from] += e.price || 0; }
    const ring = [...Array(n).keys()];
    const cost = () => { let c = 0; for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) c += w[ring[i]][ring[j]] * Math.min(j - i, n - j + i); return c; };
    if (n > 30) return ring;
    for (let round = 0, best = cost(), better = true; better && round < 20; round++) {
      better = false;
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
        [ring[i], ring[j]] = [ring[j], ring[i]];
        const c = cost();
        if (c < best - 1e-9) { best = c; better = true; } else [ring[i], ring[j]] = [ring[j], ring[i]];
      }
    }
    return ring;
  }

  const most = 9; // units shown of an open service
  function layout(ring) {
    const n = ring.length, boxes = new Map();
    const rx = n <= 2 ? 220 : 130 + n * 30, ry = n <= 2 ? 0 : 90 + n * 19;
    ring.forEach((i, k) => {
      const g = model.groups[i], list = (g.units || []).slice(0, most);
      const isOpen = open.has(i);
      const longest = Math.max(g.name.length * 9 + (i === firstCut ? 16 : 0) + 46, `price ${amount(g.price)} · ${count(g.lines, "line")}`.length * 6.6 + 16, isOpen ? Math.max(...list.map((u) => u.name.length)) * 7 + 24 : 0);
      const width = Math.max(118, Math.min(320, longest)), height = 50 + (isOpen ? list.length * 17 + 8 + ((g.units || []).length > most ? 17 : 0) : 0);
      const angle = -Math.PI / 2 + (2 * Math.PI * k) / n;
      boxes.set(i, { x: rx * Math.cos(angle), y: ry * Math.sin(angle), w: width, h: height });
    });
    for (let round = 0; round < 60; round++) { // push overlapping boxes apart
      let moved = false;
      const all = [...boxes.values()];
      for (let a = 0; a < all.length; a++) for (let b = a + 1; b < all.length; b++) {
        const p = all[a], q = all[b], gapX = 34, gapY = 24;
        const dx = (p.w + q.w) / 2 + gapX - Math.abs(p.x - q.x), dy = (p.h + q.h) / 2 + gapY - Math.abs(p.y - q.y);
        if (dx <= 0 || dy <= 0) continue;
        moved = true;
        if (dx < dy) { const s = (p.x <= q.x ? -1 : 1) * dx / 2; p.x += s; q.x -= s; } else { const s = (p.y <= q.y ? -1 : 1) * dy / 2; p.y += s; q.y -= s; }
      }
      if (!moved) break;
    }
    return boxes;
  }

  // border is where the line from the box's middle towards a point leaves it.
  function border(b, x, y) {
    const dx = x - b.x, dy = y - b.y;
    if (!dx && !dy) return [b.x, b.y];
    const t = Math.min(dx ? (b.w / 2 + 3) / Math.abs(dx) : Infinity, dy ? (b.h / 2 + 3) / Math.abs(dy) : Infinity);
    return [b.x + dx * t, b.y + dy * t];
  }

  function graphSVG(ring) {
    const boxes = layout(ring), all = [...boxes.values()], pad = 26;
    const x0 = Math.min(...all.map((b) => b.x - b.w / 2)) - pad, x1 = Math.max(...all.map((b) => b.x + b.w / 2)) + pad;
    const y0 = Math.min(...all.map((b) => b.y - b.h / 2)) - pad, y1 = Math.max(...all.map((b) => b.y + b.h / 2)) + pad;
    const edges = model.edges.filter((e) => !e.soft && boxes.has(e.from) && boxes.has(e.to));
    const prices = edges.map((e) => e.price || 0).sort((a, b) => b - a);
    const dear = prices[0] || 1, labelled = prices[Math.min(prices.length - 1, 9)] || 0;
    const root = svg("svg", { class: edges.length > 60 ? "dense" : null, viewBox: `${x0} ${y0} ${x1 - x0} ${y1 - y0}`, role: "group", "aria-label": "Graph of services" });
    const taken = []; // where labels are
    const drawn = [...edges].sort((a, b) => (b.price || 0) - (a.price || 0)).map((e) => edgeSVG(root, e, boxes, dear, labelled, taken));
    root.append(...drawn.reverse(), ...ring.map((i) => nodeSVG(root, i, boxes.get(i))));
    return root;
  }

  // labelAt is where on a curve its label stands: in the middle, or next to it where a
  // box or the label of a dearer edge is.
  function labelAt(curve, width, boxes, taken) {
    const hits = (x, y, b, gap) => Math.abs(x - b.x) < (b.w + width) / 2 + gap && Math.abs(y - b.y) < (b.h + 12) / 2 + gap;
    const free = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8].map(curve).find(([x, y]) => ![...boxes.values()].some((b) => hits(x, y, b, 2)) && !taken.some((b) => hits(x, y, b, 0)));
    const [x, y] = free || curve(0.5);
    taken.push({ x, y, w: width, h: 12 });
    return [x, y];
  }

  function edgeSVG(root, e, boxes, dear, labelled, taken) {
    const p = boxes.get(e.from), q = boxes.get(e.to), dx = q.x - p.x, dy = q.y - p.y, len = Math.hypot(dx, dy) || 1;
    const bend = Math.min(46, len * 0.16); // both directions bend to their own side
    const cx = (p.x + q.x) / 2 - (dy / len) * bend, cy = (p.y + q.y) / 2 + (dx / len) * bend;
    const [ax, ay] = border(p, cx, cy), [bx, by] = border(q, cx, cy);
    const width = 1 + 6 * Math.sqrt((e.price || 0) / dear), back = Math.hypot(bx - cx, by - cy) || 1;
    const ux = (bx - cx) / back, uy = (by - cy) / back, head = 6 + width;
    const tx = bx - ux * head, ty = by - uy * head, hw = head * 0.55;
    const path = `M${ax} ${ay} Q${cx} ${cy} ${tx} ${ty}`;
    const text = `${groupName(e.from)} → ${groupName(e.to)}: price ${amount(e.price || 0)}, ${e.label}`;
    const curve = (t) => [(1 - t) * (1 - t) * ax + 2 * t * (1 - t) * cx + t * t * bx, (1 - t) * (1 - t) * ay + 2 * t * (1 - t) * cy + t * t * by];
    const price = amount(e.price || 0), minor = (e.price || 0) < labelled;
    const [mx, my] = minor ? curve(0.5) : labelAt(curve, price.length * 7, boxes, taken);
    return svg("g", { class: "edge" + ((e.price || 0) >= dear * 0.6 ? " dear" : "") + (minor ? " minor" : ""), "data-a": e.from, "data-b": e.to },
      svg("title", {}, text), svg("path", { d: path, "stroke-width": width.toFixed(1) }),
      svg("polygon", { points: `${bx},${by} ${tx - uy * hw},${ty + ux * hw} ${tx + uy * hw},${ty - ux * hw}` }),
      svg("text", { x: mx, y: my + 4 }, price),
      svg("path", { class: "hit", d: path, onclick: () => openPair(e.from, e.to), onpointerenter: () => highlight(root, (a, b) => a === e.from && b === e.to), onpointerleave: () => highlight(root) }));
  }

  function nodeSVG(root, i, b) {
    const g = model.groups[i], left = b.x - b.w / 2, top = b.y - b.h / 2, isOpen = open.has(i);
    const flip = () => { if (isOpen) open.delete(i); else open.add(i); redrawGraph(); $("graph").querySelector(`.node[data-i="${i}"]`).focus(); };
    const node = svg("g", { class: "node" + (i === firstCut ? " first" : ""), "data-i": i, tabindex: 0, role: "button", style: groupStyle(i),
      "aria-expanded": isOpen, "aria-label": `${g.name}, price ${amount(g.price)}, ${count((g.units || []).length, "unit")}`,
      onclick: flip, onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); flip(); } if (e.key === "i") openGroup(i); },
      onpointerenter: () => highlight(root, (a, c) => a === i || c === i), onpointerleave: () => highlight(root) },
      svg("title", {}, `${g.name}: click shows its ${count((g.units || []).length, "unit")}`),
      svg("rect", { class: "box", x: left, y: top, width: b.w, height: b.h, rx: 9 }),
      svg("text", { x: left + 12, y: top + 21 }, (i === firstCut ? "▸ " : "") + g.name),
      svg("text", { class: "sub", x: left + 12, y: top + 39 }, `price ${amount(g.price)} · ${count(g.lines, "line")}`));
    if (isOpen) {
      (g.units || []).slice(0, most).forEach((u, k) => node.append(svg("text", { class: "unit", x: left + 12, y: top + 62 + k * 17 }, u.name.length > 42 ? "…" + u.name.slice(-41) : u.name)));
      if ((g.units || []).length > most) node.append(svg("text", { class: "sub", x: left + 12, y: top + 62 + most * 17 }, `and ${g.units.length - most} more`));
    }
    node.append(svg("g", { class: "info", onclick: (e) => { e.stopPropagation(); openGroup(i); } }, svg("title", {}, "Details (i)"),
      svg("circle", { cx: left + b.w - 16, cy: top + 16, r: 8 }), svg("text", { class: "sub", x: left + b.w - 16, y: top + 20, "text-anchor": "middle" }, "i")));
    return node;
  }

  function highlight(root, on) {
    root.classList.toggle("focus", !!on);
    if (!on) return;
    const near = new Set();
    root.querySelectorAll(".edge").forEach((e) => {
      const a = +e.dataset.a, b = +e.dataset.b, hit = on(a, b);
      e.classList.toggle("on", hit);
      if (hit) near.add(a).add(b);
    });
    root.querySelectorAll(".node").forEach((nd) => nd.classList.toggle("on", near.has(+nd.dataset.i) || nd.matches(":hover")));
  }

  // ---- bill ------------------------------------------------------------------

  const filter = { a: "", b: "", kind: "", how: "", text: "" };
  let redrawBill = () => {};
  function drawBill(box) {
    const pick = (key, options, all) => {
      const select = h("select", { "aria-label": all, onchange: () => { filter[key] = select.value; redrawBill(); } }, h("option", { value: "" }, all), options.map(([value, name]) => h("option", { value }, name)));
      return select;
    };
    const names = model.groups.map((g, i) => [String(i), plainName(g)]);
    const selectA = pick("a", names, "any service"), selectB = pick("b", names, "with any other"), selectKind = pick("kind", [...new Set(model.crossings.map((c) => c.kind))].sort().map((k) => [k, k]), "any kind");
    const text = h("input", { type: "search", placeholder: "why, cure, symbol or file", "aria-label": "Filter the bill", oninput: () => { filter.text = text.value.toLowerCase(); redrawBill(); } });
    const out = h("div", {}), chips = h("div.chips", {}), total = h("span.sum", {});
    put(box, h("div.card", {}, h("h2", {}, "Every crossing, by what cures it"), h("div.filters", {}, selectA, selectB, selectKind, text, total), chips, out));
    redrawBill = () => {
      selectA.value = filter.a; selectB.value = filter.b; selectKind.value = filter.kind; text.value = filter.text;
      const without = model.crossings.filter(matches), list = without.filter((c) => filter.how === "" || c.how === +filter.how);
      chips.replaceChildren(...byCure(without).map((g) => h("button", { type: "button", "aria-pressed": String(filter.how === String(g.list[0].how)), title: count(g.list.length, "crossing"), onclick: () => { filter.how = filter.how === String(g.list[0].how) ? "" : String(g.list[0].how); redrawBill(); } }, g.cure.title, h("b", {}, amount(g.price)))));
      total.textContent = `${count(list.length, "crossing")}, price ${amount(sum(list, (c) => c.price))}`;
      out.replaceChildren(...[list.length ? cureList(list, 12) : h("p.empty", {}, "Nothing crosses there.")].flat());
    };
    redrawBill();
  }
  function matches(c) {
    const has = (i) => c.a === +i || c.b === +i;
    if (filter.a !== "" && !has(filter.a)) return false;
    if (filter.b !== "" && (!has(filter.b) || (filter.a === filter.b && c.a !== c.b))) return false;
    if (filter.kind && c.kind !== filter.kind) return false;
    return !filter.text || [c.why, c.cure, c.from, c.to, ...c.places].some((s) => s.toLowerCase().includes(filter.text));
  }
  function openPair(a, b) {
    Object.assign(filter, { a: String(a), b: b === undefined ? "" : String(b), kind: "", how: "", text: "" });
    closeDrawer();
    show("bill");
    redrawBill();
    scrollTo(0, 0);
  }

  // ---- dependency matrix -----------------------------------------------------

  function drawMatrix(box) {
    const holder = h("div", {});
    const pick = h("select", { "aria-label": "Level", onchange: () => holder.replaceChildren(pick.value === "units" ? unitMatrix() : serviceMatrix()) }, h("option", { value: "services" }, "services"), h("option", { value: "units" }, `units (${units.length})`));
    put(box, h("div.card", {}, h("h2", {}, "Dependencies: the row needs the column"), h("div.filters", {}, pick), holder));
    put(holder, serviceMatrix());
  }
  function serviceMatrix() {
    if (!services.length) return h("p.empty", {}, "No service was proposed.");
    const n = services.length, cell = new Map(model.edges.filter((e) => !e.soft).map((e) => [e.from + ">" + e.to, e])), dear = Math.max(1, ...model.edges.map((e) => e.price || 0));
    const head = h("tr", {}, h("th"), services.map((g, j) => h("th", {}, h("span", {}, g.name))));
    const rows = services.map((g, i) => h("tr", {}, h("th", { scope: "row" }, groupLink(i)), [...Array(n).keys()].map((j) => {
      const e = cell.get(i + ">" + j);
      if (i === j) return h("td.self");
      if (!e) return h("td");
      return h("td", { style: `background:rgba(var(--heat),${(0.08 + 0.6 * Math.sqrt((e.price || 0) / dear)).toFixed(2)})` }, h("button", { type: "button", title: `${groupName(i)} → ${groupName(j)}: ${e.label}`, onclick: () => openPair(i, j) }, amount(e.price || 0)));
    })));
    return h("div.scroll", {}, h("table.heat", {}, h("thead", {}, head), h("tbody", {}, rows)), h("p.formula", {}, "the price of what the row's service uses of the column's; click for the items. A cell filled on both sides of the diagonal is a cycle of services."));
  }
  function unitMatrix() {
    const n = units.length, size = Math.max(2, Math.min(18, 1100 / Math.max(1, n))), label = size >= 11 ? 250 : 0, scale = window.devicePixelRatio || 1;
    const canvas = h("canvas", { width: (n * size + label) * scale, height: n * size * scale, style: `width:${n * size + label}px;height:${n * size}px`, role: "img", "aria-label": `${n} units by ${n}` });
    const paint = () => {
      const c = canvas.getContext("2d"), css = getComputedStyle(document.documentElement), color = (v) => css.getPropertyValue(v).trim();
      c.setTransform(scale, 0, 0, scale, 0, 0);
      c.clearRect(0, 0, canvas.width, canvas.height);
      model.groups.forEach((g, i) => {
        const own = units.filter((u) => u.group === i);
        if (!own.length) return;
        const a = label + own[0].n * size, w = own.length * size;
        c.fillStyle = g.service ? `hsl(${hue(i)} ${color("--sat")} ${color("--fill")})` : color("--hover");
        c.fillRect(a, own[0].n * size, w, w);
        if (label || w < 40) return; // with labels the rows say it
        c.fillStyle = color("--soft");
        c.font = "12px " + color("--sans");
        c.fillText(plainName(g), a + 6, own[0].n * size + 16);
      });
      c.strokeStyle = color("--line");
      c.strokeRect(label + 0.5, 0.5, n * size - 1, n * size - 1);
      for (const e of model.unitEdges) {
        const crosses = units[e.from].group !== units[e.to].group && !e.soft;
        c.fillStyle = crosses ? color("--bad") : color("--faint");
        c.fillRect(label + e.to * size + 0.5, e.from * size + 0.5, Math.max(size - 1, 2), Math.max(size - 1, 2));
      }
      if (!label) return;
      c.fillStyle = color("--ink");
      c.font = Math.min(12, size) + "px " + color("--mono");
      c.textAlign = "right";
      c.textBaseline = "middle";
      for (const u of units) c.fillText(u.name.length > 34 ? "…" + u.name.slice(-33) : u.name, label - 8, u.n * size + size / 2);
    };
    const at = new Map(model.unitEdges.map((e) => [e.from + ">" + e.to, e]));
    const where = (ev) => { const r = canvas.getBoundingClientRect(); return [Math.floor((ev.clientY - r.top) / size), Math.floor((ev.clientX - r.left - label) / size)]; };
    canvas.addEventListener("pointermove", (ev) => {
      const [i, j] = where(ev), e = at.get(i + ">" + j);
      if (!units[i]) return tip();
      if (!units[j]) return tip(ev, `${units[i].name} (${groupName(units[i].group)})`);
      tip(ev, `${units[i].name} → ${units[j].name}` + (e ? `: ${e.label}` + (e.price ? `, price ${amount(e.price)}` : "") : ": nothing"));
    });
    canvas.addEventListener("pointerleave", () => tip());
    canvas.addEventListener("click", (ev) => { const [i] = where(ev); if (units[i]) openUnit(units[i].n); });
    repaint.push(paint);
    paint();
    return h("div.scroll", {}, canvas, h("p.formula", {}, "red: crosses a boundary; grey: inside of a service, or to library and root. Blocks on the diagonal are the services. Click a row for its unit."));
  }
  const repaint = [];
  function tip(ev, text) {
    let t = $("tip");
    if (!text) { if (t) t.remove(); return; }
    if (!t) { t = h("div", { id: "tip" }); document.body.append(t); }
    t.textContent = text;
    t.style.left = Math.min(ev.clientX + 14, innerWidth - 300) + "px";
    t.style.top = ev.clientY + 16 + "px";
  }

  // ---- routes by tables ------------------------------------------------------

  function drawData(box) {
    // Mains reach everything: a row of them would say nothing.
    const all = [...model.routes, ...model.entries.filter((e) => e.method !== "main")];
    if (!model.tables.length) {
      put(box, h("div.card", {}, h("h2", {}, "Data"), h("p.empty", {}, "No table was found" + (all.length ? `; the ${count(all.length, "entry point")} are ${slowed().length ? "in Latency where the cuts slow them down" : "not slowed down by the cuts"}.` : ", and no entry point."))));
      return;
    }
    const byGroup = model.groups.map((g, i) => ({ i, routes: all.filter((r) => r.group === i) }));
    byGroup.push({ i: -1, routes: all.filter((r) => r.group < 0) });
    const shown = byGroup.filter((x) => x.routes.length);
    const small = all.length * model.tables.length <= 30000;
    put(box, h("div.card", {}, h("h2", {}, all.length > model.routes.length ? "Which entry point reads and writes which table" : "Which route reads and writes which table"),
      h("div.legend", {}, h("span", {}, h("i", { style: "background:hsl(150 var(--sat) var(--fill))" }), "own table"), h("span", {}, h("i", { style: "background:rgba(var(--heat),.1)" }), "reads another's"), h("span", {}, h("i", { style: "background:rgba(var(--heat),.3)" }), "writes another's"), h("span", {}, "r read · w write · a cell's title says in which order")),
      small ? h("div.tall", {}, routeTable(shown, tableOrder([...model.tables.keys()]))) : shown.map(routeFold)), transactions());
  }
  const tableOrder = (list) => list.sort((a, b) => model.tables[a].group - model.tables[b].group || a - b);
  // routeFold is one service's part of a matrix that is too large as a whole: its
  // routes by the tables that they reach, made when it is opened.
  function routeFold(part) {
    const reached = tableOrder([...new Set(part.routes.flatMap((r) => Object.keys(r.cells).map(Number)))]);
    const fold = h("details", { ontoggle: () => { if (fold.open && !fold.querySelector("table")) put(fold, h("div.tall", {}, routeTable([part], reached))); } }, h("summary", {}, h("b", {}, groupName(part.i)), ` ${count(part.routes.length, entryWord(part.routes))} reach ${count(reached.length, "table")}`));
    return fold;
  }
  function routeTable(parts, order) {
    const head = h("tr", {}, h("th", {}, `${count(sum(parts, (p) => p.routes.length), entryWord(parts.flatMap((p) => p.routes)))} by ${count(order.length, "table")}`), order.map((t) => h("th", { style: groupStyle(model.tables[t].group), title: `${model.tables[t].name}, owned by ${groupName(model.tables[t].group)}` }, h("span", {}, h("span.dot"), model.tables[t].name))));
    const body = h("tbody", {}, parts.map(({ i, routes }) => [
      h("tr.group", {}, h("th", { colspan: order.length + 1, scope: "rowgroup" }, groupLink(i), ` ${count(routes.length, entryWord(routes))}`)),
      routes.map((r) => h("tr", {}, h("th", { scope: "row", title: `${r.handler}  ${r.at}${r.readOnly ? ", reads only" : ""}` }, h("span.method", {}, r.method), r.pattern, handlerOf(r)), order.map((t) => dataCell(r, t))))]));
    return h("table.rt", {}, h("thead", {}, head), body);
  }
  function dataCell(r, t) {
    const access = r.cells[t];
    if (!access) return h("td");
    const own = model.tables[t].group === r.group;
    return h("td." + (own ? "own" : "alien") + "." + access, { style: own ? groupStyle(r.group) : null, title: `${r.method} ${r.pattern}: ${access === "r" ? "reads" : access === "w" ? "writes" : "reads and writes"} ${model.tables[t].name} of ${groupName(model.tables[t].group)}${stepOf(r, t)}` }, access);
  }
  // Jobs are called after what wakes them, so their function tells them apart.
  const handlerOf = (r) => (r.method === "job" && r.handler && r.handler !== r.pattern ? h("span.handler", {}, r.handler) : null);
  const entryWord = (list) => (list.some((r) => model.entries.includes(r)) ? "entry point" : "route");
  const stepOf = (r, t) => ((r.steps || []).length > 1 ? ` (table ${r.steps.indexOf(t) + 1} of ${r.steps.length} on its way)` : "");
  function transactions() {
    if (!model.transactions.length) return null;
    const across = [...model.transactions].sort((a, b) => b.groups.length - a.groups.length);
    return h("div.card", {}, h("h2", {}, `Transactions (${count(across.filter((t) => t.groups.length > 1).length, "crosses").replace(/crossess$/, "cross")} a boundary)`), h("div.scroll", {}, h("table.grid", {},
      h("thead", {}, h("tr", {}, ["opened in", "where", "tables", "services"].map((x) => h("th", {}, x)))),
      h("tbody", {}, across.map((t) => h("tr", {}, h("td", {}, h("code", {}, t.func)), h("td", {}, h("code", {}, t.at)), h("td", {}, (t.tables || []).join(", ")), h("td", {}, t.groups.join(", "), t.groups.length > 1 ? h("span.flag", {}, "crosses") : null)))))));
  }

  // ---- latency ---------------------------------------------------------------

  function slowed() { return [...model.routes, ...model.entries].filter((r) => r.remote); }
  const duration = (ms) => (ms >= 1000 ? (ms / 1000).toFixed(ms >= 10000 ? 0 : 1) + " s" : ms >= 10 ? ms.toFixed(0) + " ms" : ms >= 1 ? ms.toFixed(1) + " ms" : (ms * 1000).toFixed(0) + " µs");
  function drawLatency(box) {
    const list = slowed();
    if (!list.length) {
      put(box, h("div.card", {}, h("h2", {}, "Latency"), h("p.empty", {}, "Nothing behind an entry point becomes remote.")));
      return;
    }
    const number = (value, step, name) => h("input.num", { type: "number", min: 0, step, value, "aria-label": name, oninput: () => redraw() });
    const rtt = number(model.rtt, "any", "milliseconds of one round trip"), turns = number(model.turns, 1, "turns of a loop");
    const find = h("input", { type: "search", placeholder: "route or service", "aria-label": "Filter the entry points", oninput: () => redraw() });
    const body = h("tbody"), more = h("p.more");
    const of = (x) => x.base + (x.loops || 0) * Math.max(0, +turns.value || 0);
    let shown = 100;
    const redraw = () => {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean), one = Math.max(0, +rtt.value || 0);
      const rows = list.map((r) => ({ r, n: of(r.remote) })).filter(({ r }) => words.every((w) => `${r.method} ${r.pattern} ${groupName(r.group)}`.toLowerCase().includes(w))).sort((a, b) => b.n - a.n);
      const top = Math.max(1, ...rows.map((x) => x.n));
      body.replaceChildren(...rows.slice(0, shown).map(({ r, n }) => latencyRow(r, n, n / top, one, of)));
      more.replaceChildren();
      if (rows.length > shown) more.append(h("button", { type: "button", onclick: () => { shown += 400; redraw(); } }, `Show ${Math.min(400, rows.length - shown)} more of ${rows.length - shown}`));
    };
    put(box, h("div.card", {}, h("h2", {}, "What the cuts add to each entry point"),
      h("div.filters", {}, h("label", {}, "round trip ", rtt, " ms"), h("label", {}, "a loop is ", turns, " turns"), find),
      h("div.scroll", {}, h("table.grid.lat", {}, h("thead", {}, h("tr", {}, h("th", {}, "entry point"), h("th", {}, "service"), h("th.n", {}, "remote calls"), h("th.n", {}, "in loops"), h("th.n", {}, "added"))), body)), more,
      h("p.formula", {}, "added = round trip × (places outside of loops + turns × places in loops), and what traces counted in place of its share. A place in the code that calls another service counts once, however many ways lead to it, on both sides of a branch; loops in loops count once. It compares entry points and says where to look; it is no forecast.")));
    redraw();
  }
  function latencyRow(r, n, share, one, of) {
    const m = r.remote, steps = m.steps || [];
    const rest = m.places - sum(steps, (s) => s.places);
    return h("tr", {}, h("th", { scope: "row" }, h("details", {}, h("summary", {}, h("span.method", {}, r.method), r.pattern, handlerOf(r)),
      h("ul.plain", {}, steps.map((s) => h("li", {}, h("span.times", {}, `${amount(of(s))} ×`), h("code", {}, s.callee), h("span", {}, groupName(s.a) + " → " + groupName(s.b)), s.measured ? h("span.flag", {}, "measured") : null,
        h("code", {}, s.at + (s.loop ? `, loop at ${s.loop}` : s.loops ? ", in a loop" : ""))))), rest > 0 ? h("p.formula", {}, `and ${count(rest, "more place")}`) : null)),
    h("td", {}, groupLink(r.group)), h("td.n", {}, m.places), h("td.n", {}, m.loops || ""), h("td.n", {}, h("b", {}, "+" + duration(n * one)), meter(share, "var(--bad)")));
  }

  // ---- metrics ---------------------------------------------------------------

  function drawMetrics(box) {
    put(box, h("div.card", {}, h("h2", {}, `What papers measure of a partition, K = ${count(model.k, "service")}`),
      h("p.formula", {}, "To compare with papers and tools. The verdict does not go by them: a partition with all in one service has a perfect TurboMQ. It goes by the bill."),
      h("div.scroll", {}, h("table.grid.metrics", {}, h("thead", {}, h("tr", {}, h("th", {}, "metric"), h("th.n", {}, "value"), h("th", {}, "better"), h("th", {}, "formula"))),
        h("tbody", {}, model.metrics.map((x) => h("tr", {}, h("th", { scope: "row" }, x.name), h("td.n", {}, h("b", {}, +x.value.toFixed(3))), h("td", {}, x.better), h("td", {}, h("code", {}, x.formula), x.note ? h("span.flag", {}, x.note) : null)))))),
      h("p.formula", {}, "cᵢ service, nᵢ its declarations; μᵢ pairs that call inside of cᵢ (of MQ: calls), σᵢⱼ pairs across, εᵢ calls in and out, v call sites, H entropy.")));
  }

  // ---- alternatives ----------------------------------------------------------

  function drawAlternatives(box) {
    if (!model.candidates.length) {
      put(box, h("div.card", {}, h("h2", {}, "Alternatives"), h("p.empty", {}, "The model has no alternatives.")));
      return;
    }
    const home = new Map(units.map((u) => [u.name, u.group]));
    put(box, h("div.card", {}, h("h2", {}, "Other ways to cut, side by side"), h("div.alts", {}, model.candidates.map((c) => h("div.alt" + (c.chosen ? ".chosen" : ""), {},
      h("h3", {}, count(c.services, "service"), c.chosen ? h("span.tag", {}, "proposed") : null),
      h("div.facts", {}, h("span", {}, "price ", h("b", {}, amount(c.price))), h("span", {}, "stable ", h("b", {}, percent(c.stability))), h("span", {}, "score ", h("b", {}, c.score.toFixed(2)))),
      h("ul", {}, (c.groups || []).map((g) => altGroup(g, home)))))),
      h("p.formula", {}, "price: all crossings of that cut. stable: how far the runs of the ensemble agree on it. In brackets: where the proposal has the unit, when it is elsewhere.")));
    const proposed = box.querySelector(".chosen");
    if (proposed) proposed.parentNode.scrollLeft = proposed.offsetLeft - proposed.parentNode.offsetLeft - 260;
  }
  function altGroup(g, home) {
    const tally = new Map();
    for (const u of g.units || []) tally.set(home.get(u), (tally.get(home.get(u)) || 0) + 1);
    const main = [...tally].sort((a, b) => b[1] - a[1])[0];
    return h("li", { style: main && main[0] !== undefined ? groupStyle(main[0]) : null }, h("span.dot"), h("b", {}, g.name), ` ${count(g.lines, "line")}`,
      h("small", {}, (g.units || []).slice(0, 14).map((u, k) => [k ? ", " : "", u, main && home.get(u) !== main[0] ? h("em", {}, ` [${groupName(home.get(u))}]`) : ""]), (g.units || []).length > 14 ? ` and ${g.units.length - 14} more` : ""));
  }

  // ---- not seen --------------------------------------------------------------

  function drawNotSeen(box) {
    put(box, h("div.card", {}, h("h2", {}, "What analysis could not read or understand"), model.problems.length ? h("div.scroll", {}, h("table.grid", {},
      h("thead", {}, h("tr", {}, ["where", "what", "what would help"].map((x) => h("th", {}, x)))),
      h("tbody", {}, model.problems.map((p) => h("tr", {}, h("td", {}, h("code", {}, p.at)), h("td", {}, p.message, " ", h("span.flag", {}, p.code || "?")), h("td", {}, p.cure || "")))))) : h("p.empty", {}, "Everything was read and understood.")));
  }

  // ---- drawer ----------------------------------------------------------------

  let before = null; // what had the focus when the drawer opened
  function drawer(...content) {
    const d = $("drawer");
    if (d.hidden) before = document.activeElement;
    d.replaceChildren(h("button.close", { type: "button", onclick: closeDrawer, "aria-label": "Close" }, "Esc"), ...content.flat().filter(Boolean));
    d.hidden = false;
    d.scrollTop = 0;
    d.focus({ preventScroll: true });
  }
  function closeDrawer() {
    if ($("drawer").hidden) return;
    $("drawer").hidden = true;
    if (before && before.isConnected) before.focus({ preventScroll: true });
  }
  function openGroup(i) {
    const g = model.groups[i], bill = billOf(i), routes = model.routes.filter((r) => r.group === i);
    drawer(h("h2", { style: groupStyle(i) }, h("span.dot"), plainName(g)),
      g.service ? h("p.facts", {}, fact(amount(g.price), "price"), fact(g.lines, "lines"), fact(g.in, "calls in"), fact(g.out, "out"), h("span", {}, h("b", {}, percent(g.stability)), " stable")) : null,
      h("h3", {}, count((g.units || []).length, "unit")), h("ul.plain", {}, units.filter((u) => u.group === i).slice(0, 200).map((u) => h("li", {}, h("button.linkish", { type: "button", onclick: () => openUnit(u.n) }, u.name), u.pinned ? h("span.flag", {}, "pinned") : null, h("span", {}, `${count(u.lines, "line")} · ${percent(u.stability)}`)))),
      g.tables.length ? [h("h3", {}, count(g.tables.length, "table")), h("p.mono", {}, g.tables.join(", "))] : null,
      routes.length ? [h("h3", {}, count(routes.length, "route")), h("ul.plain.mono", {}, routes.slice(0, 60).map((r) => h("li", {}, `${r.method} ${r.pattern}`, h("span", {}, r.handler))))] : null,
      g.service && bill.length ? [h("h3", {}, `Bill: ${count(bill.length, "crossing")}`), cureBrief(bill, 6), h("p", {}, h("button", { type: "button", onclick: () => openPair(i) }, "The whole bill"))] : null,
      g.service ? [h("h3", {}, "Next"), command("ficus explain " + g.name), command("ficus generate " + g.name)] : null);
  }
  function openUnit(n) {
    const u = units[n];
    const list = (edges, other) => h("ul.plain", {}, edges.sort((a, b) => (b.price || 0) - (a.price || 0)).slice(0, 40).map((e) => h("li", {}, h("span", { style: groupStyle(units[other(e)].group) }, h("span.dot")), h("button.linkish", { type: "button", onclick: () => openUnit(other(e)) }, units[other(e)].name), h("span", {}, e.label + (e.price ? ` · price ${amount(e.price)}` : "")))));
    const out = model.unitEdges.filter((e) => e.from === n), into = model.unitEdges.filter((e) => e.to === n);
    drawer(h("h2", {}, u.name), h("p", {}, "in ", groupLink(u.group), `, ${count(u.lines, "line")}, ${percent(u.stability)} of the runs agree`, u.pinned ? h("span.flag", {}, "pinned") : null), u.reason ? h("p.why", {}, u.reason) : null,
      out.length ? [h("h3", {}, "needs"), list(out, (e) => e.to)] : null, into.length ? [h("h3", {}, "is needed by"), list(into, (e) => e.from)] : null, h("h3", {}, "Next"), command("ficus explain " + u.name));
  }

  // ---- search ----------------------------------------------------------------

  const things = [
    ...model.groups.map((g, i) => ({ what: g.service ? "service" : "group", name: plainName(g), where: "", go: () => openGroup(i) })),
    ...units.map((u) => ({ what: "unit", name: u.name, where: groupName(u.group), go: () => openUnit(u.n) })),
    ...model.tables.map((t) => ({ what: "table", name: t.name, where: groupName(t.group), go: () => { show("data"); } })),
    ...model.routes.map((r) => ({ what: "route", name: `${r.method} ${r.pattern}`, where: groupName(r.group), go: () => { show("data"); } })),
  ];
  let chosen = -1;
  function search() {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean), box = $("results");
    box.hidden = !words.length;
    chosen = -1;
    if (!words.length) return;
    const hits = things.filter((t) => words.every((w) => t.name.toLowerCase().includes(w))).sort((a, b) => a.name.length - b.name.length).slice(0, 30);
    const inBill = model.crossings.filter((c) => words.every((w) => (c.why + c.from + c.to + c.places.join(" ")).toLowerCase().includes(w))).length;
    box.replaceChildren(...hits.map((t) => result(t.what, t.name, t.where, t.go)));
    if (inBill) put(box, result("bill", `${count(inBill, "crossing")} with “${$("search").value}”`, "", () => { openPair(""); filter.a = ""; filter.text = $("search").value.toLowerCase(); redrawBill(); }));
    if (!hits.length && !inBill) put(box, h("p", {}, "Nothing of that name."));
  }
  function result(what, name, where, go) {
    return h("button", { type: "button", role: "option", "aria-selected": "false", tabindex: -1, onclick: () => { go(); $("results").hidden = true; } }, h("span.what", {}, what), h("span.name", {}, name), h("span.where", {}, where));
  }
  $("search").addEventListener("input", search);
  $("search").addEventListener("focus", search);
  $("search").addEventListener("keydown", (e) => {
    const list = [...$("results").querySelectorAll("button")];
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      chosen = (chosen + (e.key === "ArrowDown" ? 1 : -1) + list.length) % Math.max(1, list.length);
      list.forEach((b, i) => b.setAttribute("aria-selected", i === chosen));
      if (list[chosen]) list[chosen].scrollIntoView({ block: "nearest" });
    }
    if (e.key === "Enter") e.preventDefault(); // or it would press what gets the focus
    if (e.key === "Enter" && list.length) list[Math.max(0, chosen)].click();
  });
  document.addEventListener("pointerdown", (e) => { if (!e.target.closest(".search, #results")) $("results").hidden = true; });

  // ---- theme and keys --------------------------------------------------------

  const root = document.documentElement;
  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    repaint.forEach((f) => f());
  }
  $("theme").addEventListener("click", theme);
  $("help").addEventListener("click", () => $("keys").showModal());
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      $("results").hidden = true;
      if (document.activeElement === $("search")) $("search").blur();
      return closeDrawer();
    }
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) || $("keys").open) return;
    const at = "12345678".indexOf(e.key);
    if (at >= 0 && e.key.length === 1) show(sections[at].id);
    else if (e.key === "/") { e.preventDefault(); $("search").focus(); }
    else if (e.key === "t") theme();
    else if (e.key === "e") toggleAll();
    else if (e.key === "?") $("keys").showModal();
  });

  const wanted = location.hash.slice(1);
  show(sections.some((s) => s.id === wanted) ? wanted : "overview");
})();
