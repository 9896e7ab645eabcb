package strangler

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
)

// answering is the port of an origin that answers whenever it is asked.
func answering(t *testing.T) int {
	t.Helper()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1024)) }))
	t.Cleanup(origin.Close)
	return origin.Listener.Addr().(*net.TCPAddr).Port
}

// idleMemory is the resident memory of a connection that waits, in KB, each having had a
// request: of those after the first thousand, in which the heap of a process that has
// just started grows to what it keeps free in any case.
func idleMemory(t *testing.T, c *contender) float64 {
	t.Helper()
	const first, all = 1000, 5000
	before := 0
	for i := range all {
		if i == first {
			before = resident(t, c.pid)
		}
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", c.port))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write(costRequest(i)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 4<<10)); err != nil {
			t.Fatal(err)
		}
	}
	return float64(resident(t, c.pid)-before) / (all - first)
}

// resident is the memory of a process in KB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb
}
