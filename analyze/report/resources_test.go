package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// TestExplainResources: what a service uses outside of the process is listed, with
// who else does, and only its own uses.
func TestExplainResources(t *testing.T) {
	m := shop(t)
	var mine, other model.Atom
	for _, a := range m.Atoms {
		switch {
		case a.Service == "billing" && a.Unit != "" && mine.ID == "":
			mine = a
		case a.Service == "catalogue" && a.Unit != "" && other.ID == "":
			other = a
		}
	}
	at := func(file string) []model.Evidence {
		return []model.Evidence{{File: file, Line: 7, Confidence: model.Resolved}}
	}
	m.Resources = []model.Resource{
		{Kind: model.ResourceHTTP, Name: "{MailURL}", Via: []string{"net/http"}, Services: []string{"billing"}, Uses: []model.ResourceUse{{Atom: mine.ID, Access: model.Request, Evidence: at("mail.go")}}},
		{Kind: model.ResourceKey, Name: "rates:…", Via: []string{"go-redis"}, Services: []string{"billing", "catalogue"}, Uses: []model.ResourceUse{
			{Atom: mine.ID, Access: model.Read, Evidence: at("rates.go")}, {Atom: other.ID, Access: model.Write, Evidence: at("other.go")}}},
		{Kind: model.ResourceTopic, Name: "indexed", Via: []string{"nats"}, Services: []string{"catalogue"}, Uses: []model.ResourceUse{{Atom: other.ID, Access: model.Publish, Evidence: at("index.go")}}},
	}
	e, err := Explain(m, nil, "billing")
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Resources) != 2 || len(e.Resources[1].Uses) != 1 || len(m.Resources[1].Uses) != 2 {
		t.Fatalf("got %+v", e.Resources)
	}
	var b bytes.Buffer
	if err := ExplainText(&b, m, e, Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Outside of the process:", "{MailURL}", "rates:…", "also 1 other service", "rates.go:7"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "indexed") {
		t.Error("lists what only another service uses")
	}
}
