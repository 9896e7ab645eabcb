package bill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// tables prices the use of tables that another service owns. Of one service's
// uses of a table the dearest pays in full, each further place 1.
func (b *biller) tables() {
	at := map[pair]*places{}
	for _, a := range b.in.Facts.Accesses {
		p := b.gather(at, a.Owner().Atom, model.TableID(a.Table))
		if p == nil {
			continue
		}
		p.access = coupling.MergeAccess(p.access, a.Access)
		p.inLoop, p.inTx = p.inLoop || a.InLoop, p.inTx || a.InTx
		p.joined = append(p.joined, a.Joined...)
		p.add(a.Evidence)
	}
	var out []model.Crossing
	for _, k := range sortedPairs(at) {
		out = append(out, b.tableCrossing(k, at[k]))
	}
	slices.SortFunc(out, byPrice)
	paid := map[[2]string]bool{}
	for _, c := range out {
		key := [2]string{c.FromService, c.To}
		if paid[key] {
			c.Price, c.Steps = furtherUse, nil // those of the dearest serve all
		}
		paid[key] = true
		b.add(c)
	}
}

func (b *biller) tableCrossing(k pair, p *places) model.Crossing {
	name := strings.TrimPrefix(k.to, "table:")
	from, owner, _ := b.cuts(k.from, k.to)
	own := b.joinedOwn(p.joined, from)
	var c model.Crossing
	switch {
	case p.access != model.Read:
		c = b.crossing(model.CouplingTable, k, p, tableWrite, fmt.Sprintf("%s writes table %s of %s", from, name, owner),
			"let "+owner+" alone write it, by a call or an event", CureOwner)
		c.Steps = b.ownerSteps(from, owner, name, firstPlaces(p.evidence))
		return c
	case len(own) > 0:
		c = b.crossing(model.CouplingTable, k, p, tableJoin, fmt.Sprintf("table %s of %s is joined with %s", name, owner, strings.Join(own, ", ")),
			"replicate what is read, or ask "+owner+" for the keys at hand and join in memory", CureReplicate)
	default:
		c = b.crossing(model.CouplingTable, k, p, tableRead, fmt.Sprintf("%s reads table %s of %s", from, name, owner),
			"ask "+owner+" by a call, or replicate what is read", CureReplicate)
	}
	c.Steps = b.replicateSteps(from, owner, name, firstPlaces(p.evidence))
	return c
}

// joinedOwn are the tables of a statement that the reading service owns itself.
func (b *biller) joinedOwn(joined []string, service string) []string {
	var own []string
	for _, t := range joined {
		if b.in.Service[model.TableID(t)] == service {
			own = append(own, t)
		}
	}
	slices.Sort(own)
	return slices.Compact(own)
}

// references prices foreign keys between tables of two services: the database of
// one cannot hold them any more.
func (b *biller) references() {
	for _, t := range b.in.Facts.Tables {
		for _, to := range t.Refs {
			k := pair{model.TableID(t.Name), model.TableID(to)}
			if from, owner, ok := b.cuts(k.from, k.to); ok {
				b.add(b.crossing(model.CouplingTable, k, &places{evidence: []model.Evidence{t.Evidence}}, foreignKey,
					fmt.Sprintf("table %s of %s has a foreign key to %s of %s", t.Name, from, to, owner),
					"drop the constraint; let "+from+" ask when it writes, and hear of deletes", CureDrop))
			}
		}
	}
}

// transactions prices every transaction that spans services: one crossing for
// each service other than the opener's whose tables it touches.
func (b *biller) transactions() {
	for _, span := range b.spans() {
		for _, service := range span.services() {
			b.add(b.txCrossing(span, service))
		}
	}
}

// txSpan is what the transactions of one atom touch outside of its service.
type txSpan struct {
	from     string
	service  string
	reads    map[string][]string // service → tables
	writes   map[string][]string
	evidence []model.Evidence
	opened   []facts.Transaction
}

func (s *txSpan) services() []string {
	var out []string
	for _, m := range []map[string][]string{s.reads, s.writes} {
		for service := range m {
			out = append(out, service)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (b *biller) spans() []*txSpan {
	at := map[string]*txSpan{}
	var spans []*txSpan
	for _, tx := range b.in.Facts.Transactions {
		s := at[tx.From.Atom]
		if s == nil {
			s = &txSpan{from: tx.From.Atom, service: b.opener(tx), reads: map[string][]string{}, writes: map[string][]string{}}
			if !model.IsService(s.service) {
				continue
			}
			at[tx.From.Atom] = s
			spans = append(spans, s)
		}
		s.evidence = append(s.evidence, tx.Evidence)
		s.opened = append(s.opened, tx)
		for _, i := range tx.Reached {
			s.touch(b, b.in.Facts.Accesses[i])
		}
	}
	slices.SortFunc(spans, func(x, y *txSpan) int { return strings.Compare(x.from, y.from) })
	return spans
}

// opener is the service that opens a transaction. A helper of a library opens it
// on behalf of its callers, whom the facts list by themselves.
func (b *biller) opener(tx facts.Transaction) string { return b.in.Service[tx.From.Atom] }

func (s *txSpan) touch(b *biller, a facts.TableAccess) {
	owner := b.in.Service[model.TableID(a.Table)]
	if !model.IsService(owner) || owner == s.service {
		return
	}
	to := s.reads
	if a.Access != model.Read {
		to = s.writes
	}
	if !slices.Contains(to[owner], a.Table) {
		to[owner] = append(to[owner], a.Table)
		slices.Sort(to[owner])
	}
}

func (b *biller) txCrossing(s *txSpan, service string) model.Crossing {
	c := model.Crossing{Kind: model.CouplingTx, From: s.from, FromService: s.service, ToService: service, InTx: true, Evidence: slices.Clone(s.evidence)}
	written := s.writes[service]
	if len(written) == 0 {
		c.To, c.Price = model.TableID(s.reads[service][0]), txRead
		c.Why = fmt.Sprintf("a transaction of %s reads %s of %s", s.service, strings.Join(s.reads[service], ", "), service)
		c.Cure, c.CureKind = "read it before the transaction begins, or replicate it", CureReplicate
		return c
	}
	c.To, c.Price = model.TableID(written[0]), txWrite+txMoreTable*float64(len(written)-1)
	c.Why = fmt.Sprintf("one transaction of %s writes %s of %s", s.service, strings.Join(written, ", "), service)
	c.Cure, c.CureKind = "saga: a step for each side with its compensation, through an outbox; or keep together", CureSaga
	c.Steps = b.sagaOf(s, service)
	return c
}

// sagaOf are the steps of the first transaction that writes a service's tables.
func (b *biller) sagaOf(s *txSpan, service string) []model.CureStep {
	slices.SortFunc(s.opened, compareTx)
	for _, tx := range s.opened {
		if slices.ContainsFunc(tx.Reached, func(i int) bool {
			a := b.in.Facts.Accesses[i]
			return a.Access != model.Read && b.in.Service[model.TableID(a.Table)] == service
		}) {
			return b.sagaSteps(s.service, tx)
		}
	}
	return nil
}
