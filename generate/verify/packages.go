package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// choosePackages finds the packages with tests, and among them those whose tests
// link a package of the boundary.
func (r *runner) choosePackages(ctx context.Context) error {
	boundary := map[string]bool{}
	for _, path := range r.boundaryPackages() {
		boundary[path] = true
	}
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-e", "-test", "-json=ImportPath,ForTest,Deps,Name"}, r.patterns()...)...)
	cmd.Dir, cmd.Env = r.boundary.Dir, append(slices.Clone(r.env), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("list the tests of %s: %w\n%s", strings.Join(r.patterns(), " "), err, strings.TrimSpace(stderr.String()))
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath, Name string
			Deps             []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("list the tests: %w", err)
		}
		path, isTest := strings.CutSuffix(p.ImportPath, ".test")
		if !isTest || p.Name != "main" || r.generated(path) {
			continue
		}
		if slices.ContainsFunc(p.Deps, func(dep string) bool { return boundary[plain(dep)] }) {
			r.result.Linked = append(r.result.Linked, path)
		} else {
			r.result.Others = append(r.result.Others, path)
		}
	}
	slices.Sort(r.result.Linked)
	slices.Sort(r.result.Others)
	return nil
}

// plain is the import path of a package that may be compiled for a test.
func plain(dep string) string {
	path, _, _ := strings.Cut(dep, " ")
	return path
}

// generated tells whether a package was generated for the service: its tests are
// not the monolith's.
func (r *runner) generated(path string) bool {
	m := r.boundary.Contract.Module
	return strings.HasPrefix(path, m+"/services/"+r.result.Service+"/") || path == m+"/cmd/"+r.result.Service
}
