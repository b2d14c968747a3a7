#!/bin/sh
# Runs once, when the volume is new: a role and databases for Temporal, and for the flows.
set -eu
psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" <<'SQL'
create role temporal login password :'password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create role flows login password :'password';
create database flows owner flows;
SQL
