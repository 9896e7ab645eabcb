package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test binary play the child of the tests below.
func TestMain(m *testing.M) {
	switch os.Getenv("FICUS_DEMO_CHILD") {
	case "serve":
		http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
		fmt.Println(http.ListenAndServe(os.Getenv("ADDR"), nil))
		os.Exit(1)
	case "fail":
		fmt.Println("no database here")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestProcess(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := freeAddrs(1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := startProcess(t.TempDir(), "child", []string{"FICUS_DEMO_CHILD=serve", "ADDR=" + addrs[0]}, exe)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + addrs[0] + "/healthz"
	if err := p.waitReady(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	p.stop()
	if answersOK(context.Background(), url) {
		t.Error("the child answers after it was stopped")
	}
}

func TestProcessThatFailsToStart(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startProcess(t.TempDir(), "child", []string{"FICUS_DEMO_CHILD=fail"}, exe)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	somebody := httptest.NewServer(http.NotFoundHandler())
	defer somebody.Close()
	err = p.waitReady(t.Context(), somebody.URL)
	if err == nil || !strings.Contains(err.Error(), "no database here") {
		t.Errorf("error %v, want the child's own words in it", err)
	}
}
