import { sqlMigration } from './sql-migration';

/**
 * The transparency log: what a subscription builds from the committed events, and what was signed of it. `tree_tile` and
 * `tree_bundle` grow with the position of the subscription `transparency`, which is the size of the tree.
 */
export const Transparency1764700000022 = sqlMigration(
  'Transparency1764700000022',
  /* sql */ `
-- Hashes of 32 bytes, 256 in a full tile. The last tile of a level is the beginning of a full one.
create table tree_tile (
  level int not null,
  tile bigint not null,
  hashes bytea not null,
  constraint tree_tile_key primary key (level, tile)
);
alter table tree_tile alter column hashes set storage external;

-- The entries of the leaves of a tile of level 0, each with its length before it.
create table tree_bundle (
  tile bigint primary key,
  entries bytea not null
);
alter table tree_bundle alter column entries set storage external;

-- The latest signed notes; sinks keep them all.
create table tree_checkpoint (
  size bigint primary key,
  origin text not null,
  -- The log's key as text, for verifiers.
  key text not null,
  note text not null,
  -- It has the signatures that the policy asks for.
  is_cosigned boolean not null,
  signed_at timestamptz not null
);

-- How far the builder, the signer and each sink are, and what stops them.
create table tree_work (
  name text primary key,
  size bigint not null default 0,
  alarm text,
  changed_at timestamptz not null
);
`,
);
