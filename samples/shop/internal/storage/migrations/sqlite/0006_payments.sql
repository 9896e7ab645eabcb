-- +goose Up
CREATE TABLE payments (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id        BIGINT NOT NULL REFERENCES orders (id),
    provider        TEXT NOT NULL,
    reference       TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    amount          BIGINT NOT NULL,
    currency        TEXT NOT NULL,
    authorized_at   TIMESTAMP NOT NULL,
    captured_at     TIMESTAMP,
    updated_at      TIMESTAMP NOT NULL
);

CREATE INDEX payments_order ON payments (order_id);

CREATE TABLE refunds (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    payment_id      BIGINT NOT NULL REFERENCES payments (id),
    amount          BIGINT NOT NULL,
    currency        TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    reference       TEXT NOT NULL,
    created_at      TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE refunds;
DROP TABLE payments;
