-- +goose Up
CREATE TABLE categories (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    slug            TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    parent_id       BIGINT REFERENCES categories (id),
    position        INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE products (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    sku             TEXT NOT NULL UNIQUE,
    slug            TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    description     TEXT NOT NULL DEFAULT '',
    category_id     BIGINT NOT NULL REFERENCES categories (id),
    status          TEXT NOT NULL DEFAULT 'active',
    max_per_order   INTEGER NOT NULL DEFAULT 10,
    weight_grams    INTEGER NOT NULL DEFAULT 0,
    tags            TEXT NOT NULL DEFAULT '',
    attributes      TEXT NOT NULL DEFAULT '',
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    archived_at     TIMESTAMP
);

CREATE INDEX products_category ON products (category_id);
CREATE INDEX products_updated ON products (updated_at);

CREATE TABLE product_prices (
    product_id      BIGINT NOT NULL REFERENCES products (id),
    currency        TEXT NOT NULL,
    amount          BIGINT NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    PRIMARY KEY (product_id, currency)
);

-- +goose Down
DROP TABLE product_prices;
DROP TABLE products;
DROP TABLE categories;
