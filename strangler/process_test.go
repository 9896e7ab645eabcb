package strangler

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// spawn starts a process that serves the port, and waits until it does; the returned
// function ends it.
func spawn(t *testing.T, cmd *exec.Cmd, port int) (end func()) {
	t.Helper()
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = cmd.Process.Kill() // an interrupt may be ignored, as it is below a shell's background jobs
		_ = cmd.Wait()
	}
	for limit := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return end
		}
		if time.Now().After(limit) {
			end()
			t.Fatalf("%s does not serve: %v\n%s", cmd, err, errs.String())
		}
	}
}
