package verify

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// events is what go test -json -count=1 wrote for one package that passes with a
// failing test and a subtest, one that does not build, and one that crashes;
// shortened, with a line that a test wrote past the framework.
const events = `{"Action":"start","Package":"m/a"}
{"Action":"run","Package":"m/a","Test":"TestOne"}
{"Action":"output","Package":"m/a","Test":"TestOne","Output":"=== RUN   TestOne\n"}
{"Action":"pass","Package":"m/a","Test":"TestOne","Elapsed":0}
{"Action":"run","Package":"m/a","Test":"TestTwo"}
{"Action":"output","Package":"m/a","Test":"TestTwo/sub","Output":"    a_test.go:9: wrong\n"}
this is no JSON
{"Action":"fail","Package":"m/a","Test":"TestTwo/sub","Elapsed":0}
{"Action":"fail","Package":"m/a","Test":"TestTwo","Elapsed":0}
{"Action":"skip","Package":"m/a","Test":"TestThree","Elapsed":0}
{"Action":"output","Package":"m/a","Output":"FAIL\n"}
{"Action":"fail","Package":"m/a","Elapsed":0.01}
{"ImportPath":"m/b [m/b.test]","Action":"build-output","Output":"b/b_test.go:3:13: cannot use \"\"\n"}
{"ImportPath":"m/b [m/b.test]","Action":"build-fail"}
{"Action":"start","Package":"m/b"}
{"Action":"output","Package":"m/b","Output":"FAIL\tm/b [build failed]\n"}
{"Action":"fail","Package":"m/b","Elapsed":0,"FailedBuild":"m/b [m/b.test]"}
{"Action":"output","Package":"m/c","Test":"TestCrash","Output":"panic: no luck\n"}
{"Action":"fail","Package":"m/c","Elapsed":0}
`

func read(t *testing.T, text string) (outcomes, []string) {
	t.Helper()
	var pkgs []string
	c := collector{tests: outcomes{}, output: map[testID]*strings.Builder{}, builds: map[string]*strings.Builder{},
		onPackage: func(p string) { pkgs = append(pkgs, p) }}
	if err := c.read(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	return c.tests, pkgs
}

func TestCollect(t *testing.T) {
	got, pkgs := read(t, events)
	want := map[testID]Outcome{
		{"m/a", "TestOne"}: Pass, {"m/a", "TestTwo"}: Fail, {"m/a", "TestTwo/sub"}: Fail, {"m/a", "TestThree"}: Skip,
		{"m/a", ""}: Fail, {"m/b", ""}: Fail, {"m/c", ""}: Fail,
	}
	ended := map[testID]Outcome{}
	for id, e := range got {
		ended[id] = e.outcome
	}
	if !maps.Equal(ended, want) {
		t.Errorf("got %v, want %v", ended, want)
	}
	for id, part := range map[testID]string{
		{"m/a", "TestTwo/sub"}: "a_test.go:9: wrong", {"m/b", ""}: "cannot use", {"m/c", ""}: "panic: no luck",
	} {
		if !strings.Contains(got[id].output, part) {
			t.Errorf("%v: %q does not tell %q", id, got[id].output, part)
		}
	}
	if !slices.Equal(pkgs, []string{"m/a", "m/b", "m/c"}) {
		t.Errorf("packages told: %v", pkgs)
	}
	if tally := got.tally(nil); tally != (Tally{Passed: 1, Failed: 2, Skipped: 1}) {
		t.Errorf("tally %+v", tally)
	}
	if broken := got.broken(); !slices.Equal(broken, []string{"m/b", "m/c"}) {
		t.Errorf("broken %v", broken)
	}
	if tally := got.tally([]string{"m/c"}); tally != (Tally{}) {
		t.Errorf("tally of m/c %+v", tally)
	}
}

func TestDifferences(t *testing.T) {
	tests := func(lines ...string) outcomes {
		o := outcomes{}
		for _, l := range lines {
			f := strings.Fields(l)
			o[testID{f[0], strings.TrimPrefix(f[1], "-")}] = ended{outcome: Outcome(f[2])}
		}
		return o
	}
	for _, tc := range []struct {
		name          string
		before, after outcomes
		want          []string
	}{
		{"same", tests("a A pass", "a - pass"), tests("a A pass", "a - pass"), nil},
		{"both fail", tests("a A fail", "a - fail"), tests("a A fail", "a - fail"), nil},
		{"only the subtest is told", tests("a A pass", "a A/x pass", "a - pass"), tests("a A fail", "a A/x fail", "a - fail"),
			[]string{"a A/x pass fail"}},
		{"a test passes now", tests("a A fail", "a - fail"), tests("a A pass", "a - pass"), []string{"a A fail pass"}},
		{"a crash is told once", tests("a A pass", "a B pass", "a - pass"), tests("a - fail"), []string{"a  pass fail"}},
		{"a test is gone", tests("a A pass", "a B skip", "a - pass"), tests("a A pass", "a - pass"), []string{"a B skip did not run"}},
		{"other packages do not count", tests("b B pass"), tests("b B fail"), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, d := range differences(Loopback, tc.before, tc.after, []string{"a"}) {
				got = append(got, strings.Join([]string{d.Package, d.Test, string(d.Before), string(d.After)}, " "))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTail(t *testing.T) {
	long := strings.Repeat("line\n", maxOutput)
	if got := tail(long); len(got) > maxOutput+8 || !strings.HasPrefix(got, "…\nline\n") {
		t.Errorf("%d bytes, begins with %q", len(got), got[:12])
	}
	if got := tail("short"); got != "short" {
		t.Errorf("got %q", got)
	}
}

func TestRunErrors(t *testing.T) {
	if _, err := (testRun{dir: t.TempDir() + "/gone", args: []string{"test", "-json"}}).run(t.Context()); err == nil {
		t.Error("a folder that is not there gave no error")
	}
	if _, err := (testRun{dir: t.TempDir(), args: []string{"test", "-nosuchflag"}}).run(t.Context()); err == nil {
		t.Error("a wrong flag gave no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (testRun{dir: t.TempDir(), args: []string{"test"}}).run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCleanEnv(t *testing.T) {
	got := cleanEnv([]string{"A=1", "FICUS_X=remote", "FICUS_X_ADDR=a", "FICUS_XY=b", "PATH=/bin"}, "FICUS_X")
	if want := []string{"A=1", "FICUS_XY=b", "PATH=/bin"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// FuzzCollect: whatever a test prints, reading it neither panics nor fails.
func FuzzCollect(f *testing.F) {
	f.Add(events)
	f.Add(`{"Action":"fail"}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := read(t, text)
		for id, e := range got {
			if e.outcome != Pass && e.outcome != Fail && e.outcome != Skip {
				t.Errorf("%v: %q", id, e.outcome)
			}
		}
	})
}
