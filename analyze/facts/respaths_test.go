package facts

import (
	"slices"
	"strings"
	"testing"
)

func TestFewer(t *testing.T) {
	letters := strings.Split("a b c d e f g h i", " ")
	each := func(pattern string) []string {
		var out []string
		for _, l := range letters {
			out = append(out, strings.ReplaceAll(pattern, "*", l))
		}
		return out
	}
	for _, tt := range []struct {
		name        string
		texts, want []string
	}{
		{"few", []string{"a", "b"}, []string{"a", "b"}},
		{"the same again", slices.Repeat([]string{"a"}, 20), []string{"a"}},
		{"as many as there may be", letters[:maxPaths], letters[:maxPaths]},
		{"nothing alike", letters, []string{hole}},
		{"folder and extension", each("/srv/photos/*.jpg"), []string{"/srv/photos/" + hole + ".jpg"}},
		{"a folder between", each("/srv/*/index"), []string{"/srv/" + hole + "/index"}},
		{"names cut at their borders", each("/srv/photo_*_large.jpg"), []string{"/srv/" + hole + ".jpg"}},
		{"a field's name is kept whole", each("{Data_Dir}/*"), []string{"{Data_Dir}/" + hole}},
		{"one of them is all that is alike", append(each("x/*/x/"), "x/"), []string{"x/" + hole}},
		{"an empty one", append(each("x/*"), ""), []string{hole}},
	} {
		if got := fewer(tt.texts); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
