package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// console is the only writer to the terminal. Rules: results go to stdout;
// progress, notes and errors to stderr; progress and colours only on a
// terminal; NO_COLOR is respected; colour never carries meaning alone.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      []string
	outTTY   bool
	errTTY   bool

	mu       sync.Mutex
	progress bool // a progress line stands open on stderr
}

func newConsole(in io.Reader, out, err io.Writer, env []string) *console {
	return &console{in: in, out: out, err: err, env: env, outTTY: isTerminal(out), errTTY: isTerminal(err)}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// getenv reads the console's environment, the last setting winning.
func (c *console) getenv(key string) string {
	for _, kv := range slices.Backward(c.env) {
		if v, ok := strings.CutPrefix(kv, key+"="); ok {
			return v
		}
	}
	return ""
}

// width is the width of the output terminal in columns, 80 when unknown.
func (c *console) width() int {
	if f, ok := c.out.(*os.File); ok && c.outTTY {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w >= 40 {
			return w
		}
	}
	return 80
}

// color reports whether stdout may be coloured.
func (c *console) color() bool {
	return c.outTTY && c.getenv("NO_COLOR") == "" && c.getenv("TERM") != "dumb"
}

// printf writes a result to stdout.
func (c *console) printf(format string, args ...any) {
	c.closeProgress()
	fmt.Fprintf(c.out, format, args...)
}

// notef writes a remark to stderr.
func (c *console) notef(format string, args ...any) {
	c.closeProgress()
	fmt.Fprintf(c.err, format+"\n", args...)
}

// step reports progress: one growing line on a terminal, nothing elsewhere.
func (c *console) step(text string) {
	if !c.errTTY {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.err, "\r\x1b[K%s", truncate(text, 100))
	c.progress = true
}

func (c *console) closeProgress() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.progress {
		fmt.Fprint(c.err, "\r\x1b[K")
		c.progress = false
	}
}

// fail prints an error once, with the program's name.
func (c *console) fail(err error) {
	c.closeProgress()
	fmt.Fprintf(c.err, "ficus: %s\n", err)
}

func truncate(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
