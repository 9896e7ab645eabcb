package strangler

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/ficus-dev/ficus/strangler/route"
)

// settleTime is how long the folder must be quiet, and a content must last, to count.
const settleTime = 100 * time.Millisecond

// ReloadFile reads Options.ConfigFile again and puts it into force.
func (p *Proxy) ReloadFile() error {
	data, err := os.ReadFile(p.options.ConfigFile)
	if err != nil {
		err = fmt.Errorf("read configuration: %w", err)
		p.refuse(err)
		return err
	}
	return p.reloadData(data)
}

func (p *Proxy) reloadData(data []byte) error {
	cfg, problems := route.CheckFiles(filepath.ToSlash(p.options.ConfigFile), data)
	if err := problems.Err(); err != nil {
		p.refuse(err)
		return err
	}
	return p.Reload(cfg)
}

// watcher reloads the configuration when its file changes, or one that it names. It
// watches the folders: editors and Kubernetes replace files, which would end a watch
// of the file.
type watcher struct {
	proxy     *Proxy
	notes     *fsnotify.Watcher
	config    *route.Config // in the file, accepted or not: its files are watched
	text      []byte        // what config was read from
	last      []byte        // seen last, accepted or not
	candidate []byte        // read once; it counts when it is read twice
}

func (p *Proxy) watch() (*watcher, error) {
	notes, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", p.options.ConfigFile, err)
	}
	folder := filepath.Dir(p.options.ConfigFile)
	if err := notes.Add(folder); err != nil {
		notes.Close()
		return nil, fmt.Errorf("watch folder %s: %w", folder, err)
	}
	w := &watcher{proxy: p, notes: notes, config: p.plan.Load().config}
	w.follow()
	// What is in force was read before the watch began: unless the file still says
	// the same, it is read anew.
	data, err := os.ReadFile(p.options.ConfigFile)
	if err == nil {
		cfg, _ := route.Check(p.options.ConfigFile, data)
		if cfg != nil && reflect.DeepEqual(cfg, p.plan.Load().config) {
			w.text, w.last = data, append(slices.Clone(data), p.plan.Load().files...)
		}
	}
	return w, nil
}

// run waits for changes until the context ends.
func (w *watcher) run(ctx context.Context) {
	defer w.notes.Close()
	settle := time.NewTimer(0) // a first look
	defer settle.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-w.notes.Events:
			if !ok {
				return
			}
			settle.Reset(settleTime)
		case err, ok := <-w.notes.Errors:
			if !ok {
				return
			}
			w.proxy.log.Warn("watch of the configuration reports an error", "error", err.Error())
			settle.Reset(settleTime) // something may have been missed
		case <-settle.C:
			if w.look() {
				settle.Reset(settleTime)
			}
		}
	}
}

// look reloads when the files have other contents that two looks agree on: a file
// that is being written is not read by halves. A configuration that is missing for a
// moment is no change. It reports whether to look again soon.
func (w *watcher) look() (again bool) {
	data, err := os.ReadFile(w.proxy.options.ConfigFile)
	if err != nil {
		w.candidate = nil
		return false
	}
	if !bytes.Equal(data, w.text) {
		if cfg, _ := route.Check(w.proxy.options.ConfigFile, data); cfg != nil {
			w.config = cfg
			w.follow()
		}
		w.text = data
	}
	all := append(slices.Clone(data), w.proxy.contents(w.config)...)
	if bytes.Equal(all, w.last) {
		w.candidate = nil
		return false
	}
	if w.candidate == nil || !bytes.Equal(all, w.candidate) {
		w.candidate = all
		return true
	}
	w.last, w.candidate = all, nil
	_ = w.proxy.reloadData(data) // refuse has reported it
	return false
}

// follow watches the folders of the files that the configuration names.
func (w *watcher) follow() {
	for _, file := range w.config.Files(w.proxy.folder()) {
		if err := w.notes.Add(filepath.Dir(file)); err != nil {
			w.proxy.log.Warn("a folder of certificates cannot be watched", "file", file, "error", err.Error())
		}
	}
}
