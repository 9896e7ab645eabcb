package verify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// maxOutput of a failing test that is kept, of its end, in bytes.
const maxOutput = 16 << 10

// stopTime is how long the go command gets to stop its tests after an interrupt.
const stopTime = 5 * time.Second

// testRun is one go test.
type testRun struct {
	dir       string
	env, args []string
	onPackage func(pkg string) // after each package; may be nil
}

// event is what go test -json writes, one a line (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	FailedBuild string
}

// run runs the tests. That some fail is no error; that the go command could not be
// run is.
func (t testRun) run(ctx context.Context) (outcomes, error) {
	cmd := exec.CommandContext(ctx, "go", t.args...)
	cmd.Dir, cmd.Env = t.dir, t.env
	inGroup(cmd)
	cmd.Cancel = func() error { return interrupt(cmd) }
	cmd.WaitDelay = stopTime
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the go command: %w", err)
	}
	c := collector{tests: outcomes{}, output: map[testID]*strings.Builder{}, builds: map[string]*strings.Builder{}, onPackage: t.onPackage}
	readErr := c.read(out)
	err = cmd.Wait()
	killGroup(cmd)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	if len(c.tests) == 0 {
		return nil, fmt.Errorf("the go command said nothing about tests:\n%s", strings.TrimSpace(stderr.String()))
	}
	return c.tests, readErr
}

// collector puts the events together.
type collector struct {
	tests     outcomes
	output    map[testID]*strings.Builder
	builds    map[string]*strings.Builder
	onPackage func(string)
}

func (c *collector) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			c.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the tests' results: %w", err)
		}
	}
}

// line takes one event; what is no JSON comes from a test that writes to its own
// standard output past the framework, and says nothing about outcomes.
func (c *collector) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		return
	}
	id := testID{e.Package, e.Test}
	switch e.Action {
	case "output":
		builder(c.output, id).WriteString(e.Output)
	case "build-output":
		builder(c.builds, e.ImportPath).WriteString(e.Output)
	case "pass", "fail", "skip":
		c.end(id, e)
	}
}

func (c *collector) end(id testID, e event) {
	out := ended{outcome: Outcome(e.Action)}
	if out.outcome == Fail {
		text := builder(c.output, id).String()
		if e.FailedBuild != "" {
			text = builder(c.builds, e.FailedBuild).String() + text
		}
		if id.Name == "" {
			text = c.unfinished(id.Package) + text
		}
		out.output = tail(text)
	}
	c.tests[id] = out
	delete(c.output, id)
	if id.Name == "" && c.onPackage != nil {
		c.onPackage(id.Package)
	}
}

// unfinished is the output of tests that a crash of their process left without an
// end: it says where.
func (c *collector) unfinished(pkg string) string {
	var b strings.Builder
	for id, out := range c.output {
		if id.Package == pkg && id.Name != "" && strings.Contains(out.String(), "panic:") {
			b.WriteString(out.String())
		}
	}
	return b.String()
}

func builder[K comparable](m map[K]*strings.Builder, k K) *strings.Builder {
	if m[k] == nil {
		m[k] = &strings.Builder{}
	}
	return m[k]
}

func tail(s string) string {
	if len(s) > maxOutput {
		s = s[len(s)-maxOutput:]
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			s = "…\n" + s[i+1:]
		}
	}
	return s
}
