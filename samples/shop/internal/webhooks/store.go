package webhooks

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"example.com/shop/internal/storage"
)

func scanPartner(row storage.Scanner) (Partner, error) {
	var p Partner
	err := row.Scan(&p.ID, &p.Name, &p.ContactID, &p.Active, storage.Time(&p.CreatedAt))
	return p, err
}

func (s *Service) insertPartner(ctx context.Context, p *Partner) error {
	return s.db.QueryRowContext(ctx, `INSERT INTO partners (name, contact_id, active, created_at) VALUES (?, ?, ?, ?) RETURNING id`,
		p.Name, p.ContactID, p.Active, p.CreatedAt).Scan(&p.ID)
}

func (s *Service) partnerByID(ctx context.Context, id int64) (Partner, error) {
	return scanPartner(s.db.QueryRowContext(ctx, `SELECT id, name, contact_id, active, created_at FROM partners WHERE id = ? AND active`, id))
}

func (s *Service) listPartners(ctx context.Context) ([]Partner, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, name, contact_id, active, created_at FROM partners WHERE active ORDER BY name`)
	return storage.Collect(rows, err, scanPartner)
}

func (s *Service) deactivatePartner(ctx context.Context, id int64) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE webhook_endpoints SET active = FALSE WHERE partner_id = ?`, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE partners SET active = FALSE WHERE id = ?`, id)
		return err
	})
}

func scanEndpoint(row storage.Scanner) (Endpoint, error) {
	var e Endpoint
	var topics string
	err := row.Scan(&e.ID, &e.PartnerID, &e.URL, &topics, storage.Time(&e.CreatedAt))
	e.Topics = strings.Split(topics, ",")
	return e, err
}

func (s *Service) insertEndpoint(ctx context.Context, e *Endpoint) error {
	return s.db.QueryRowContext(ctx, `INSERT INTO webhook_endpoints (partner_id, url, topics, secret, created_at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		e.PartnerID, e.URL, strings.Join(e.Topics, ","), e.Secret, e.CreatedAt).Scan(&e.ID)
}

func (s *Service) endpointsOf(ctx context.Context, partnerID int64) ([]Endpoint, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, partner_id, url, topics, created_at FROM webhook_endpoints
		WHERE partner_id = ? AND active ORDER BY id`, partnerID)
	return storage.Collect(rows, err, scanEndpoint)
}

func (s *Service) endpointsFor(ctx context.Context, topic string) ([]Endpoint, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, partner_id, url, topics, created_at FROM webhook_endpoints
		WHERE active AND (topics = '*' OR ',' || topics || ',' LIKE ? ESCAPE '\') ORDER BY id`, storage.LikePattern(","+topic+","))
	return storage.Collect(rows, err, scanEndpoint)
}

func (s *Service) removeEndpoint(ctx context.Context, partnerID, id int64) (bool, error) {
	res, err := s.db.ExecContext(ctx, `UPDATE webhook_endpoints SET active = FALSE WHERE id = ? AND partner_id = ? AND active`, id, partnerID)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func (s *Service) insertDelivery(ctx context.Context, endpointID int64, topic, body string, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO webhook_deliveries (endpoint_id, topic, body, status, next_attempt_at, created_at)
		VALUES (?, ?, ?, 'pending', ?, ?)`, endpointID, topic, body, now, now)
	return err
}

func scanDelivery(row storage.Scanner) (Delivery, error) {
	var d Delivery
	var body string
	err := row.Scan(&d.ID, &d.EndpointID, &d.Topic, &body, &d.Status, &d.Attempts, &d.LastError,
		storage.Time(&d.CreatedAt), storage.TimePtr(&d.DeliveredAt))
	d.Body = json.RawMessage(body)
	return d, err
}

func (s *Service) deliveriesOf(ctx context.Context, partnerID int64, limit int) ([]Delivery, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT d.id, d.endpoint_id, d.topic, d.body, d.status, d.attempts, d.last_error, d.created_at, d.delivered_at
		FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
		WHERE e.partner_id = ? ORDER BY d.id DESC LIMIT ?`, partnerID, limit)
	return storage.Collect(rows, err, scanDelivery)
}

type dueDelivery struct {
	id        int64
	topic     string
	body      []byte
	attempts  int
	url       string
	secret    string
	contactID *int64
}

func scanDue(row storage.Scanner) (dueDelivery, error) {
	var d dueDelivery
	err := row.Scan(&d.id, &d.topic, &d.body, &d.attempts, &d.url, &d.secret, &d.contactID)
	return d, err
}

func (s *Service) dueDeliveries(ctx context.Context, now time.Time, limit int) ([]dueDelivery, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT d.id, d.topic, d.body, d.attempts, e.url, e.secret, p.contact_id
		FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id JOIN partners p ON p.id = e.partner_id
		WHERE d.status = 'pending' AND d.next_attempt_at <= ? AND e.active ORDER BY d.id LIMIT ?`, now, limit)
	return storage.Collect(rows, err, scanDue)
}

func (s *Service) markDelivered(ctx context.Context, id int64, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE webhook_deliveries SET status = 'delivered', attempts = attempts + 1, last_error = '',
		delivered_at = ? WHERE id = ?`, now, id)
	return err
}

func (s *Service) markRetry(ctx context.Context, id int64, reason string, next time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE webhook_deliveries SET attempts = attempts + 1, last_error = ?, next_attempt_at = ? WHERE id = ?`,
		reason, next, id)
	return err
}

func (s *Service) markFailed(ctx context.Context, d dueDelivery, reason string, now time.Time) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE webhook_deliveries SET status = 'failed', attempts = attempts + 1, last_error = ? WHERE id = ?`, reason, d.id)
		if err != nil || d.contactID == nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO notifications (customer_id, channel, subject, body, urgent, created_at)
			VALUES (?, 'email', 'Your webhook does not answer', ?, TRUE, ?)`, *d.contactID, d.url+": "+reason, now)
		return err
	})
}
