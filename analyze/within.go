package analyze

import (
	"context"

	"github.com/ficus-dev/ficus/analyze/check"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Within analyses the code of today within the boundaries of an earlier model, and of
// opt.Plan where that says more: what check.Compare is then given. It fails where Run
// does, and when packages are broken that the model has whole. opt's PassOver and Seed
// are not read; without Patterns or Tags they are those that before was made with.
func Within(ctx context.Context, before *model.Model, opt Options) (*model.Model, error) {
	opt = opt.as(before)
	opt.Plan, opt.PassOver, opt.Seed = check.Boundaries(before, opt.Plan), true, before.Seed
	m, err := Run(ctx, opt)
	if err != nil {
		return nil, err
	}
	return m, check.Readable(before, m)
}
