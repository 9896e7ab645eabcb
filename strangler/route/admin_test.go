package route

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAdminSecrets(t *testing.T) {
	folder := t.TempDir()
	writePair(t, folder, "a", time.Now().Add(time.Hour))
	long := strings.Repeat("0123456789abcdef", 2)
	for name, text := range map[string]string{"good": long + "\n", "other": strings.ToUpper(long), "same": long, "short": "secret", "words": "two words of many letters"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	access := func(files ...string) *AdminAccess {
		a := &AdminAccess{TLS: &TLS{Cert: "a.pem", Key: "a.key", ClientCA: "a.pem"}}
		for _, f := range files {
			a.Tokens = append(a.Tokens, AdminToken{Name: f, Role: RoleView, File: f})
		}
		return a
	}
	s, err := access("good", "other").Read(folder)
	if err != nil || !slices.Equal(s.Tokens, []string{long, strings.ToUpper(long)}) || s.PEM.Cert == "" || s.PEM.CA == "" {
		t.Errorf("%v %v", s.Tokens, err)
	}
	if text := fmt.Sprintf("%v %+v %#v", s, s, s); strings.Contains(text, long) {
		t.Errorf("printed: %s", text)
	}
	for files, want := range map[string]string{
		"good none":  "admin_access.tokens[1].file: none: no such file",
		"good short": "admin_access.tokens[1].file: short: a token is one word of at least 16 characters",
		"words":      "admin_access.tokens[0].file: words: a token is one word",
		"good same":  "admin_access.tokens[1].file: same: holds the token of good as well",
	} {
		if _, err := access(strings.Fields(files)...).Read(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", files, err, want)
		}
	}
	if s, err := (*AdminAccess)(nil).Read(folder); err != nil || s.Tokens != nil {
		t.Errorf("nothing configured: %v %v", s, err)
	}
}

func TestAdminSocket(t *testing.T) {
	for admin, want := range map[string]string{
		"": "", "off": "", "127.0.0.1:1": "",
		"unix:run/a.sock": filepath.Join("conf", "run", "a.sock"), "unix:///run/a.sock": filepath.FromSlash("/run/a.sock"),
	} {
		c := &Config{Admin: admin}
		if got := c.AdminSocket(filepath.Join("conf", "strangler.yaml")); got != want {
			t.Errorf("%s: %s, want %s", admin, got, want)
		}
	}
}

// TestCheckFilesReadsTokens: a reload that names a token which is not there is refused.
func TestCheckFilesReadsTokens(t *testing.T) {
	file := filepath.ToSlash(filepath.Join(t.TempDir(), "strangler.yaml"))
	text := "version: 1\nmonolith: {url: \"http://127.0.0.1:9000\"}\nadmin_access: {tokens: [{name: ci, role: view, file: ci.token}]}\n"
	cfg, problems := CheckFiles(file, []byte(text))
	if want := file + ":3:54: admin_access.tokens[0].file: ci.token: no such file; names are relative to the folder of strangler.yaml"; problems.Error() != want {
		t.Errorf("got %s\nwant %s", problems.Error(), want)
	}
	if got := cfg.Files("conf"); !slices.Equal(got, []string{filepath.Join("conf", "ci.token")}) {
		t.Errorf("watched: %q", got)
	}
	if bare := cfg.WithoutTLS(); bare.AdminAccess != nil {
		t.Error("an explanation needs the token")
	}
}

func TestRestarts(t *testing.T) {
	a := &Config{Admin: DefaultAdmin, AdminAccess: &AdminAccess{Tokens: []AdminToken{{Name: "x"}}}}
	same := &Config{Listen: DefaultListen, Cohort: Cohort{Cookie: "uid"}, AdminAccess: &AdminAccess{}}
	if got := a.Restarts(same); len(got) != 0 {
		t.Errorf("nothing of it needs a restart: %q", got)
	}
	other := &Config{Listen: ":1", Admin: "off", State: "off", TLS: &TLS{}, AdminAccess: &AdminAccess{TLS: &TLS{}}}
	if got := a.Restarts(other); !slices.Equal(got, []string{"admin", "admin_access.tls", "listen", "state", "tls"}) {
		t.Errorf("%q", got)
	}
}
