-- +goose Up
CREATE TABLE carts (
    id              TEXT PRIMARY KEY,
    customer_id     BIGINT REFERENCES customers (id),
    currency        TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'open',
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);

CREATE TABLE cart_items (
    cart_id         TEXT NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    product_id      BIGINT NOT NULL,
    quantity        INTEGER NOT NULL,
    added_at        TIMESTAMP NOT NULL,
    PRIMARY KEY (cart_id, product_id)
);

-- +goose Down
DROP TABLE cart_items;
DROP TABLE carts;
