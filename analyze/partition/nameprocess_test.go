package partition

import "testing"

func TestProgramName(t *testing.T) {
	for _, tt := range []struct {
		dir   string
		mains []string
		want  string
	}{
		{"cmd/api", nil, "api"},
		{"cmd/server", nil, "server"},
		{"user/cmd/server", nil, "user"},
		{"app/payments/cmd/main", nil, "payments"},
		{"cmd/openim-rpc/openim-rpc-user", []string{"cmd/openim-rpc/openim-rpc-user", "cmd/openim-api"}, "user"},
		{"cmd/openim-api", []string{"cmd/openim-rpc/openim-rpc-user", "cmd/openim-api"}, "api"},
		{"build-index/cmd", nil, "build-index"},
		{"cmd/order-service", nil, "order"},
		{"cmd", nil, ""},
		{".", nil, ""},
	} {
		if got := programName(tt.dir, tt.mains); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.dir, got, tt.want)
		}
	}
}
