-- +goose Up
CREATE TABLE event_log (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    topic           TEXT NOT NULL,
    subject         TEXT NOT NULL DEFAULT '',
    tenant          TEXT NOT NULL DEFAULT '',
    payload         TEXT NOT NULL,
    occurred_at     TIMESTAMP NOT NULL
);

CREATE INDEX event_log_topic ON event_log (topic);

CREATE TABLE notifications (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id     BIGINT NOT NULL,
    channel         TEXT NOT NULL DEFAULT 'inbox',
    subject         TEXT NOT NULL,
    body            TEXT NOT NULL DEFAULT '',
    urgent          BOOLEAN NOT NULL DEFAULT FALSE,
    read_at         TIMESTAMP,
    created_at      TIMESTAMP NOT NULL
);

CREATE INDEX notifications_customer ON notifications (customer_id);

-- +goose Down
DROP TABLE notifications;
DROP TABLE event_log;
