// Package admin is the operator's side of the proxy: a JSON API, metrics, health,
// a stream of changes and the dashboard, on a listener of its own that never sees
// production traffic.
//
//	GET  /                                 the dashboard
//	GET  /api/v1/status                    every route now
//	GET  /api/v1/history                   every decision, oldest first
//	GET  /api/v1/evidence/{route}          what the decision is computed from
//	GET  /api/v1/curve/{route}             the route's recent past, for pictures
//	GET  /api/v1/stream                    server-sent events: status, history, curve
//	GET  /api/v1/proxy                     the data plane's own status
//	POST /api/v1/routes/{route}/share      {"share":"5%"}
//	POST /api/v1/routes/{route}/pause      likewise resume, advance;
//	POST /api/v1/routes/{route}/rollback   {"reason":"…"}; {route} * is every route
//	POST /api/v1/proxy/reload              reads the configuration again
//	GET  /debug/pprof/                     profiles of the process
//	GET  /metrics, /healthz
//
// # Safety
//
// The listener is loopback, or a unix socket; three things keep web pages and other users out.
// The Host header must be a loopback name (else a page could reach it by DNS
// rebinding). Requests that change something must be of type application/json,
// which a page of another origin cannot send without a preflight that is not
// granted, and Origin, when there is one, must be our own. With an
// Access, everything but /healthz and the dashboard's files needs a caller that is known:
// "Authorization: Bearer TOKEN", or a verified client certificate. Its role says what it
// may do: View reads, Operate moves routes, Admin reloads and profiles; its name is what
// the history shows.
package admin
