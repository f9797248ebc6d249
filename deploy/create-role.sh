#!/bin/sh
# Run once by the PostgreSQL image, when its volume is empty.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$POSTGRES_PASSWORD" --username postgres <<'SQL'
CREATE ROLE stagedoor LOGIN PASSWORD :'password';
CREATE DATABASE stagedoor OWNER stagedoor ENCODING 'UTF8' TEMPLATE template0;
SQL
