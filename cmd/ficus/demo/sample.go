package demo

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// findSample looks for samples/shop in the checkout of ficus that dir is in.
func findSample(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		sample := filepath.Join(d, "samples", "shop")
		if modulePath(filepath.Join(d, "go.mod")) == "github.com/ficus-dev/ficus" && isModule(sample) {
			return sample, nil
		}
		if d == filepath.Dir(d) {
			return "", errors.New("find samples/shop: this folder is in no checkout of ficus\n" +
				"  git clone https://github.com/ficus-dev/ficus && cd ficus && go run ./cmd/ficus demo\n" +
				"  or name a copy of the sample: ficus demo --sample DIR")
		}
	}
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// modulePath is the module line of a go.mod, "" when it cannot be read.
func modulePath(file string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if path, ok := strings.CutPrefix(scan.Text(), "module "); ok {
			return strings.TrimSpace(path)
		}
	}
	return ""
}

// copySample copies the sample's files, so that the demo changes nothing of yours.
func copySample(from, to string) error {
	entries, err := os.ReadDir(to)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("use %s: the folder is not empty; name a new one with --dir", to)
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && (d.Name() == ".git" || d.Name() == ".ficus"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
}
