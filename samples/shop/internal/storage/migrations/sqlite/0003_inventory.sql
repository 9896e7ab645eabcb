-- +goose Up
CREATE TABLE stock_levels (
    product_id      BIGINT PRIMARY KEY,
    on_hand         INTEGER NOT NULL DEFAULT 0,
    reserved        INTEGER NOT NULL DEFAULT 0,
    reorder_at      INTEGER NOT NULL DEFAULT 5,
    bin             TEXT NOT NULL DEFAULT '',
    updated_at      TIMESTAMP NOT NULL
);

CREATE TABLE stock_reservations (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id      BIGINT NOT NULL REFERENCES stock_levels (product_id),
    cart_id         TEXT NOT NULL,
    quantity        INTEGER NOT NULL,
    status          TEXT NOT NULL DEFAULT 'held',
    order_id        BIGINT,
    expires_at      TIMESTAMP NOT NULL,
    created_at      TIMESTAMP NOT NULL
);

CREATE INDEX stock_reservations_cart ON stock_reservations (cart_id, product_id);
CREATE INDEX stock_reservations_expiry ON stock_reservations (status, expires_at);

CREATE TABLE stock_movements (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id      BIGINT NOT NULL,
    delta           INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    order_id        BIGINT,
    created_at      TIMESTAMP NOT NULL
);

CREATE INDEX stock_movements_product ON stock_movements (product_id);

-- +goose Down
DROP TABLE stock_movements;
DROP TABLE stock_reservations;
DROP TABLE stock_levels;
