package rollout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Record is one entry of the history: what was done to a route, by whom and why.
// Records are appended, never changed; each carries the hash of the one before.
type Record struct {
	// Seq counts the records from 1.
	Seq   int64     `json:"seq"`
	Time  time.Time `json:"time"`
	Route string    `json:"route"`
	// Action: advance, rollback, set, pause, resume, reset.
	Action string `json:"action"`
	// Who did it: "rollout" for automatic decisions, otherwise a name.
	Who  string      `json:"who"`
	From route.Share `json:"from"`
	To   route.Share `json:"to"`
	// FromStage and ToStage are the stages before and after.
	FromStage Stage  `json:"from_stage"`
	ToStage   Stage  `json:"to_stage"`
	Reason    string `json:"reason"`
	// Step and Numbers are the evidence at that time.
	Step    Arms    `json:"step"`
	Numbers Numbers `json:"numbers"`
	// Config is the revision of the configuration in force.
	Config string `json:"config"`
	// Previous is the hash of the record before, "" for the first.
	Previous string `json:"previous"`
}

// Automatic is Record.Who of what the rollout decided by itself.
const Automatic = "rollout"

// Hash is the SHA-256 of the record in JSON, in hexadecimal.
func (r Record) Hash() (string, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("hash record %d: %w", r.Seq, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// VerifyHistory checks that no record was changed, left out or put in: each must
// follow the one before. It returns the sequence number of the first that does not.
func VerifyHistory(records []Record) (firstBad int64, err error) {
	for i := 1; i < len(records); i++ {
		hash, err := records[i-1].Hash()
		if err != nil {
			return records[i-1].Seq, err
		}
		if records[i].Seq != records[i-1].Seq+1 || records[i].Previous != hash {
			return records[i].Seq, fmt.Errorf("record %d does not follow record %d: the history was changed", records[i].Seq, records[i-1].Seq)
		}
	}
	return 0, nil
}

// ConfigRevision identifies a configuration by its content: the first 12 digits of
// the SHA-256 of its JSON.
func ConfigRevision(c *route.Config) (string, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("compute the configuration's revision: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6]), nil
}

// Keys in the store.
const (
	routeKeys  = "route/"
	recordKeys = "history/"
)

func recordKey(seq int64) string { return fmt.Sprintf("%s%012d", recordKeys, seq) }

// loadHistory reads all records from the store and checks the chain.
func (c *Controller) loadHistory(ctx context.Context) error {
	entries, err := c.store.List(ctx, recordKeys)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	for _, e := range entries {
		var r Record
		if err := json.Unmarshal(e.Value, &r); err != nil {
			return fmt.Errorf("read the history: %s: %w", e.Key, err)
		}
		c.history = append(c.history, r)
	}
	// Traffic goes on whatever happened to the history; whoever reads it is told.
	if _, err := VerifyHistory(c.history); err != nil {
		c.log.Error("rollout history", "error", err)
	}
	return nil
}

// appendRecord numbers a record, chains it to the last and saves it; the lock is
// held. What cannot be saved now is saved with the next record or checkpoint.
func (c *Controller) appendRecord(r Record) error {
	r.Seq = 1
	if n := len(c.history); n > 0 {
		last := c.history[n-1]
		hash, err := last.Hash()
		if err != nil {
			return err
		}
		r.Seq, r.Previous = last.Seq+1, hash
	}
	c.history = append(c.history, r)
	c.unsaved++
	c.logRecord(r)
	return c.saveHistory()
}

// saveHistory writes the records that the store does not have, oldest first.
func (c *Controller) saveHistory() error {
	for c.unsaved > 0 {
		r := c.history[len(c.history)-c.unsaved]
		data, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("write the history: %w", err)
		}
		if _, err := c.store.CompareAndSet(context.Background(), recordKey(r.Seq), data, 0); err != nil {
			return fmt.Errorf("write the history: %w", err)
		}
		c.unsaved--
	}
	return nil
}
