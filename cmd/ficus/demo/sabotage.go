package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/strangler/rollout"
)

// sabotage releases a build of the service that asks for a table that does not
// exist, and waits for the rollout to take the users back by itself.
func (s *show) sabotage(ctx context.Context) error {
	overlay, what, err := s.breakStore()
	if err != nil {
		return err
	}
	if _, err := s.build(ctx, "broken", "./cmd/"+s.service, "-overlay", overlay); err != nil {
		return err
	}
	addrs, err := freeAddrs(2)
	if err != nil {
		return err
	}
	if s.broken, err = s.startService(ctx, "broken", addrs[0], addrs[1]); err != nil {
		return err
	}
	s.say("   built with %s; it starts, is healthy, and gets 100 %% of the readers", what)
	return s.underLoad(ctx, func(ctx context.Context) error { return s.release(ctx, addrs[1]) })
}

// release points strangler.yaml at the broken build, which the proxy reloads, and
// waits until every route that it breaks is back at the monolith.
func (s *show) release(ctx context.Context, addr string) error {
	before, err := s.api().History(ctx)
	if err != nil {
		return err
	}
	service := s.config.Services[s.service]
	service.URL = "http://" + addr
	s.config.Services[s.service] = service
	if err := s.saveConfig(); err != nil {
		return err
	}
	begun := time.Now()
	err = s.watch(ctx, 60*time.Second, func(all []rollout.RouteStatus) bool { return rolledBack(all) > 0 && settled(all) })
	if err != nil {
		return errors.Join(errNoRollback, err)
	}
	after, err := s.api().History(ctx)
	if err != nil {
		return err
	}
	s.tellRollback(after[len(before):], begun)
	return nil
}

func (s *show) tellRollback(records []rollout.Record, begun time.Time) {
	for _, r := range records {
		if r.Action == "rollback" {
			s.say("   %6s  %s: %s → %s by itself", seconds(r.Time.Sub(begun)), r.Route, r.From, r.To)
			s.say("           %s", r.Reason)
		}
	}
	got := s.load.tally()
	s.say("   the monolith answered in place of every failure: %d requests so far, %d failed for the client", got.Sent, got.Failed)
}

// rolledBack counts the routes that were taken back.
func rolledBack(all []rollout.RouteStatus) (n int) {
	for _, r := range all {
		if r.Stage == rollout.StageRolledBack {
			n++
		}
	}
	return n
}

// settled is true when no route that still goes to the new side has failures.
func settled(all []rollout.RouteStatus) bool {
	for _, r := range all {
		if r.Share > 0 && r.Step.New.Failures > 0 {
			return false
		}
	}
	return true
}

// breakStore makes a build overlay in which one table that the service owns is
// misspelt wherever it is read.
func (s *show) breakStore() (overlay, what string, err error) {
	table, file, err := s.readTable()
	if err != nil {
		return "", "", err
	}
	original := filepath.Join(s.shopDir, filepath.FromSlash(file))
	data, err := os.ReadFile(original)
	if err != nil {
		return "", "", fmt.Errorf("break the service: %w", err)
	}
	from := regexp.MustCompile(`\b(FROM|JOIN)\s+` + regexp.QuoteMeta(table) + `\b`)
	broken := filepath.Join(s.Dir, "broken.go")
	if err := os.WriteFile(broken, from.ReplaceAll(data, []byte("$1 "+table+"_v2")), 0o644); err != nil {
		return "", "", fmt.Errorf("break the service: %w", err)
	}
	spec, err := json.Marshal(map[string]map[string]string{"Replace": {original: broken}})
	if err != nil {
		return "", "", err
	}
	overlay = filepath.Join(s.Dir, "broken.json")
	return overlay, fmt.Sprintf("%s reading %s_v2, a table that is not there", file, table), os.WriteFile(overlay, spec, 0o644)
}

// readTable finds the table of the service that is read in most places, and the
// file that reads it.
func (s *show) readTable() (table, file string, err error) {
	most := 0
	for _, t := range s.model.Tables {
		if t.Service != s.service {
			continue
		}
		for _, a := range t.Accesses {
			if a.Access != model.Write && len(a.Evidence) > most {
				table, file, most = t.Name, a.Evidence[0].File, len(a.Evidence)
			}
		}
	}
	if most == 0 {
		return "", "", fmt.Errorf("break the service: %s reads no table of its own", s.service)
	}
	return table, file, nil
}
