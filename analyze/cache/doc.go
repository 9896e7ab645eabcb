// Package cache keeps on disk what is costly to find out again. A record is named
// by a hash of all that it was made of, so it never goes stale: whatever changes
// gives another name. Only what a Hash was told counts; a caller that forgets an
// input gets wrong answers, so callers say in one place what they tell it.
//
// No answer of the cache is trusted: a record carries a checksum over its name and
// its content, and one that is cut short, altered or misnamed is a miss and is
// removed. No failure of the cache is an error: where nothing can be read, nothing
// is found, and where nothing can be written, nothing is kept. A nil *Cache is such
// a place.
//
// Records are written to a temporary file and renamed, so that any number of runs,
// also on one folder, see whole records or none. Close removes the records that
// were used longest ago until the rest fit into Options.MaxBytes.
//
// Records are in the user's cache folder (os.UserCacheDir), in ficus; FICUS_CACHE
// names another folder, or is off. Deleting the folder loses time and nothing else.
package cache
