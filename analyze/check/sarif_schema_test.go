package check

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// TestSARIFFollowsItsSchema holds what is written against the OASIS schema of SARIF
// 2.1.0, and against an independent reader: nothing in it is unknown to that one.
func TestSARIFFollowsItsSchema(t *testing.T) {
	for name, r := range map[string]*Result{"findings": everything(), "clean": Compare(shop(), Of(shop()), Options{})} {
		var b bytes.Buffer
		if err := SARIF(&b, r, "devel"); err != nil {
			t.Fatal(err)
		}
		report, err := sarif.FromBytes(b.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := valid(report); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		back, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if lost := missing("", parsed(t, b.Bytes()), parsed(t, back)); len(lost) > 0 {
			t.Errorf("%s: not in SARIF 2.1.0: %v", name, lost)
		}
	}
}

// valid validates; what SARIF means where a field is absent, the library's reader
// leaves empty.
func valid(report *sarif.Report) error {
	for _, run := range report.Runs {
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\r\n", "\n"}
	}
	return report.Validate()
}

// TestSARIFSchemaIsHeld: the oracle does see what is wrong.
func TestSARIFSchemaIsHeld(t *testing.T) {
	for level, ok := range map[string]bool{"error": true, "dreadful": false} {
		report, err := sarif.FromString(`{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "` + level + `", "message": {"text": "y"}}]}]}`)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(report); (err == nil) != ok {
			t.Errorf("level %s: %v", level, err)
		}
	}
}

func parsed(t *testing.T, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// missing lists the paths of what a has and b has not or has otherwise.
func missing(path string, a, b any) (out []string) {
	switch a := a.(type) {
	case map[string]any:
		b, _ := b.(map[string]any)
		for key, v := range a {
			out = append(out, missing(path+"/"+key, v, b[key])...)
		}
	case []any:
		b, _ := b.([]any)
		for i, v := range a {
			if i >= len(b) {
				return append(out, path)
			}
			out = append(out, missing(path, v, b[i])...)
		}
	default:
		if !reflect.DeepEqual(a, b) {
			out = append(out, path)
		}
	}
	return out
}
