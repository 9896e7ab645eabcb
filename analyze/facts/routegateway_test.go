package facts

import "testing"

// TestTemplate runs operations as grpc-gateway's own tests have them.
func TestTemplate(t *testing.T) {
	tests := []struct {
		ops  []int
		pool []string
		want string
		ok   bool
	}{
		{[]int{2, 0, 2, 1}, []string{"v1", "items"}, "/v1/items", true},
		{[]int{2, 0, 1, 0, 4, 1, 5, 1}, []string{"v1", "id"}, "/v1/{id}", true},
		{[]int{2, 0, 2, 1, 1, 0, 4, 2, 5, 2}, []string{"v1", "projects", "parent.name"}, "/v1/projects/{parent_name}", true},
		{[]int{2, 0, 3, 0, 4, 1, 5, 1}, []string{"v1", "path"}, "/v1/{path...}", true},
		{[]int{1, 0, 0, 0}, nil, "/*", true},
		{[]int{2, 4}, []string{"v1"}, "", false},
		{[]int{4, 2}, nil, "", false},
		{[]int{5, 0}, []string{"x"}, "", false},
		{nil, nil, "/", false},
	}
	for _, tt := range tests {
		if got, ok := runTemplate(tt.ops, tt.pool); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%v %v: got %q %v, want %q %v", tt.ops, tt.pool, got, ok, tt.want, tt.ok)
		}
	}
}
