import { Unauthorized, command, setToken, stream } from "./api.js";
import { Chart } from "./chart.js";
import { clock, count, duration, expOf, millis, moment, percent, ratio, superscript } from "./format.js";

const $ = (id) => document.getElementById(id);

// What the proxy said last.
const state = { routes: [], history: [], curves: new Map(), selected: null, seen: 0, live: false };

// ---- small DOM helpers

function node(tag, attrs = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs)) {
    if (k === "class") e.className = v;
    else if (v !== null && v !== undefined) e.setAttribute(k, v);
  }
  e.append(...children);
  return e;
}

function text(e, value) {
  if (e.textContent !== value) e.textContent = value;
}

// ---- verdict

const STAGES = [
  ["rolled-back", "rolled back"], ["canary", "moving"], ["paused", "paused"],
  ["shadow", "in shadow"], ["remote", "on the new side"], ["local", "on the monolith"],
];

const stageText = (stage) => (stage === "rolled-back" ? "rolled back" : stage);

function drawVerdict() {
  const n = state.routes.length;
  const parts = [];
  for (const [stage, words] of STAGES) {
    const k = state.routes.filter((r) => r.stage === stage).length;
    if (k > 0) parts.push(k === n && n > 1 ? `all ${n} ${words}` : `${k} ${words}`);
  }
  text($("verdict"), n === 0 ? "Everything goes to the monolith" : `${n} route${n === 1 ? "" : "s"}: ${parts.join(", ")}`);
  const requests = state.routes.reduce((sum, r) => sum + r.total.old.requests + r.total.new.requests, 0);
  const onNew = state.routes.reduce((sum, r) => sum + r.total.new.requests, 0);
  text($("subline"), n === 0 ? "" : `${count(requests)} requests seen, ${count(onNew)} of them assigned to the new side.`);
  document.title = state.routes.some((r) => r.stage === "rolled-back") ? "↩ rolled back · ficus rollout" : "ficus rollout";
}

// ---- table of routes: rows are made once and then updated, so that focus stays

const rows = new Map();

function makeRow(name) {
  const cell = (label, css) => node("td", { "data-label": label, class: css });
  const row = {
    tr: node("tr", { "data-route": name }),
    button: node("button", { type: "button", class: "route-name" }, name),
    match: node("span", { class: "route-match" }),
    stage: node("span", { class: "stage" }), since: node("span", { class: "small" }),
    share: node("b"), fill: node("i"), ticks: node("div", { class: "ticks", "aria-hidden": "true" }),
    requests: cell("Requests", "num"), failing: cell("Failing old / new", "num"),
    ratio: cell("Ratio, any time", "num"), parity: cell("Parity", "num"), decision: cell("What happens next", "decision"),
  };
  const route = cell("Route", "c-route");
  route.append(row.button, row.match);
  const stage = cell("Stage", "c-stage");
  stage.append(row.stage, row.since);
  const share = cell("Share on the new side", "c-share");
  const bar = node("div", { class: "bar" }, row.fill);
  share.append(node("div", { class: "share" }, row.share, bar, row.ticks));
  row.tr.append(route, stage, share, row.requests, row.failing, row.ratio, row.parity, row.decision);
  row.tr.addEventListener("click", () => select(name, true));
  return row;
}

function drawRow(r) {
  if (!rows.has(r.route)) rows.set(r.route, makeRow(r.route));
  const row = rows.get(r.route);
  const n = r.decision.numbers;
  row.tr.setAttribute("aria-current", String(r.route === state.selected));
  row.button.setAttribute("aria-pressed", String(r.route === state.selected));
  text(row.match, r.match);
  row.stage.className = `stage ${r.stage}`;
  text(row.stage, stageText(r.stage));
  text(row.since, `for ${duration((Date.now() - new Date(r.since)) / 1000)}`);
  text(row.share, r.share);
  row.fill.style.width = `${r.buckets / 100}%`;
  drawTicks(row.ticks, r.policy.steps);
  text(row.requests, count(r.step.old.requests + r.step.new.requests));
  text(row.failing, `${rate(r.step.old)} / ${rate(r.step.new)}`);
  row.ratio.replaceChildren(...ratioCell(n));
  row.parity.replaceChildren(...parityCell(r.parity));
  text(row.decision, capital(r.decision.text));
  return row.tr;
}

function drawTicks(e, steps) {
  if (e.childElementCount === steps.length) return;
  e.replaceChildren(...steps.map((s) => {
    const tick = node("i", { title: s });
    tick.style.left = `${Math.min(99.5, parseFloat(s))}%`;
    return tick;
  }));
}

const rate = (c) => (c.requests === 0 ? "–" : percent(c.failures / c.requests));
const capital = (s) => s.charAt(0).toUpperCase() + s.slice(1);

function ratioCell(n) {
  if (n.events === 0) return ["–"];
  return [ratio(n.ratio), node("span", { class: "small" }, `[${ratio(n.ratio_lower)}, ${ratio(n.ratio_upper)}]`)];
}

function parityCell(p) {
  if (p.compared === 0) return [p.shadowed ? "none yet" : "–"];
  const equal = (p.compared - p.different) / p.compared;
  return [p.different === 0 ? "100%" : `${(100 * equal).toFixed(equal > 0.99 ? 2 : 1)}%`,
    node("span", { class: "small" }, p.fields?.length ? `${p.fields.length} field${p.fields.length > 1 ? "s" : ""}` : `of ${count(p.compared)}`)];
}

function drawRoutes() {
  const body = $("route-rows");
  const names = new Set(state.routes.map((r) => r.route));
  for (const [name, row] of rows) if (!names.has(name)) { row.tr.remove(); rows.delete(name); }
  state.routes.forEach((r, i) => {
    const tr = drawRow(r);
    if (body.children[i] !== tr) body.insertBefore(tr, body.children[i] ?? null);
  });
  $("empty").hidden = state.routes.length > 0;
  $("routes").hidden = state.routes.length === 0;
}

// ---- the selected route

function current() {
  return state.routes.find((r) => r.route === state.selected);
}

// choose picks what an operator would look at first.
function choose() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (state.routes.some((r) => r.route === wanted)) return wanted;
  for (const stage of ["rolled-back", "canary", "shadow", "remote", "paused"]) {
    const r = state.routes.find((r) => r.stage === stage);
    if (r) return r.route;
  }
  return state.routes[0]?.route ?? null;
}

function select(name, byHand) {
  state.selected = name;
  if (byHand) history.replaceState(null, "", `#${encodeURIComponent(name)}`);
  draw();
}

function drawDetail() {
  const r = current();
  $("detail").hidden = !r;
  if (!r) return;
  text($("detail-title"), r.route);
  text($("detail-sub"), `${r.match} → ${r.service} · ${r.mode} · run ${r.run}, at ${r.share} since ${moment(r.since)}`);
  drawActions(r);
  drawGates(r);
  drawSides(r);
  drawCharts(r);
  $("evidence-link").href = `/api/v1/evidence/${encodeURIComponent(r.route)}`;
  text($("evidence-link"), `evidence of ${r.route}`);
}

const nextStep = (r) => r.policy.steps.find((s) => Math.round(parseFloat(s) * 100) > r.buckets);

function drawActions(r) {
  const next = nextStep(r);
  text($("advance"), next ? `Advance to ${next}` : "Advance");
  $("advance").disabled = !next;
  text($("pause"), r.paused ? "Resume" : "Pause");
  $("pause").disabled = r.stage === "rolled-back";
  $("rollback").disabled = r.stage === "rolled-back";
  $("set-share").placeholder = r.share.replace("%", "");
}

function drawGates(r) {
  const gates = r.decision.gates ?? [];
  text($("next-share"), nextStep(r) ?? "the end");
  if (gates.length === 0) {
    $("gates").replaceChildren(node("li", {}, node("span", { class: "mark" }, "·"), node("span", { class: "text" }, capital(r.decision.text) + ".")));
    $("gates").firstChild.style.gridTemplateColumns = "22px 1fr";
    drawPolicy(r);
    return;
  }
  $("gates").replaceChildren(...gates.map((g) => {
    const words = node("span", { class: "text" }, g.text);
    if (g.seconds) words.append(node("span", { class: "eta" }, ` · about ${duration(g.seconds)}`));
    return node("li", { class: g.ok ? "ok" : "open" },
      node("span", { class: "mark", "aria-label": g.ok ? "holds" : "open" }, g.ok ? "✓" : "…"),
      node("span", { class: "name" }, g.name), words);
  }));
  drawPolicy(r);
}

function drawPolicy(r) {
  const p = r.policy;
  const facts = [
    ["policy", p.mode], ["steps", p.steps.join(" → ")], ["at least", `${p.min_step} a step`],
    ["failing at most", percent(p.max_error_rate)], ["ratio at most", String(p.max_ratio)], ["α", String(p.alpha)],
  ];
  $("policy").replaceChildren(...facts.map(([k, v]) => node("div", {}, node("dt", {}, k), node("dd", {}, v))));
}

const failing = (c) => (c.requests === 0 ? "–" : `${count(c.failures)} · ${rate(c)}`);

function drawSides(r) {
  const s = r.step, n = r.decision.numbers;
  const line = (label, a, b, title) => node("tr", title ? { title } : {}, node("th", { scope: "row" }, label), node("td", { class: "num" }, a), node("td", { class: "num" }, b));
  const list = [
    line("requests", count(s.old.requests), count(s.new.requests)),
    line("users, about", count(r.users.old), count(r.users.new)),
    line("failing answers", failing(s.old), failing(s.new)),
    line("failing users", count(s.old.failed_units), count(s.new.failed_units), "each counted once on this step and in ten minutes"),
    line(`fails below, ${percent(1 - r.policy.alpha)} sure`, "", s.new.requests ? percent(n.new_rate_upper) : "–", `upper bound that holds at all times, α = ${r.policy.alpha}`),
    line("median latency", millis(r.p50_ms.old), millis(r.p50_ms.new)),
    line("99th percentile", millis(r.p99_ms.old), millis(r.p99_ms.new)),
  ];
  for (const f of (r.parity.fields ?? []).slice(0, 4)) list.push(line("differs", f.field, `${count(f.count)}×`));
  $("sides").replaceChildren(...list);
}

// ---- charts

const LN10 = Math.LN10;

function evidenceTicks(min, max) {
  const every = Math.max(1, Math.ceil((max - min) / 5));
  const ticks = [];
  for (let at = Math.ceil(min / every) * every; at <= max; at += every) ticks.push({ at, text: at === 0 ? "1" : "10" + superscript(at) });
  return ticks;
}

function rateTicks(min, max) {
  return [0, 0.25, 0.5, 0.75, 1].map((f) => ({ at: max * f, text: f === 0 ? "0" : percent(Number((max * f).toPrecision(2))) }));
}

const at = (p) => clock(p.time);
const charts = {
  evidence: new Chart($("chart-evidence"), $("read-evidence"), {
    lines: [{ key: "rate", css: "rate" }, { key: "ratio", css: "ratio" }],
    range: (points, border) => {
      const values = points.flatMap((p) => [p.ratio, p.rate]);
      return [Math.max(-4, Math.min(-1, ...values)), Math.max(border.at + 1, ...values) + 0.2];
    },
    ticks: evidenceTicks,
    read: (p) => `${at(p)}  e-value ${expOf(p.ratio * LN10)} against the monolith, ${expOf(p.rate * LN10)} against the limit`,
    label: (points, border) => `e-value over time: now ${expOf(points.at(-1).ratio * LN10)} against the monolith and ${expOf(points.at(-1).rate * LN10)} against the limit; ${border.text}`,
  }),
  failures: new Chart($("chart-failures"), $("read-failures"), {
    lines: [{ key: "old", css: "old" }, { key: "new", css: "new" }],
    range: (points) => [0, niceRate(Math.max(0.001, ...points.flatMap((p) => [p.old ?? 0, p.new ?? 0])))],
    ticks: rateTicks,
    read: (p) => `${at(p)}  monolith ${percent(p.old)}, new side ${percent(p.new)}`,
    label: (points) => `failing answers over time: now monolith ${percent(points.at(-1).old)}, new side ${percent(points.at(-1).new)}`,
  }),
  share: new Chart($("chart-share"), $("read-share"), {
    lines: [{ key: "share", css: "new", step: true, area: true }],
    range: () => [0, 100],
    ticks: () => [0, 25, 50, 75, 100].map((v) => ({ at: v, text: `${v}%` })),
    read: (p) => `${at(p)}  ${p.share}% of the users`,
    label: (points) => `share over time: now ${points.at(-1).share}%`,
  }),
};

function niceRate(x) {
  const scale = 10 ** Math.floor(Math.log10(x));
  return Math.min(1, [1, 2, 4, 10].find((f) => f * scale >= x) * scale);
}

// smooth puts points together so that each rate rests on enough requests.
function smooth(points) {
  const group = Math.max(1, Math.ceil(points.length / 90));
  const out = [];
  for (let i = 0; i < points.length; i += group) {
    const part = points.slice(i, i + group);
    const sum = (key, weight) => part.reduce((s, p) => s + (p[key] ?? 0) * (weight ? p[weight] : 1), 0);
    const olds = sum("old"), news = sum("new");
    const last = part.at(-1);
    out.push({
      time: Date.parse(last.t), share: last.share / 100,
      ratio: Math.max(...part.map((p) => p.log_e_ratio)) / LN10, rate: Math.max(...part.map((p) => p.log_e_rate)) / LN10,
      old: olds > 0 ? sum("old_rate", "old") / olds : null, new: news > 0 ? sum("new_rate", "new") / news : null,
    });
  }
  return out;
}

function drawCharts(r) {
  const raw = state.curves.get(r.route) ?? [];
  const points = smooth(raw);
  const border = { at: r.border / LN10, text: `rolls back at ${expOf(r.border)}` };
  const marks = state.history.filter((h) => h.route === r.route && h.from !== h.to)
    .map((h) => ({ time: Date.parse(h.time), css: `mark-${h.action}`, text: h.action === "rollback" ? "↩" : h.to }));
  charts.evidence.set(points, marks, border);
  charts.failures.set(points, marks);
  charts.share.set(raw.map((p) => ({ time: Date.parse(p.t), share: p.share / 100 })), []);
}

// ---- history

function drawHistory() {
  const all = $("history-all").checked;
  const list = state.history.filter((r) => all || r.route === state.selected).slice(-200).reverse();
  $("history-empty").hidden = list.length > 0;
  $("history").replaceChildren(...list.map((r) => {
    const move = r.from === r.to ? `${r.action} at ${r.to}` : `${r.action === "set" ? "set" : r.action} ${r.from} → ${r.to}`;
    return node("li", { class: r.action },
      node("time", { datetime: r.time }, moment(r.time)),
      node("span", { class: "on" }, r.route),
      node("span", { class: "what" }, move, node("span", { class: "who" }, r.who === "rollout" ? " by itself" : ` by ${r.who}`)),
      node("span", { class: "why" }, r.reason));
  }));
}

// ---- commands, each after a confirmation that says what it does

function confirmThen({ title, words, yes, danger, reason }, run) {
  text($("confirm-title"), title);
  text($("confirm-text"), words);
  text($("confirm-yes"), yes);
  text($("confirm-error"), "");
  $("confirm-yes").className = danger ? "primary danger" : "primary";
  $("reason-row").hidden = !reason;
  $("reason").value = "";
  $("confirm-form").onsubmit = async (e) => {
    e.preventDefault();
    $("confirm-yes").disabled = true;
    try {
      takeStatus(await run($("reason").value));
      $("confirm").close();
    } catch (err) {
      if (err instanceof Unauthorized) { $("confirm").close(); askToken(); }
      else text($("confirm-error"), err.message);
    }
    $("confirm-yes").disabled = false;
  };
  $("confirm").showModal();
  $("confirm-yes").focus();
}

function onCommands() {
  $("confirm-no").onclick = () => $("confirm").close();
  $("rollback").onclick = () => {
    const r = current();
    confirmThen({ title: `Roll back ${r.route}?`, danger: true, reason: true, yes: "Roll back",
      words: `All users of ${r.match} go to the monolith at once, and stay there until somebody sets a share.` },
    (reason) => command(r.route, "rollback", { reason }));
  };
  $("pause").onclick = () => {
    const r = current(), verb = r.paused ? "resume" : "pause";
    confirmThen({ title: `${capital(verb)} ${r.route}?`, yes: capital(verb),
      words: r.paused ? "It goes on from its share as its policy says." : `It is held at ${r.share}. Rollback stays automatic.` },
    () => command(r.route, verb, {}));
  };
  $("advance").onclick = () => {
    const r = current(), open = (r.decision.gates ?? []).find((g) => !g.ok);
    confirmThen({ title: `Advance ${r.route} to ${nextStep(r)}?`, yes: "Advance",
      words: open ? `Its evidence does not suffice yet: ${open.text}.` : "All conditions of its policy hold." },
    () => command(r.route, "advance", {}));
  };
  $("set-form").onsubmit = (e) => {
    e.preventDefault();
    const r = current(), value = $("set-share").value.trim().replace("%", "").trim() || r.share.replace("%", "");
    confirmThen({ title: `Set ${r.route} to ${value}%?`, yes: `Set ${value}%`,
      words: `${value}% of the users of ${r.match} go to the new side. Now it is ${r.share}.` },
    async () => { const reply = await command(r.route, "share", { share: `${value}%` }); $("set-share").value = ""; return reply; });
  };
  $("rollback-all").onclick = () => confirmThen({ title: "Roll back every route?", danger: true, reason: true, yes: "Roll back all",
    words: "All traffic goes to the monolith at once, and stays there until somebody sets shares." },
  (reason) => command("*", "rollback", { reason }));
  $("pause-all").onclick = () => confirmThen({ title: "Pause every route?", yes: "Pause all",
    words: "Nothing advances by itself until it is resumed. Rollback stays automatic." }, () => command("*", "pause", {}));
  $("history-all").onchange = drawHistory;
  $("theme").onclick = () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("ficus-theme", theme);
    document.documentElement.dataset.theme = theme;
  };
}

// ---- the stream

function takeStatus(reply) {
  state.routes = reply.routes ?? [];
  text($("config"), reply.config);
  $("refused").hidden = !reply.refused;
  text($("refused"), reply.refused ? `The configuration in the file is refused, the one before stays in force:\n${reply.refused}` : "");
  if (!state.routes.some((r) => r.route === state.selected)) state.selected = choose();
  draw();
}

function draw() {
  drawVerdict();
  drawRoutes();
  drawDetail();
  drawHistory();
}

function take(event, data) {
  state.seen = Date.now();
  if (event === "status") takeStatus(data);
  else if (event === "history") {
    const last = state.history.at(-1)?.seq ?? 0;
    state.history.push(...data.records.filter((r) => r.seq > last));
    drawHistory();
  } else if (event === "curve") {
    const points = state.curves.get(data.route) ?? [];
    const last = points.length > 0 ? Date.parse(points.at(-1).t) : 0;
    points.push(...data.points.filter((p) => Date.parse(p.t) > last));
    if (points.length > 2000) points.splice(0, points.length - 2000);
    state.curves.set(data.route, points);
    if (data.route === state.selected && current()) drawCharts(current());
  }
  showLive(true, "live");
}

function showLive(on, words) {
  $("live").className = on ? "live on" : "live off";
  text($("live-text"), words);
}

function askToken() {
  if (!$("login").open) $("login").showModal();
  return new Promise((done) => {
    $("login-form").onsubmit = () => { setToken($("token").value.trim()); done(); };
  });
}

async function follow() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    const began = Date.now();
    try {
      state.history = [];
      await stream(take);
    } catch (err) {
      if (err instanceof Unauthorized) { showLive(false, "needs a token"); await askToken(); wait = 250; continue; }
      if (state.routes.length === 0) text($("verdict"), "The proxy does not answer");
      showLive(false, `not connected: what you see is from ${state.seen ? clock(state.seen) : "before"}`);
    }
    if (Date.now() - began > 10_000) wait = 500;
    await new Promise((go) => setTimeout(go, wait));
  }
}

onCommands();
window.addEventListener("hashchange", () => select(choose(), false));
setInterval(() => { if (state.seen && Date.now() - state.seen > 5000) showLive(false, `silent since ${clock(state.seen)}`); }, 1000);
follow();
