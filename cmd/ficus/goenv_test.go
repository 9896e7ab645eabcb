package main

import (
	"os/exec"
	"strings"
)

// goEnv asks the go command for one setting, "" when it has none.
func goEnv(key string) string {
	out, err := exec.Command("go", "env", key).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
