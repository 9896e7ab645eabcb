package storage

import (
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Scanner is a row or rows.
type Scanner interface {
	Scan(dest ...any) error
}

// Time returns a scan destination that stores a timestamp in UTC in dst.
// NULL becomes the zero time.
func Time(dst *time.Time) any { return utcTime{dst} }

// TimePtr is Time for a nullable column. NULL becomes nil.
func TimePtr(dst **time.Time) any { return utcTimePtr{dst} }

type utcTime struct{ dst *time.Time }

func (u utcTime) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*u.dst = time.Time{}
	case time.Time:
		*u.dst = v.UTC()
	case string:
		t, err := time.Parse("2006-01-02 15:04:05.999999999-07:00", v)
		if err != nil {
			return fmt.Errorf("scan timestamp: %w", err)
		}
		*u.dst = t.UTC()
	default:
		return fmt.Errorf("scan timestamp: unexpected type %T", src)
	}
	return nil
}

type utcTimePtr struct{ dst **time.Time }

func (u utcTimePtr) Scan(src any) error {
	if src == nil {
		*u.dst = nil
		return nil
	}
	var t time.Time
	if err := (utcTime{&t}).Scan(src); err != nil {
		return err
	}
	*u.dst = &t
	return nil
}

// Placeholders returns n placeholders for an IN list: "?, ?, ?".
func Placeholders(n int) string {
	if n <= 0 {
		return ""
	}
	return strings.Repeat("?, ", n-1) + "?"
}

// LikePattern escapes the wildcards of s and wraps it for a substring search.
// Use it with ESCAPE '\'.
func LikePattern(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	return "%" + r.Replace(strings.ToLower(s)) + "%"
}

// Collect scans all rows and closes them. It takes the results of a query, so
// err is the error of that. The slice is empty, not nil, when there are no rows.
func Collect[T any](rows *sql.Rows, err error, scan func(Scanner) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	items := []T{}
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}
