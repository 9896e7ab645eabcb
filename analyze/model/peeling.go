package model

// Peeling is what ficus peel --format json prints: one service around a seed, and
// its alternatives. It is no part of the model file.
type Peeling struct {
	Service string   `json:"service"` // its name
	Seeds   []string `json:"seeds"`   // atom IDs, sorted
	// Cuts are the ways to cut, fewest lines first; Best is the number of the one to
	// take, from 0.
	Best int       `json:"best"`
	Cuts []PeelCut `json:"cuts"`
}

// PeelCut is one way to cut around the seeds.
type PeelCut struct {
	Lines int `json:"lines"` // of all that comes along
	// Conductance is the share (0–1) of the ties of the lighter side that are cut.
	Conductance float64      `json:"conductance"`
	Comes       []PeeledUnit `json:"comes"`  // most lines first
	Tables      []string     `json:"tables"` // that it owns then
	Routes      []string     `json:"routes"` // atom IDs that it answers then
	// Libraries are units that it uses and that stay modules which both sides import.
	Libraries []string `json:"libraries"`
	// Stays is what is tied to it most and stays, strongest first, at most 10.
	Stays []PeeledUnit `json:"stays"`
	// Bill is the price of the boundary, all other services taken as one, "monolith".
	Bill Bill `json:"bill"`
}

// PeeledUnit is a package, or declarations of one, on one side of the cut.
type PeeledUnit struct {
	Package string   `json:"package"`         // import path; empty for a table
	Atoms   []string `json:"atoms,omitempty"` // IDs of a part's declarations, or the table
	Lines   int      `json:"lines"`           // of the declarations, of a whole package of its files
	Service string   `json:"service"`         // that the model has it in
	Seed    bool     `json:"seed,omitempty"`  // it has a seed
	// Inside is the share (0–1) of its ties that are inside of the new service.
	Inside float64 `json:"inside"`
	Why    string  `json:"why"` // it comes or stays, in words
}
