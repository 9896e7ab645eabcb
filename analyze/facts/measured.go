package facts

// Measured is what was seen of the module from outside of its code: while it ran, and
// in its history. Lists are sorted, and empty where nothing was asked for.
type Measured struct {
	Heats    []Heat
	Flows    []Flow
	UseCases []UseCase
	Files    []FileHistory
	Changes  []CoChange
}

// Heat is how much of the processor's time a function has, with all that it calls.
type Heat struct {
	Func  Ref
	Share float64 // of the profile's total, 0–1
}

// Flow is one function calling another, as it was measured.
type Flow struct {
	From, To Ref
	Share    float64 // of the profile's total, 0–1; 0 when no profile has it
	// PerRequest is the number of calls for each request, of the entry point that
	// makes most of them; 0 when no trace has it.
	PerRequest float64
	Entry      string // that entry point: a route's atom ID, or a span's name
}

// UseCase is what one run of the program covered.
type UseCase struct {
	Name  string
	Funcs []Ref // that ran
}

// FileHistory is what the history says of one file.
type FileHistory struct {
	File      string // relative to the module
	Revisions int    // commits that changed it
	Churn     int    // lines added and deleted
	// Authors is each author's number of revisions, most first. Who they are is not
	// kept; the numbers are the same in every file.
	Authors []AuthorShare
}

// AuthorShare is one author's part of a file.
type AuthorShare struct {
	Author    int // numbers authors of the whole history
	Revisions int
}

// CoChange is two files that changed together.
type CoChange struct {
	A, B   string  // A < B
	Shared int     // commits that changed both
	Degree float64 // Shared by the mean of the two files' revisions, 0–1
}
