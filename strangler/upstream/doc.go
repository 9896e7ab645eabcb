// Package upstream holds the connections to one side of the traffic: the monolith
// or a service. An Upstream sends one request and streams the answer to the
// client; it says, when it fails, whether the request may have run, so that the
// caller can let the other side answer. A Pool keeps upstreams over
// reloads: those that did not change keep their connections.
//
// Client is the seam between the two ways of carrying HTTP: today
// httputil.ReverseProxy over a tuned http.Transport, which knows HTTP/2, upgrades
// and trailers; a client on the handler's own goroutine can take the plain
// HTTP/1.1 exchanges from it without anything above noticing.
package upstream
