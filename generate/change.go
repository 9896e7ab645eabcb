package generate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
)

// Action is what Write does to a file.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Same   Action = "same"   // as it is
	Delete Action = "delete" // generated once, no longer needed
	Keep   Action = "keep"   // written once, now the team's
	// Edited is a generated file that was changed by hand, Foreign one that stands
	// where a generated file should and is not ficus's. Both are refused without force.
	Edited  Action = "edited"
	Foreign Action = "foreign"
)

// Change is one file and what happens to it.
type Change struct {
	// Path is relative to the module, with forward slashes.
	Path   string
	Action Action
	// Old is what stands on disk, New what will; nil when there is none.
	Old, New []byte
}

// Stale tells whether the file on disk is not what it should be.
func (c Change) Stale() bool { return c.Action != Same && c.Action != Keep }

// Diff is the change as a unified diff, empty when nothing changes.
func (c Change) Diff() string {
	if !c.Stale() || bytes.Equal(c.Old, c.New) {
		return ""
	}
	from, to := "a/"+c.Path, "b/"+c.Path
	if c.Old == nil {
		from = "/dev/null"
	}
	if c.New == nil {
		to = "/dev/null"
	}
	return udiff.Unified(from, to, string(c.Old), string(c.New))
}

// writtenOnce tells whether a file is the team's once it is there.
func writtenOnce(p string) bool {
	switch path.Base(p) {
	case "main.go", "Dockerfile", "strangler.yaml":
		return true
	}
	return false
}

// shared tells whether a file is the module's, with lines of ours in it.
func shared(p string) bool { return p == "go.mod" || p == "go.sum" }

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// changes compares the files with those on disk and adds the lock.
func (b *Boundary) changes(files []golang.File, o Options) ([]Change, error) {
	lock := b.Contract.Lock
	lock.Files = map[string]string{}
	for _, f := range files {
		if !writtenOnce(f.Path) && !shared(f.Path) {
			lock.Files[f.Path] = hash(f.Data)
		}
	}
	lockPath := golang.ServiceDir(b.Contract) + "/" + contract.LockFile
	var list []Change
	for _, f := range append(files, golang.File{Path: lockPath, Data: lock.Bytes()}) {
		c, err := b.change(f, f.Path == lockPath || o.Force)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	gone, err := b.gone(lock.Files, o.Force)
	if err != nil {
		return nil, err
	}
	list = append(list, gone...)
	slices.SortFunc(list, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// change compares one file with the one on disk.
func (b *Boundary) change(f golang.File, ours bool) (Change, error) {
	c := Change{Path: f.Path, New: f.Data}
	old, err := readIfThere(filepath.Join(b.Dir, filepath.FromSlash(f.Path)))
	if err != nil {
		return c, err
	}
	c.Old = old
	known := ""
	if b.Lock != nil {
		known = b.Lock.Files[f.Path]
	}
	switch {
	case old == nil:
		c.Action = Create
	case bytes.Equal(old, f.Data):
		c.Action = Same
	case shared(f.Path), ours && !writtenOnce(f.Path):
		c.Action = Update
	case writtenOnce(f.Path):
		c.Action, c.New = Keep, old
		if b.Lock == nil && path.Base(f.Path) == "main.go" { // another command of the same name
			c.Action, c.New = Foreign, f.Data
			if ours {
				c.Action = Update
			}
		}
	case known == "":
		c.Action = Foreign
	case known != hash(old):
		c.Action = Edited
	default:
		c.Action = Update
	}
	return c, nil
}

// gone are the files of the last generation that are no longer produced.
func (b *Boundary) gone(now map[string]string, force bool) ([]Change, error) {
	var list []Change
	if b.Lock == nil {
		return nil, nil
	}
	for p, sum := range b.Lock.Files {
		if _, ok := now[p]; ok || !within(b, p) {
			continue
		}
		old, err := readIfThere(filepath.Join(b.Dir, filepath.FromSlash(p)))
		if err != nil {
			return nil, err
		}
		switch {
		case old == nil:
		case hash(old) == sum || force:
			list = append(list, Change{Path: p, Action: Delete, Old: old})
		default:
			list = append(list, Change{Path: p, Action: Edited, Old: old})
		}
	}
	return list, nil
}

// within keeps a lock that was tampered with from naming files of others.
func within(b *Boundary, p string) bool {
	p = path.Clean(p)
	return strings.HasPrefix(p, golang.ServiceDir(b.Contract)+"/") || strings.HasPrefix(p, golang.CommandDir(b.Contract)+"/")
}

func readIfThere(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("compare with what is there: %w", err)
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}
