-- What PostGraphile reads: the product's tables through views of one tenant, with the links that it needs told.
-- Nothing here is the product's; the benchmark makes it in its own database, for a role that may only read.

CREATE SCHEMA IF NOT EXISTS measured;

CREATE OR REPLACE VIEW measured.party AS
  SELECT id, name, kind, country, language, is_stub, source, created_at, updated_at, name_key
  FROM public.core_party WHERE tenant_id = 1;
COMMENT ON VIEW measured.party IS E'@primaryKey id';

CREATE OR REPLACE VIEW measured.kind_of_edge AS
  SELECT id, code, label_en AS label FROM public.core_relationship_type WHERE tenant_id = 1;
COMMENT ON VIEW measured.kind_of_edge IS E'@primaryKey id';

-- An edge as one of its parties sees it, today.
CREATE OR REPLACE VIEW measured.edge AS
  SELECT id, source_id AS party_id, target_id AS counterparty_id, type_id, stage, valid_from
  FROM public.core_relationship
  WHERE tenant_id = 1 AND (valid_from IS NULL OR valid_from <= current_date)
    AND (valid_to IS NULL OR valid_to > current_date)
  UNION ALL
  SELECT id, target_id, source_id, type_id, stage, valid_from
  FROM public.core_relationship
  WHERE tenant_id = 1 AND source_id <> target_id AND (valid_from IS NULL OR valid_from <= current_date)
    AND (valid_to IS NULL OR valid_to > current_date);
COMMENT ON VIEW measured.edge IS E'@primaryKey id,party_id
@foreignKey (party_id) references measured.party (id)
@foreignKey (counterparty_id) references measured.party (id)|@fieldName counterparty
@foreignKey (type_id) references measured.kind_of_edge (id)|@fieldName type';

CREATE OR REPLACE VIEW measured.interaction AS
  SELECT id, party_id, channel, direction, subject, occurred_at FROM public.core_interaction WHERE tenant_id = 1;
COMMENT ON VIEW measured.interaction IS E'@primaryKey id\n@foreignKey (party_id) references measured.party (id)';

CREATE OR REPLACE VIEW measured.dealing AS
  SELECT id, party_id, kind, occurred_on, reference, amount, amount_currency
  FROM public.core_dealing WHERE tenant_id = 1;
COMMENT ON VIEW measured.dealing IS E'@primaryKey id\n@foreignKey (party_id) references measured.party (id)';

CREATE OR REPLACE VIEW measured.task AS
  SELECT id, party_id, subject, status, priority, due_at FROM public.core_task WHERE tenant_id = 1;
COMMENT ON VIEW measured.task IS E'@primaryKey id\n@foreignKey (party_id) references measured.party (id)';

-- PostGraphile filters by equality only; pages that start at a name are a function, which the planner writes out.
CREATE OR REPLACE FUNCTION measured.parties_from(start text) RETURNS SETOF measured.party
  LANGUAGE sql STABLE AS
  $$ SELECT * FROM measured.party WHERE name_key >= start COLLATE "C" ORDER BY name_key, id $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgraphile_reads') THEN
    CREATE ROLE postgraphile_reads LOGIN;
  END IF;
END $$;
GRANT USAGE ON SCHEMA measured TO postgraphile_reads;
GRANT SELECT ON ALL TABLES IN SCHEMA measured TO postgraphile_reads;
