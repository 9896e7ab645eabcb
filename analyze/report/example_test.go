package report_test

import (
	"fmt"
	"os"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/report"
)

func small() *model.Model {
	return &model.Model{
		Version:  model.Version,
		Module:   model.Module{Path: "example.com/shop"},
		Packages: []model.Package{{Path: "example.com/shop/billing", Lines: 40}, {Path: "example.com/shop/money", Lines: 7}},
		Units: []model.Unit{
			{ID: "example.com/shop/billing", Package: "example.com/shop/billing", Lines: 40, Service: "billing", Stability: 1, Reason: "owns the table invoices"},
			{ID: "example.com/shop/money", Package: "example.com/shop/money", Lines: 7, Service: model.Library, Stability: 1, Reason: "used by all"},
		},
		Services: []model.Service{{Name: "billing", Units: []string{"example.com/shop/billing"}, Lines: 40, Stability: 1}},
		Bills:    []model.Bill{{Service: "billing"}},
		Verdict:  model.Verdict{Split: true, Summary: "Split it: billing stands out.", FirstCut: "billing"},
	}
}

func ExampleText() {
	if err := report.Text(os.Stdout, small(), report.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Split it: billing stands out.
	//
	//  service     owns     routes  tables  in/out  price  stable
	//  billing     billing       0       0     0/0      0   100 %  ◀
	//  library     money  (stays a module)
	//
	// Next: ficus explain billing · ficus report --open · ficus generate billing
}

func ExampleExplain() {
	m := small()
	e, err := report.Explain(m, nil, "billing")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Kind, e.Service, e.Parts)
	// Output: service billing [example.com/shop/billing]
}
