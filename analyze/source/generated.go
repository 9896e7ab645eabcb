package source

func (l *loader) derived(name string, src []byte) bool { return false }
