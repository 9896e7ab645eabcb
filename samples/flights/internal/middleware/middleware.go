// Package middleware has what happens around the handlers.
package middleware

import (
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/apperr"
)

// RequestID takes over the X-Request-Id of the request, or makes one.
func RequestID(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if id == "" || len(id) > 64 {
		id = rand.Text()
	}
	c.Set("request_id", id)
	c.Header("X-Request-Id", id)
}

// AccessLog logs each request.
func AccessLog(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		log.InfoContext(c.Request.Context(), "request", "method", c.Request.Method, "path", c.Request.URL.Path,
			"status", c.Writer.Status(), "duration", time.Since(start), "request_id", c.GetString("request_id"))
	}
}

// Errors answers with the last error that a handler left, and survives panics.
func Errors(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			if cause := recover(); cause != nil {
				log.ErrorContext(c.Request.Context(), "handler panicked", "cause", cause, "stack", string(debug.Stack()))
				writeError(c, apperr.From(nil))
			}
		}()
		c.Next()
		last := c.Errors.Last()
		if last == nil {
			return
		}
		problem := apperr.From(last.Err)
		if problem.Status == http.StatusInternalServerError {
			log.ErrorContext(c.Request.Context(), "request failed", "path", c.Request.URL.Path, "error", last.Err)
		}
		writeError(c, problem)
	}
}

func writeError(c *gin.Context, problem *apperr.Error) {
	c.AbortWithStatusJSON(problem.Status, gin.H{"error": problem, "request_id": c.GetString("request_id")})
}

// Admin lets only those through who know the key.
func Admin(key string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !IsAdmin(c, key) {
			_ = c.Error(apperr.New(http.StatusUnauthorized, "unauthorized", "X-Admin-Key is missing or wrong"))
			c.Abort()
		}
	}
}

// IsAdmin reports whether the request has the key.
func IsAdmin(c *gin.Context, key string) bool {
	return subtle.ConstantTimeCompare([]byte(c.GetHeader("X-Admin-Key")), []byte(key)) == 1
}
