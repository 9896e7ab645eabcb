// Package handlers answers the requests.
package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
)

const maxPageSize = 100

type list[T any] struct {
	Items []T   `json:"items"`
	Total int64 `json:"total"`
	Page  int   `json:"page"`
}

func reply(c *gin.Context, status int, value any, err error) {
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(status, value)
}

func replyList[T any](c *gin.Context, items []T, total int64, err error) {
	reply(c, http.StatusOK, list[T]{Items: items, Total: total, Page: page(c).Number}, err)
}

// bind reads the body into dst. When it cannot, it answers and returns false.
func bind(c *gin.Context, dst any) bool { return bound(c, c.ShouldBindJSON(dst)) }

// bound answers when binding the request failed with err.
func bound(c *gin.Context, err error) bool {
	if err == nil {
		return true
	}
	problem := apperr.New(http.StatusBadRequest, "bad_request", "the request cannot be read: %v", err)
	var fields validator.ValidationErrors
	if errors.As(err, &fields) {
		problem = apperr.Invalid("the request is not valid")
		problem.Fields = map[string]string{}
		for _, field := range fields {
			problem.Fields[field.Field()] = strings.TrimSpace(field.Tag() + " " + field.Param())
		}
	}
	_ = c.Error(problem)
	return false
}

func pathID(c *gin.Context, name string) uint {
	id, err := strconv.ParseUint(c.Param(name), 10, 32)
	if err != nil {
		return 0
	}
	return uint(id)
}

func page(c *gin.Context) models.Page {
	number, _ := strconv.Atoi(c.DefaultQuery("page", "1"))
	size, _ := strconv.Atoi(c.DefaultQuery("per_page", "20"))
	return models.Page{Number: max(number, 1), Size: min(max(size, 1), maxPageSize)}
}

// queryDate reads a day, like 2026-12-24. When it cannot, it answers and
// returns false.
func queryDate(c *gin.Context, name string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, c.Query(name))
	if err != nil {
		_ = c.Error(apperr.InvalidField(name, "must be a day like 2026-12-24"))
	}
	return day, err == nil
}
