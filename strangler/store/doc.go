// Package store keeps the little state that a rollout must not lose: shares in
// force, counts, and the history of decisions.
//
// A [Store] is a small map from keys to values in which every write gets the next
// revision. Writes are compare-and-set, so that two operators cannot overwrite
// each other unseen, and everything written can be watched.
//
// [Open] keeps it in files: FILE is a snapshot, FILE.wal the log of writes since,
// FILE.lock keeps a second process out. A write is acknowledged once it is synced to
// disk. kill -9 at any moment, also in the middle of a write, loses at most the
// write that was not acknowledged. Every record carries a checksum (CRC-32C); what
// does not match is reported with file and offset, never used and never deleted.
//
// [NewMemory] is the same without files. An etcd-backed store fits the interface.
package store
