// Package strangler is the proxy that stands in front of a system and moves its
// traffic, a share of the users at a time, from the monolith to services. It can
// stand in front of any HTTP system.
//
// # The way of a request
//
// route finds the rule for it: host, path, method, headers, query, cookies, gRPC method
// or SOAP action, the most specific rule first. What no rule matches belongs to the monolith. The rule's cohort puts
// the user into one of 10,000 buckets by a hash, and the share in force says which
// buckets are on the new arm: the same user is on the same side request after
// request, on every route, and widening a share moves nobody back. upstream
// forwards the request to that side, rewritten when the route says so; of several
// upstreams to the one with the fewest requests under way, leaving out those that keep
// failing. A redirect is answered here. Requests without a body or with a short one go
// by a client of our own, on the goroutine that serves them, to upstreams of plain
// HTTP/1; all others by net/http/httputil.
//
// Old traffic is safe traffic. When the new side cannot be reached, is late, or
// answers 5xx, the monolith answers instead, provided that the request may be sent
// twice (route.Rule.Repeatable) or that nothing of it was sent; it counts as the
// new side's failure all the same. A service whose health check fails or whose
// circuit breaker is open is not asked at all. A path that two programs could read
// in two ways (route.Unclear) is not matched at all: the monolith gets it as it
// came.
//
// While a route's users are on the old side, shadow copies a share of the
// monolith's requests to the new side, after the client has its answer, and
// compares the answers.
//
// Metrics and spans have the names of OpenTelemetry's conventions where those have one.
// With Options.Tracer each request is a server's span in the trace of the client, and
// each attempt at an upstream, the fallback among them, a client's span in it, whose
// context the upstream gets (W3C traceparent).
//
// rollout decides which share is in force, from what the proxy reports to it;
// store keeps that over restarts; admin shows it and takes orders. The proxy knows
// them only as rollout.Weights (the share of a route, asked once a request) and
// rollout.Recorder.
//
// # Cost
//
// More than half of what a request costs is the kernel's, to read and write on either
// side. The rest is kept down by doing nothing before it is needed. The handler's
// goroutine talks to the upstream itself; the server does not read on beside it until the
// upstream takes its time; deadlines are set when something would wait beyond them; sockets
// are read and written without waking Go's monitor thread (socket); metrics are looked up
// once a route; lines of the access log are written together, so that a process that is
// killed loses at most the last tenth of a second of them; the rollout looks at the routes
// that saw traffic.
//
// TestCost measures it beside nginx and HAProxy, and says how:
//
//	go test ./strangler -v -run Cost -cost
//
// On two cores: 1.79 times the CPU time of nginx (36 and 20 µs; the rounds from 1.60 to 2.08),
// HAProxy 1.13; 10,000 routes cost 1.02 of 10. At half load, 12,000 to 14,000 requests a
// second, half of the requests are answered 0.09 ms later than by the origin itself (nginx
// 0.08), and the slowest hundredth 0.9 and 1.1 ms later (two runs, medians of 40 rounds; nginx
// 0.5 and 0.1); 1.0 and 1.4 % of all requests took longer than 1 ms (nginx 0.4 and 0.3). With
// GOGC=off it is 0.3 ms: that hundredth is of the garbage collector, which runs once in 20,000
// requests. With GOMAXPROCS=1, Go marks for 2 ms and then sweeps for 4 without a look at the
// network.
//
// In a process that has just started an idle connection takes 10 KB, what waits to be
// collected included, and 5 KB when many wait already. net/http wants 8 KB of stack and 8 KB
// of buffers for each; one of HTTP/1 without TLS that waits for a quarter of a second is
// therefore taken from it, and given back when it has something to say (parked).
//
// Profile-guided optimisation (default.pgo) was tried and is not worth its file: 1.00 of the
// CPU time without it.
//
// # Configurations
//
// strangler.yaml is read by route. A new one, by file change, signal or
// Proxy.Reload, is parsed, validated and built as a whole, then swapped in by one
// pointer. Requests under way end with the plan that they began with; upstreams
// that did not change keep their connections and their health. A refused
// configuration changes nothing; it is logged and stands in Proxy.Status.
//
// # Restarts
//
// Proxy.Drain hands the traffic to another process that has the same listening socket:
// each HTTP/1 answer is the last of its connection from then on. ficus proxy does it on
// SIGUSR2. A Proxy without Drain stops as net/http does.
//
// # Guards
//
// net/http reads the requests. Added to it: of HTTP/2, methods, hosts and targets that
// HTTP/1 could not say are refused; the connection is closed after every
// HTTP/1.0 request and after every request with a Transfer-Encoding, which leaves
// a smuggled second request without a connection; header names with underscores
// and hop-by-hop fields are dropped; X-Forwarded-* and Forwarded of clients are replaced,
// unless they are proxies listed as trusted; CONNECT is refused; header size, header time
// and idle time are bounded. A client that stops in the middle of its body, or
// takes nothing of its answer (of HTTP/2, also one that only opens no window), is cut
// off, and blamed on no side. A body that cannot be
// read ends its connection. Clients' addresses come from the PROXY protocol of listed
// sources only. Trailers, 1xx,
// upgrades (WebSocket), server-sent events and gRPC pass.
package strangler
