// Numbers and times as people read them.

const grouped = new Intl.NumberFormat("en-US");

export const count = (n) => grouped.format(n);

// percent writes a rate from 0 to 1 with three figures.
export function percent(rate) {
  if (rate === null || rate === undefined) return "–";
  if (rate === 0) return "0%";
  const p = rate * 100;
  return (p < 0.001 ? p.toExponential(1) : Number(p.toPrecision(p >= 10 ? 3 : 2))) + "%";
}

// expOf writes e^x: 41, 1.2×10⁶.
export function expOf(x) {
  if (x === null || x === undefined) return "–";
  const log10 = x / Math.LN10;
  if (log10 >= 4 || log10 < -3) return "10" + superscript(Math.round(log10));
  return String(Number(Math.exp(x).toPrecision(2)));
}

export function superscript(n) {
  return String(n).replace(/[-0-9]/g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
}

export const ratio = (x) => (x === null || x === undefined ? "∞" : x >= 100 ? count(Math.round(x)) : x.toFixed(2));

export function duration(seconds) {
  const s = Math.max(0, seconds);
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 90 * 60) return `${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} d`;
}

export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

export function moment(time) {
  const t = new Date(time);
  const today = new Date().toDateString() === t.toDateString();
  return today ? clock(t) : `${t.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock(t)}`;
}

export const millis = (ms) => (ms ? `${Number(ms.toPrecision(2))} ms` : "–");
