package plan_test

import (
	"fmt"

	"github.com/ficus-dev/ficus/analyze/plan"
)

func ExampleParse() {
	_, err := plan.Parse("ficus.yaml", []byte(`version: 1
service:
  billing:
pins:
  - in: {internal/money: billing}
  - library: [internal/money]
`))
	fmt.Println(err)
	// Output: ficus.yaml:2:1: unknown key "service" in the plan; did you mean services?
}

func ExampleAddPin() {
	src := []byte("version: 1 # ours\npins:\n  - library: [internal/money] # everybody's\n")
	out, err := plan.AddPin("ficus.yaml", src, plan.Pin{Kind: plan.PinIn, Refs: []plan.Ref{{Text: "internal/discounts"}}, Service: "catalogue"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(out))
	// Output:
	// version: 1 # ours
	// pins:
	//   - library: [internal/money] # everybody's
	//   - in: {internal/discounts: catalogue}
}
