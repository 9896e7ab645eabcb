package events

import (
	"context"
	"encoding/json"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

func (s *Service) insertEntry(ctx context.Context, e LogEntry) error {
	_, err := s.db.ExecContext(ctx,
		`INSERT INTO event_log (topic, subject, tenant, payload, occurred_at) VALUES (?, ?, ?, ?, ?)`,
		e.Topic, e.Subject, e.Tenant, string(e.Payload), e.OccurredAt)
	return err
}

func (s *Service) listEntries(ctx context.Context, topic, tenant string, page pagination.Request) ([]LogEntry, int, error) {
	where := ` WHERE tenant = ?`
	args := []any{tenant}
	if topic != "" {
		where += ` AND topic = ?`
		args = append(args, topic)
	}
	var total int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM event_log`+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT id, topic, subject, tenant, payload, occurred_at FROM event_log`+where+
		` ORDER BY id DESC LIMIT ? OFFSET ?`, append(args, page.Limit(), page.Offset())...)
	entries, err := storage.Collect(rows, err, scanEntry)
	return entries, total, err
}

func scanEntry(row storage.Scanner) (LogEntry, error) {
	var e LogEntry
	var payload string
	err := row.Scan(&e.ID, &e.Topic, &e.Subject, &e.Tenant, &payload, storage.Time(&e.OccurredAt))
	e.Payload = json.RawMessage(payload)
	return e, err
}

func (s *Service) insertNotification(ctx context.Context, n models.Notification) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO notifications (customer_id, channel, subject, body, urgent, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, n.CustomerID, n.Channel, n.Subject, n.Body, n.Urgent, n.CreatedAt)
	return err
}

func (s *Service) notificationsOf(ctx context.Context, customerID int64, unreadOnly bool) ([]models.Notification, error) {
	query := `SELECT n.id, n.customer_id, c.email, n.channel, n.subject, n.body, n.urgent, n.read_at, n.created_at
		FROM notifications n JOIN customers c ON c.id = n.customer_id WHERE n.customer_id = ?`
	if unreadOnly {
		query += ` AND n.read_at IS NULL`
	}
	rows, err := s.db.QueryContext(ctx, query+` ORDER BY n.urgent DESC, n.id DESC`, customerID)
	return storage.Collect(rows, err, func(row storage.Scanner) (n models.Notification, err error) {
		err = row.Scan(&n.ID, &n.CustomerID, &n.Email, &n.Channel, &n.Subject, &n.Body, &n.Urgent,
			storage.TimePtr(&n.ReadAt), storage.Time(&n.CreatedAt))
		return n, err
	})
}

func (s *Service) setRead(ctx context.Context, id int64, now time.Time) (bool, error) {
	res, err := s.db.ExecContext(ctx, `UPDATE notifications SET read_at = COALESCE(read_at, ?) WHERE id = ?`, now, id)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
