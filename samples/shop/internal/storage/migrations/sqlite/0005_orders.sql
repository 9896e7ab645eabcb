-- +goose Up
CREATE TABLE orders (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    number          TEXT NOT NULL UNIQUE,
    customer_id     BIGINT NOT NULL REFERENCES customers (id),
    cart_id         TEXT NOT NULL UNIQUE,
    status          TEXT NOT NULL,
    currency        TEXT NOT NULL,
    subtotal        BIGINT NOT NULL,
    tax             BIGINT NOT NULL,
    shipping        BIGINT NOT NULL DEFAULT 0,
    total           BIGINT NOT NULL,
    ship_to         TEXT NOT NULL DEFAULT '',
    country         TEXT NOT NULL,
    note            TEXT NOT NULL DEFAULT '',
    placed_at       TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);

CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_placed ON orders (placed_at);

CREATE TABLE order_lines (
    order_id        BIGINT NOT NULL REFERENCES orders (id),
    line_no         INTEGER NOT NULL,
    product_id      BIGINT NOT NULL,
    sku             TEXT NOT NULL,
    name            TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    unit_price      BIGINT NOT NULL,
    line_total      BIGINT NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

CREATE INDEX order_lines_product ON order_lines (product_id);

-- +goose Down
DROP TABLE order_lines;
DROP TABLE orders;
