-- The new shop. Every constraint is one that the old exports break somewhere.
CREATE TABLE customers (
    id         INTEGER PRIMARY KEY,
    full_name  VARCHAR(60)   NOT NULL,
    email      VARCHAR(80)   NOT NULL UNIQUE,
    phone      VARCHAR(20),
    born       DATE,
    customer_since DATE      NOT NULL,
    country    CHAR(2)       NOT NULL,
    balance    NUMERIC(10,2) NOT NULL CHECK (balance >= -1000),
    status     VARCHAR(10)   NOT NULL,
    note       TEXT
);

CREATE TABLE products (
    sku        VARCHAR(12)  PRIMARY KEY,
    title      VARCHAR(60)  NOT NULL,
    price      NUMERIC(8,2) NOT NULL,
    weight_kg  NUMERIC(6,3),
    added_on   DATE         NOT NULL,
    stock      INT          NOT NULL
);
