package source

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// stamp is a key of the sizes and times of all files of some folders: it costs a
// tenth of a Print.
type stamp struct {
	dirs   []string
	key    cache.Key
	newest time.Time // of the files
	taken  time.Time
}

func stampOf(ctx context.Context, dirs []string) stamp {
	s := stamp{dirs: dirs, taken: time.Now()}
	h := cache.NewHash("stamp 1")
	for _, dir := range dirs {
		_ = walkTree(ctx, resolved(dir), func(path string, d fs.DirEntry) {
			h.Text(path)
			info, err := os.Stat(path)
			if err != nil {
				return
			}
			h.Text(fmt.Sprint(info.Size(), info.ModTime().UnixNano()))
			if info.ModTime().After(s.newest) {
				s.newest = info.ModTime()
			}
		})
	}
	s.key = h.Sum()
	return s
}

// clockStep is more than the clocks of file systems advance at once: what is written
// so soon after it was looked at may keep its time.
const clockStep = 3 * time.Second

// StillHolds tells whether nothing that the print is of has changed since it was taken.
func (p *Print) StillHolds(ctx context.Context) bool {
	now := stampOf(ctx, p.stamp.dirs)
	if now.key == p.stamp.key && p.stamp.newest.Add(clockStep).Before(p.stamp.taken) {
		return ctx.Err() == nil
	}
	again, err := Fingerprint(ctx, p.opt)
	return err == nil && again.Source == p.Source && again.Listing == p.Listing
}
