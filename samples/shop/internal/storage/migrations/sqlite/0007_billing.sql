-- +goose Up
CREATE TABLE invoices (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    number          TEXT NOT NULL UNIQUE,
    order_id        BIGINT UNIQUE,
    customer_name   TEXT NOT NULL,
    country         TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'open',
    currency        TEXT NOT NULL,
    net             BIGINT NOT NULL,
    tax             BIGINT NOT NULL,
    total           BIGINT NOT NULL,
    source          TEXT NOT NULL DEFAULT 'shop',
    issued_at       TIMESTAMP NOT NULL,
    due_at          TIMESTAMP NOT NULL,
    voided_at       TIMESTAMP
);

CREATE INDEX invoices_issued ON invoices (issued_at);

CREATE TABLE invoice_lines (
    invoice_id      BIGINT NOT NULL REFERENCES invoices (id),
    line_no         INTEGER NOT NULL,
    description     TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    unit_price      BIGINT NOT NULL,
    line_total      BIGINT NOT NULL,
    PRIMARY KEY (invoice_id, line_no)
);

CREATE TABLE tax_rates (
    country         TEXT PRIMARY KEY,
    basis_points    INTEGER NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);

INSERT INTO tax_rates (country, basis_points, updated_at) VALUES
    ('AT', 2000, '2026-01-01 00:00:00+00:00'),
    ('CH', 810, '2026-01-01 00:00:00+00:00'),
    ('DE', 1900, '2026-01-01 00:00:00+00:00'),
    ('FR', 2000, '2026-01-01 00:00:00+00:00'),
    ('GB', 2000, '2026-01-01 00:00:00+00:00'),
    ('US', 0, '2026-01-01 00:00:00+00:00');

-- +goose Down
DROP TABLE tax_rates;
DROP TABLE invoice_lines;
DROP TABLE invoices;
