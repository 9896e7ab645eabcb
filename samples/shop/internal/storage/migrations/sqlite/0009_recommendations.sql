-- +goose Up
CREATE TABLE product_views (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    product_id      BIGINT NOT NULL,
    customer_id     BIGINT,
    viewed_at       TIMESTAMP NOT NULL
);

CREATE INDEX product_views_product ON product_views (product_id, viewed_at);
CREATE INDEX product_views_customer ON product_views (customer_id);

-- +goose Down
DROP TABLE product_views;
