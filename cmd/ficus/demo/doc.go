// Package demo shows the whole of ficus at work on the sample shop: it builds and
// starts the monolith, analyzes it, generates, builds and verifies the first cut,
// moves live traffic to it step by step, and then breaks it on purpose to show it
// rolled back by itself. Every figure that it prints was measured in that run.
//
// Files: demo.go is the story, one function a scene; process.go starts and stops
// children; sample.go finds and copies the shop; traffic.go plays its shoppers;
// sabotage.go builds the broken service.
package demo
