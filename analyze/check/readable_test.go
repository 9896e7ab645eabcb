package check

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

func TestReadable(t *testing.T) {
	whole := &model.Model{Module: model.Module{Path: module}, Packages: []model.Package{{Path: module + "/a"}, {Path: module + "/b"}}}
	broken := &model.Model{Module: whole.Module, Packages: []model.Package{{Path: module + "/a", Broken: true}, {Path: module + "/b"}},
		Problems: []model.Problem{{Package: module + "/b", Message: "not this"}, {Package: module + "/a", File: "a/a.go", Line: 3, Message: "undefined: x"}}}
	tests := []struct {
		name        string
		before, now *model.Model
		want        string // empty: no error
	}{
		{"whole", whole, whole, ""},
		{"broken before", broken, broken, ""},
		{"repaired", broken, whole, ""},
		{"broken now", whole, broken, "1 package does not compile, and what crosses from there is not known; repair the code first\n  a/a.go:3: undefined: x"},
		{"new and broken", &model.Model{Module: whole.Module}, broken, "a/a.go:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Readable(tt.before, tt.now)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}
