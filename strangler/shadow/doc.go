// Package shadow copies requests that the monolith has answered to the new side
// and compares the two answers. It never answers anybody: a copy is sent after
// the client has its answer, from a bounded queue by a bounded number of
// workers, and what does not fit is dropped and counted, never waited for.
//
// Two answers are equal when their status is, their media type is, and their
// bodies are. JSON bodies are compared as values: the order of object members
// and the way a number is written (1, 1.0, 1e0) do not matter, the order of
// array elements does, null differs from a missing member, and ignored field
// paths are left out on both sides. Other bodies are compared byte by byte, after
// gzip or deflate is undone.
package shadow
