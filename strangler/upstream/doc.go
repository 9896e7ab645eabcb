// Package upstream holds the connections to one side of the traffic: the monolith
// or a service. A Client sends one request and streams the answer to the client of
// the proxy; it says, when it fails, whether the request may have run, so that the
// caller can let another side answer. Replay lets a body be read a second time
// without having been buffered before the first.
//
// There are two Clients. h1Client carries plain HTTP/1.1 requests without a body, or with
// a short one, on the goroutine of the handler, over connections of its own; reverseClient,
// httputil.ReverseProxy over a tuned http.Transport, carries the rest: long bodies,
// HTTP/2, TLS, upgrades. A test holds both to the same behaviour, request and
// response.
//
// A Group is one side of several upstreams. A Pool owns all upstreams, and their
// health checks, over reloads: those that did not change keep their connections.
package upstream
