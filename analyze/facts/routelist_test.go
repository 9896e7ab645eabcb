package facts

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/source"
)

// routeList is what a running server says that it answers: methods by pattern,
// with {name} wildcards; the empty method stands for all.
type routeList map[string]map[string]bool

func (l routeList) add(method, pattern string) {
	if l[pattern] == nil {
		l[pattern] = map[string]bool{}
	}
	l[pattern][method] = true
}

func (l routeList) has(method, pattern string) bool {
	return l[pattern][method] || l[pattern][""] || method == "" && len(l[pattern]) > 0 ||
		method == "HEAD" && l[pattern]["GET"]
}

// lacks gives what l lacks of other, and how many routes other has.
func (l routeList) lacks(other routeList) (missing []string, of int) {
	for pattern, methods := range other {
		for method := range methods {
			of++
			if !l.has(method, pattern) {
				missing = append(missing, method+" "+pattern)
			}
		}
	}
	slices.Sort(missing)
	return missing, of
}

func routesOf(f *Facts) routeList {
	l := routeList{}
	for _, r := range f.Routes {
		l.add(r.Method, r.Host+sameNames(r.Pattern))
	}
	return l
}

var (
	wildcardName = regexp.MustCompile(`\{[^}.]*(\.\.\.)?\}`)
	readmeRow    = regexp.MustCompile("(?m)^\\| (GET|POST|PUT|PATCH|DELETE) \\| `([^`]+)` \\|")
)

// sameNames takes the names of wildcards away: routers tell routes apart without.
func sameNames(pattern string) string {
	if strings.Contains(pattern, "/:") || strings.Contains(pattern, "/*") {
		pattern = cleanPattern("gin", pattern)
	}
	return wildcardName.ReplaceAllString(pattern, "{$1}")
}

// TestRoutesOfSamples: the tables of routes in the samples' READMEs are held to the
// routers that run by the samples' own tests; the facts are all of them and no more.
func TestRoutesOfSamples(t *testing.T) {
	for _, name := range []string{"shop", "flights"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("..", "..", "samples", name)
			readme, err := os.ReadFile(filepath.Join(dir, "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			running := routeList{}
			for _, m := range readmeRow.FindAllStringSubmatch(string(readme), -1) {
				running.add(m[1], sameNames(m[2]))
			}
			if len(running) < 20 {
				t.Fatalf("the README lists %d patterns", len(running))
			}
			found := routesOf(loadFacts(t, dir))
			if missing, _ := found.lacks(running); len(missing) > 0 {
				t.Errorf("not found: %s", strings.Join(missing, ", "))
			}
			if extra, _ := running.lacks(found); len(extra) > 0 {
				t.Errorf("found, but no route: %s", strings.Join(extra, ", "))
			}
		})
	}
}

func loadFacts(t *testing.T, dir string) *Facts {
	t.Helper()
	p, err := source.Load(context.Background(), source.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Extract(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var runningRoutes = flag.String("routes", "", "with -dir: file of the routes that the running server lists, METHOD pattern a line, or pattern alone for all methods")

// TestAgainstRunningRoutes prints how the routes of any module agree with those that
// its running server lists, and fails below 98 % found:
//
//	go test ./analyze/facts -run TestAgainstRunningRoutes -dir ~/src/some/monolith -routes list.txt -v
func TestAgainstRunningRoutes(t *testing.T) {
	if *everythingDir == "" || *runningRoutes == "" {
		t.Skip("no -dir and -routes")
	}
	file, err := os.Open(*runningRoutes)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	running := routeList{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		method, pattern, ok := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if !ok {
			method, pattern = "", method
		}
		running.add(method, sameNames(pattern))
	}
	found := routesOf(loadFacts(t, *everythingDir))
	missing, of := found.lacks(running)
	extra, ours := running.lacks(found)
	share := 100 * float64(of-len(missing)) / float64(max(of, 1))
	fmt.Printf("%s: routes that the running server lists %d, found %.2f %%; routes found %d, listed %.2f %%\n  missing %s\n  extra %s\n",
		*everythingDir, of, share, ours, 100*float64(ours-len(extra))/float64(max(ours, 1)), strings.Join(missing, "\n    "), strings.Join(extra, "\n    "))
	if share < 98 {
		t.Error("less than 98 % of the routes are found")
	}
}
