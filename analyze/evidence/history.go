package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// The thresholds of code-maat.
const (
	largeCommit = 30  // files; more say nothing about what belongs together
	leastShared = 5   // commits that changed both files
	leastDegree = 0.3 // of the mean of their revisions
)

// history reads who changed which files together, from the git repository that the
// module is in. Where there is none it says so.
func (r *reader) history() error {
	span, err := ParseSpan(r.opt.History)
	if err != nil {
		return err
	}
	h := &commits{files: map[string]*fileCommits{}, now: map[string]string{}, pairs: map[[2]string]int{}, authors: map[string]int{}}
	if why, cure := h.read(r.ctx, r.opt.Dir, span); why != "" {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.problem("history", "no history was read: "+why, cure)
		return nil
	}
	known := map[string]bool{}
	for _, d := range r.facts.Decls {
		known[d.File] = true
	}
	matched, total := 0, 0
	for file := range h.files {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		total++
		if known[file] {
			matched++
			r.out.Measured.Files = append(r.out.Measured.Files, h.file(file))
		}
	}
	r.source("history", r.opt.History, float64(matched), float64(total), "changed files")
	r.out.Measured.Changes = h.changes(known)
	return nil
}

// Span is how far back history is read.
type Span struct {
	Years, Months, Days int
	All                 bool
}

// before is the time a span before another.
func (s Span) before(t time.Time) time.Time { return t.AddDate(-s.Years, -s.Months, -s.Days) }

// ParseSpan reads 12mo, 2y, 6w, 90d or all.
func ParseSpan(text string) (Span, error) {
	if text == "all" {
		return Span{All: true}, nil
	}
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.Atoi(digits)
	if err == nil && n > 0 && n <= 10_000 {
		switch strings.TrimPrefix(text, digits) {
		case "y":
			return Span{Years: n}, nil
		case "mo":
			return Span{Months: n}, nil
		case "w":
			return Span{Days: 7 * n}, nil
		case "d":
			return Span{Days: n}, nil
		}
	}
	return Span{}, fmt.Errorf("%q is no time span; write it as 12mo, 2y, 6w, 90d or all", text)
}

// commits is what git log says.
type commits struct {
	files   map[string]*fileCommits
	now     map[string]string // old path → what the file is called now
	pairs   map[[2]string]int // files, sorted → commits that changed both
	authors map[string]int    // address → number, by first appearance
}

type fileCommits struct {
	revisions, churn int
	small            int // revisions by commits that are not large
	by               map[int]int
}

// read runs git; why is not empty when there is no history to be had.
func (c *commits) read(ctx context.Context, dir string, span Span) (why, cure string) {
	if _, err := exec.LookPath("git"); err != nil {
		return "there is no git on this machine", "install git, or leave --history out"
	}
	head, err := git(ctx, dir, "log", "-1", "--format=%ct")
	if err != nil {
		return "the module is in no git repository, or in one without commits", "leave --history out, or analyse a clone"
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(head), 10, 64)
	if err != nil {
		return "git gives the commit's time as " + strconv.Quote(strings.TrimSpace(head)), "leave --history out"
	}
	if shallow, err := git(ctx, dir, "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(shallow) == "true" {
		return "the clone is shallow, so its history is cut off", "fetch all of it with: git fetch --unshallow"
	}
	args := []string{"log", "--no-merges", "--numstat", "-M", "-z", "--relative", "--format=tformat:%x01%aE"}
	if !span.All {
		args = append(args, "--since="+span.before(time.Unix(seconds, 0).UTC()).Format(time.RFC3339))
	}
	if err := c.stream(ctx, dir, append(args, "HEAD", "--", ".")); err != nil {
		return "git log failed: " + err.Error(), "see whether git log works in the module's folder"
	}
	return "", ""
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := gitCommand(ctx, dir, args).Output()
	return string(out), err
}

// gitCommand leaves out what a person's configuration could change.
func gitCommand(ctx context.Context, dir string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "log.showSignature=false", "-c", "diff.renameLimit=1000", "-c", "log.mailmap=true"}, args...)...)
	cmd.Env = append(cmd.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C", "TZ=UTC")
	return cmd
}

func (c *commits) stream(ctx context.Context, dir string, args []string) error {
	cmd := gitCommand(ctx, dir, args)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	parseErr := c.parse(out)
	_, _ = io.Copy(io.Discard, out) // git must not wait for a reader that has given up
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, firstLine(stderr.String()))
	}
	return parseErr
}

// parse reads git log -z --numstat, newest commits first: a commit starts with 0x01
// and its author, a changed file is "added\tdeleted\tpath", a renamed one has an empty
// path and the old and the new one after it.
func (c *commits) parse(in io.Reader) error {
	records := bufio.NewReader(in)
	var author string
	var files []change
	next := func() (string, error) {
		s, err := records.ReadString(0)
		return strings.TrimPrefix(strings.TrimSuffix(s, "\x00"), "\n"), err
	}
	for {
		record, err := next()
		if rest, ok := strings.CutPrefix(record, "\x01"); ok {
			c.commit(author, files)
			author, files = rest, nil
		} else if f, ok := parseChange(record); ok {
			if f.path == "" {
				if f.from, err = next(); err == nil {
					f.path, err = next()
				}
			}
			files = append(files, f)
		}
		if err == io.EOF {
			c.commit(author, files)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type change struct {
	path, from string // from: of a rename
	lines      int
}

func parseChange(record string) (change, bool) {
	parts := strings.SplitN(record, "\t", 3)
	if len(parts) != 3 {
		return change{}, false
	}
	added, _ := strconv.Atoi(parts[0]) // "-" of binary files
	deleted, _ := strconv.Atoi(parts[1])
	return change{path: parts[2], lines: added + deleted}, true
}

// commit counts one, under the names that files have now.
func (c *commits) commit(author string, files []change) {
	if len(files) == 0 {
		return
	}
	if _, ok := c.authors[author]; !ok {
		c.authors[author] = len(c.authors)
	}
	var paths []string
	for _, f := range files {
		path := cmp.Or(c.now[f.path], f.path)
		if f.from != "" && f.from != f.path {
			c.now[f.from] = path
		}
		if f.path == "" || slices.Contains(paths, path) && len(files) <= largeCommit {
			continue
		}
		at := c.files[path]
		if at == nil {
			at = &fileCommits{by: map[int]int{}}
			c.files[path] = at
		}
		at.revisions++
		at.churn += f.lines
		at.by[c.authors[author]]++
		if len(files) <= largeCommit {
			at.small++
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for i, a := range paths {
		for _, b := range paths[i+1:] {
			c.pairs[[2]string{a, b}]++
		}
	}
}

func (c *commits) file(path string) facts.FileHistory {
	at := c.files[path]
	out := facts.FileHistory{File: path, Revisions: at.revisions, Churn: at.churn}
	for _, author := range slices.Sorted(maps.Keys(at.by)) {
		out.Authors = append(out.Authors, facts.AuthorShare{Author: author, Revisions: at.by[author]})
	}
	slices.SortStableFunc(out.Authors, func(a, b facts.AuthorShare) int { return b.Revisions - a.Revisions })
	return out
}

// changes are the pairs of known files above the thresholds.
func (c *commits) changes(known map[string]bool) []facts.CoChange {
	var out []facts.CoChange
	for pair, shared := range c.pairs {
		if shared < leastShared || !known[pair[0]] || !known[pair[1]] {
			continue
		}
		degree := 2 * float64(shared) / float64(c.files[pair[0]].small+c.files[pair[1]].small)
		if degree >= leastDegree {
			out = append(out, facts.CoChange{A: pair[0], B: pair[1], Shared: shared, Degree: degree})
		}
	}
	return out
}
