package bill

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// TestResourceCrossings: a key family that both sides write costs like shared
// state, one that is read less, a topic next to nothing; what one service has to
// itself nothing.
func TestResourceCrossings(t *testing.T) {
	use := func(kind model.ResourceKind, name, atom string, access model.Access) facts.ResourceUse {
		return facts.ResourceUse{Kind: kind, Name: name, Access: access, From: facts.Ref{Atom: atom}, Evidence: model.Evidence{File: "f.go", Line: 1}}
	}
	in := Input{
		Facts: &facts.Facts{Resources: []facts.ResourceUse{
			use(model.ResourceKey, "session:…", "a.Set", model.Write), use(model.ResourceKey, "session:…", "b.Set", model.ReadWrite),
			use(model.ResourceKey, "session:…", "b.Del", model.Write),
			use(model.ResourceBucket, "invoices", "a.Put", model.Write), use(model.ResourceBucket, "invoices", "b.Get", model.Read),
			use(model.ResourceTopic, "placed", "a.Place", model.Publish), use(model.ResourceTopic, "placed", "b.On", model.Consume),
			use(model.ResourceKey, "own:…", "a.Set", model.Write), use(model.ResourceKey, "own:…", "a.Get", model.Read),
			use(model.ResourceHTTP, "api.example.com", "a.Get", model.Request), use(model.ResourceHTTP, "api.example.com", "b.Get", model.Request),
		}},
		Service:  map[string]string{"a.Set": "a", "a.Put": "a", "a.Place": "a", "a.Get": "a", "b.Set": "b", "b.Del": "b", "b.Get": "b", "b.On": "b"},
		Services: []string{"a", "b"},
	}
	want := map[string]struct {
		price float64
		cure  string
	}{
		"b.Del key session:…":   {sharedWrite, CureOwner},
		"b.Set key session:…":   {furtherUse, CureOwner},
		"b.Get bucket invoices": {sharedRead, CureReplicate},
		"b.On topic placed":     {topicUse, CureEvent},
	}
	ids := map[string]bool{}
	for _, c := range Crossings(in) {
		w, ok := want[c.From+" "+c.Callee]
		if !ok || w.price != c.Price || w.cure != c.CureKind || c.Kind != model.CouplingResource || c.ToService != "a" {
			t.Errorf("got %+v, want %+v", c, w)
		}
		delete(want, c.From+" "+c.Callee)
		ids[c.ID] = true
	}
	if len(want) > 0 || len(ids) != 4 {
		t.Errorf("missing %v; %d IDs", want, len(ids))
	}
}
