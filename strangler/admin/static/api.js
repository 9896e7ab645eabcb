// Talking to the admin listener: commands, and the stream of changes.

const TOKEN = "ficus-admin-token";

// Unauthorized is thrown when a token is needed.
export class Unauthorized extends Error {}

export const setToken = (token) => sessionStorage.setItem(TOKEN, token);

function headers(more) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, Authorization: `Bearer ${token}` } : { ...more };
}

async function check(response) {
  if (response.ok) return response;
  if (response.status === 401) throw new Unauthorized("a token is needed");
  let message = `${response.status} ${response.statusText}`;
  try { message = (await response.json()).error ?? message; } catch { /* not JSON: keep the status */ }
  throw new Error(message);
}

export async function command(route, verb, body) {
  const response = await fetch(`/api/v1/routes/${encodeURIComponent(route)}/${verb}`, {
    method: "POST",
    headers: headers({ "Content-Type": "application/json" }),
    body: JSON.stringify({ who: "dashboard", ...body }),
  });
  return (await check(response)).json();
}

// stream calls on(event, data) for each event until it fails.
export async function stream(on) {
  const response = await check(await fetch("/api/v1/stream", { headers: headers() }));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the proxy closed the stream");
    rest += value;
    const messages = rest.split("\n\n");
    rest = messages.pop();
    for (const m of messages) dispatch(m, on);
  }
}

function dispatch(message, on) {
  let event = "message", data = "";
  for (const line of message.split("\n")) {
    if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data) on(event, JSON.parse(data));
}
