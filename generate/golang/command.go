package golang

import (
	_ "embed"

	"github.com/ficus-dev/ficus/generate/contract"
)

//go:embed templates/main.go.tmpl
var mainText string

//go:embed templates/run.go.tmpl
var runText string

type commandData struct {
	Service, ServerImport string
	MaxMessage            int
}

// Main generates main.go of the service: written once, then the team's.
func Main(c *contract.Contract) (File, error) {
	return execute(mainText, CommandDir(c)+"/main.go", commandData{Service: c.Service})
}

// Run generates run_gen.go: settings, listeners, health, telemetry, graceful stop.
func Run(c *contract.Contract) (File, error) {
	return execute(runText, CommandDir(c)+"/run_gen.go",
		commandData{Service: c.Service, ServerImport: packageImport(c, "server"), MaxMessage: maxMessage})
}
