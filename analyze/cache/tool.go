package cache

import (
	"fmt"
	"os"
)

// Tool is a key of the running program: what one build found another may find
// otherwise.
func Tool() (Key, error) {
	path, err := os.Executable()
	if err != nil {
		return Key{}, fmt.Errorf("find the running program: %w", err)
	}
	return KeyOfFile(path)
}
