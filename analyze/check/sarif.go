package check

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"strings"
)

// The part of SARIF 2.1.0 that a check needs:
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"` // [] and not null: no findings
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string      `json:"id"`
		Name    string      `json:"name"`
		Short   sarifText   `json:"shortDescription"`
		Help    sarifText   `json:"help"`
		Default sarifConfig `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		ID       int           `json:"id,omitempty"`
		Message  *sarifText    `json:"message,omitempty"`
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
	sarifProperties struct {
		Status  Status   `json:"status"`
		Service string   `json:"service"`
		Into    string   `json:"into"`
		ID      string   `json:"crossing"`
		Price   float64  `json:"price"`
		Cure    string   `json:"cure,omitempty"`
		Owners  []string `json:"owners"`
	}
)

const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// SARIF writes a result as SARIF 2.1.0, with every rule declared even where there
// is nothing to report, so that alerts of earlier runs close. URIs are relative to
// the module; fingerprints do not depend on lines.
func SARIF(w io.Writer, r *Result, toolVersion string) error {
	rules, index := sarifRules()
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "ficus", Version: toolVersion, Rules: rules}}, ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	for _, f := range r.Findings {
		run.Results = append(run.Results, f.sarif(index[f.Rule], rules[index[f.Rule]].Default.Level))
	}
	return encode(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifRules() (rules []sarifRule, index map[string]int) {
	index = map[string]int{}
	for i, r := range Rules() {
		level := "error"
		if r.Warning {
			level = "warning"
		}
		rules = append(rules, sarifRule{r.Code, r.Name, sarifText{r.Summary}, sarifText{r.Help}, sarifConfig{level}})
		index[r.Code] = i
	}
	return rules, index
}

func (f Finding) sarif(index int, level string) sarifResult {
	text := f.Message + "."
	if f.Cure != "" {
		text += " Cure: " + f.Cure + "."
	}
	out := sarifResult{RuleID: f.Rule, RuleIndex: index, Level: level, Message: sarifText{text}, Fingerprints: f.fingerprints(),
		Properties: sarifProperties{f.Status, f.Service, f.Into, f.ID, f.Price, f.Cure, f.Owners}}
	if f.File != "" {
		out.Locations = []sarifLocation{location(f.File, f.Line, f.Column)}
	}
	if f.Crossing == nil || f.Status != New && f.Status != Worse {
		return out
	}
	for i, e := range f.Crossing.Evidence[min(1, len(f.Crossing.Evidence)):] {
		at := location(e.File, e.Line, e.Column)
		at.ID, at.Message = i+1, &sarifText{"it crosses here as well"}
		out.Related = append(out.Related, at)
	}
	return out
}

func location(file string, line, column int) sarifLocation {
	return sarifLocation{Physical: sarifPhysical{sarifArtifact{(&url.URL{Path: file}).EscapedPath()}, sarifRegion{max(line, 1), column}}}
}

// fingerprints tell a finding from others across edits.
func (f Finding) fingerprints() map[string]string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(f.Status), f.Service, f.Into, f.ID}, "\x00")))
	return map[string]string{"ficusCrossing/v1": hex.EncodeToString(sum[:16])}
}
