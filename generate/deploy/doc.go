// Package deploy generates what a service needs to run somewhere else than in the
// monolith: a Dockerfile, and the first draft of strangler.yaml with the routes
// that the service owns. Both are drafts for people: they are written once and
// left alone afterwards.
package deploy
