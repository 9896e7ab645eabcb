// Package repositories reads and writes the database.
package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

func paginate(page models.Page) func(*gorm.DB) *gorm.DB {
	return func(db *gorm.DB) *gorm.DB {
		return db.Offset(page.Offset()).Limit(page.Size)
	}
}

func listPage[T any](query *gorm.DB, page models.Page, order string) ([]T, int64, error) {
	var total int64
	if err := query.Count(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := []T{}
	err := query.Scopes(paginate(page)).Order(order).Find(&rows).Error
	return rows, total, err
}

func changed(result *gorm.DB) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected == 0 {
		return gorm.ErrRecordNotFound
	}
	return nil
}

type Transactor struct{ db *gorm.DB }

func NewTransactor(db *gorm.DB) *Transactor { return &Transactor{db: db} }

func (t *Transactor) Run(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return t.db.WithContext(ctx).Transaction(fn)
}
