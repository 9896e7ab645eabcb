package golang

// File is one generated file: Path is relative to the monolith's module, with
// forward slashes. Nothing in this package writes to disk.
type File struct {
	Path string
	Data []byte
}
