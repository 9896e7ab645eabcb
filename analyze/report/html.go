package report

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/ficus-dev/ficus/analyze/model"
)

//go:embed web/page.html web/style.css web/app.js
var web embed.FS

// HTML writes the report as one file that needs neither network nor server: the
// verdict and the first cut on the first screen, the graph of services, the
// dependency matrix, routes by tables, every bill with its source lines, the
// alternatives, and what was not seen. Without script the verdict and the table
// of services are there.
func HTML(w io.Writer, m *model.Model, o Options) error {
	p := newPage(m, o)
	data, err := json.Marshal(p) // escapes <, > and &: it cannot end the script element
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	css, err := web.ReadFile("web/style.css")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	script, err := web.ReadFile("web/app.js")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	t, err := template.New("page.html").Funcs(template.FuncMap{"amount": amount, "percent": percent, "whole": whole}).ParseFS(web, "web/page.html")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	var b bytes.Buffer
	// The three are ours, or JSON with its markup escaped: no text of the model
	// reaches the page unescaped.
	err = t.Execute(&b, map[string]any{"Page": p, "CSS": template.CSS(css), "Script": template.JS(script), "Data": template.JS(data)})
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// whole writes a number of lines as people read it: 485,504.
func whole(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
