package admin

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed static
var static embed.FS

// page serves the dashboard's files, nothing but what is embedded.
func page() http.Handler {
	files := http.FileServerFS(static)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		if r.URL.Path == "/" {
			index, err := fs.ReadFile(static, "static/index.html")
			if err != nil {
				fail(w, http.StatusInternalServerError, err)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(index)
			return
		}
		files.ServeHTTP(w, r)
	})
}
