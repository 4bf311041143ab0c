table action
table agent
table agent_lease with (fillfactor=50, autovacuum_vacuum_scale_factor=0.02)
table agent_queue with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02)
table archived_run
table audit_entry
table audit_name
table bulk
table bulk_run
table catalogue_task
table catalogue_task_revision
table command_receipt
table counted_labels
table erasure
table event partition by RANGE (stream_id)
table event_compaction
table event_default partition of event
table global_parameters
table lease_watch
table ledger_archive
table ledger_head
table personal_key
table plan
table run_count with (fillfactor=50)
table run_day_count with (fillfactor=50)
table run_label with (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02)
table run_label_count with (fillfactor=50)
table run_length_count with (fillfactor=80, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02)
table run_outcome
table run_status with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02)
table run_text with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02)
table saved_views
table schedule
table secret_key
table snapshot
table subscription
table task_log partition by RANGE (task_run_id)
table task_log_default partition of task_log
table task_log_size with (fillfactor=70)
table team
table team_load with (fillfactor=50)
table team_lock
table timer with (fillfactor=80, autovacuum_vacuum_scale_factor=0.02)
table token
table tree_bundle
table tree_checkpoint
table tree_tile
table tree_work
table workflow
table workflow_revision
table workflow_run with (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.02)

column action.id uuid not null
column action.run_id uuid not null
column action.task_run_id uuid not null
column action.team_id uuid not null
column action.workflow_id uuid not null
column action.type text not null
column action.status text not null
column action.creation_date timestamp with time zone not null
column action.state jsonb not null
column agent.id uuid not null
column agent.token_id uuid not null
column agent.name text not null
column agent.host text not null
column agent.task_types text[] not null
column agent.registered_at timestamp with time zone not null default now()
column agent.version text
column agent_lease.agent_id uuid not null
column agent_lease.seen_at timestamp with time zone not null
column agent_lease.lease_until timestamp with time zone not null
column agent_queue.id uuid not null
column agent_queue.run_id uuid not null
column agent_queue.kind text not null
column agent_queue.team_id uuid not null
column agent_queue.task_type text not null
column agent_queue.state text not null
column agent_queue.agent_id uuid
column agent_queue.fence bigint not null
column agent_queue.lease_until timestamp with time zone
column agent_queue.delivered_at timestamp with time zone
column agent_queue.queued_at timestamp with time zone not null
column agent_queue.missed_at timestamp with time zone
column agent_queue.started boolean not null default false
column agent_queue.bytes integer not null default 0
column agent_queue.run_bytes integer not null default 0
column archived_run.id uuid not null
column archived_run.archive_id uuid not null
column archived_run.team_id uuid not null
column archived_run.workflow_id uuid not null
column archived_run.events integer not null
column audit_entry.position bigint not null
column audit_entry.team_id uuid
column audit_entry.actor bigint not null
column audit_entry.action bigint not null
column audit_entry.has_reason boolean not null
column audit_entry.is_refused boolean not null
column audit_name.id uuid not null
column audit_name.name text not null
column bulk.id uuid not null
column bulk.team_id uuid not null
column bulk.workflow_id uuid
column bulk.status text not null
column bulk.version integer not null
column bulk.state jsonb not null
column bulk_run.bulk_id uuid not null
column bulk_run.place integer not null
column bulk_run.run_id uuid not null
column bulk_run.outcome text not null
column bulk_run.reason text
column bulk_run.message text
column bulk_run.retry_id uuid
column catalogue_task.id uuid not null
column catalogue_task.team_id uuid
column catalogue_task.name text not null
column catalogue_task.status text not null
column catalogue_task.deleted boolean not null
column catalogue_task.labels jsonb not null
column catalogue_task.creation_date timestamp with time zone not null
column catalogue_task.version integer not null
column catalogue_task.state jsonb not null
column catalogue_task_revision.task_id uuid not null
column catalogue_task_revision.number integer not null
column catalogue_task_revision.definition jsonb not null
column command_receipt.scope text not null
column command_receipt.key text not null
column command_receipt.request_hash text not null
column command_receipt.answer text not null
column command_receipt.created_at timestamp with time zone not null default now()
column counted_labels.id uuid not null default gen_random_uuid()
column counted_labels.team_id uuid not null
column counted_labels.labels jsonb not null
column counted_labels.state text not null default 'wanted'::text
column counted_labels.counted_to date
column counted_labels.asked_at timestamp with time zone not null default now()
column erasure.id uuid not null
column erasure.team_id uuid
column erasure.version integer not null
column erasure.state jsonb not null
column event.position bigint not null
column event.stream_id uuid not null
column event.stream_version integer not null
column event.type text not null
column event.schema_version integer not null
column event.data text not null
column event.metadata text
column event.recorded_at timestamp with time zone not null
column event.hash bytea not null
column event.salt bytea not null
column event_compaction.partition text not null
column event_compaction.copied bigint
column event_compaction.left_out bigint not null default 0
column event_compaction.gone bigint not null default 0
column global_parameters.id uuid not null
column global_parameters.version integer not null
column global_parameters.state jsonb not null
column lease_watch.shard integer not null
column lease_watch.looked_at timestamp with time zone not null
column lease_watch.grace_until timestamp with time zone not null
column ledger_archive.id uuid not null
column ledger_archive.team_id uuid not null
column ledger_archive.version integer not null
column ledger_archive.state jsonb not null
column ledger_archive.positions int8multirange
column ledger_head.shard integer not null
column ledger_head.position bigint not null
column ledger_head.hash bytea not null
column ledger_head.recorded_at timestamp with time zone not null
column personal_key.id text not null
column personal_key.team_id uuid
column personal_key.subject text not null
column personal_key.owner text not null
column personal_key.key bytea not null
column personal_key.created_at timestamp with time zone not null default now()
column plan.hash bytea not null
column plan.body text not null
column run_count.team_id uuid not null
column run_count.workflow_id uuid not null
column run_count.day date not null
column run_count.status text not null
column run_count.phase text not null
column run_count.trigger text not null
column run_count.runs bigint not null
column run_day_count.team_id uuid not null
column run_day_count.day date not null
column run_day_count.status text not null
column run_day_count.phase text not null
column run_day_count.trigger text not null
column run_day_count.runs bigint not null
column run_label.label uuid not null
column run_label.creation_date timestamp with time zone not null
column run_label.run_id uuid not null
column run_label_count.counted_id uuid not null
column run_label_count.workflow_id uuid not null
column run_label_count.day date not null
column run_label_count.status text not null
column run_label_count.phase text not null
column run_label_count.trigger text not null
column run_label_count.is_base boolean not null
column run_label_count.runs bigint not null
column run_length_count.team_id uuid not null
column run_length_count.workflow_id uuid not null
column run_length_count.day date not null
column run_length_count.measure text not null
column run_length_count.bucket smallint not null
column run_length_count.status text not null
column run_length_count.runs bigint not null
column run_length_count.total bigint not null
column run_outcome.id uuid not null
column run_outcome.team_id uuid not null
column run_outcome.workflow_id uuid not null
column run_outcome.created timestamp with time zone not null
column run_outcome.status text not null
column run_outcome.queueing bigint not null
column run_outcome.running bigint
column run_outcome.shape text
column run_status.id uuid not null
column run_status.team_id uuid not null
column run_status.workflow_id uuid not null
column run_status.trigger text not null
column run_status.creation_date timestamp with time zone not null
column run_status.status text not null
column run_status.phase text not null
column run_status.changing json not null
column run_text.id uuid not null
column run_text.team_id uuid not null
column run_text.workflow_id uuid not null
column run_text.words tsvector not null
column run_text.results json not null
column saved_views.id uuid not null
column saved_views.team_id uuid not null
column saved_views.version integer not null
column saved_views.state jsonb not null
column schedule.id uuid not null
column schedule.team_id uuid not null
column schedule.workflow_id uuid not null
column schedule.type text not null
column schedule.status text not null
column schedule.creation_date timestamp with time zone not null
column schedule.version integer not null
column schedule.state jsonb not null
column secret_key.id text not null
column secret_key.first_used_at timestamp with time zone not null default now()
column snapshot.stream_id uuid not null
column snapshot.version integer not null
column snapshot.state text not null
column subscription.name text not null
column subscription.position bigint not null
column task_log.task_run_id uuid not null
column task_log.byte_offset integer not null
column task_log.chunk bytea not null
column task_log.recorded_at timestamp with time zone not null default now()
column task_log.fence bigint not null default 0
column task_log_size.task_run_id uuid not null
column task_log_size.bytes bigint not null
column task_log_size.chunks integer not null
column task_log_size.is_full boolean not null default false
column team.id uuid not null
column team.name text not null
column team.status text not null
column team.labels jsonb not null
column team.creation_date timestamp with time zone not null
column team.version integer not null
column team.state jsonb not null
column team_load.team_id uuid not null
column team_load.live bigint not null
column team_load.month date not null
column team_load.submitted bigint not null
column team_lock.id uuid not null
column team_lock.team_id uuid not null
column team_lock.key text not null
column team_lock.version integer not null
column team_lock.state jsonb not null
column timer.stream_id uuid not null
column timer.kind text not null
column timer.item_id uuid not null
column timer.due_at timestamp with time zone not null
column timer.fire_at timestamp with time zone not null
column timer.attempts integer not null default 0
column token.id uuid not null
column token.sha256 text not null
column token.type text not null
column token.principal text
column token.name text
column token.creation_date timestamp with time zone not null
column token.expiration_date timestamp with time zone
column token.revoked boolean not null
column token.version integer not null
column token.state jsonb not null
column tree_bundle.tile bigint not null
column tree_bundle.entries bytea not null
column tree_checkpoint.size bigint not null
column tree_checkpoint.origin text not null
column tree_checkpoint.key text not null
column tree_checkpoint.note text not null
column tree_checkpoint.is_cosigned boolean not null
column tree_checkpoint.signed_at timestamp with time zone not null
column tree_tile.level integer not null
column tree_tile.tile bigint not null
column tree_tile.hashes bytea not null
column tree_work.name text not null
column tree_work.size bigint not null default 0
column tree_work.alarm text
column tree_work.changed_at timestamp with time zone not null
column workflow.id uuid not null
column workflow.team_id uuid not null
column workflow.name text not null
column workflow.status text not null
column workflow.deleted boolean not null
column workflow.labels jsonb not null
column workflow.creation_date timestamp with time zone not null
column workflow.version integer not null
column workflow.state jsonb not null
column workflow_revision.id uuid not null
column workflow_revision.workflow_id uuid not null
column workflow_revision.number integer not null
column workflow_revision.current boolean not null
column workflow_revision.definition jsonb not null
column workflow_revision.runnable jsonb not null
column workflow_run.id uuid not null
column workflow_run.team_id uuid not null
column workflow_run.workflow_id uuid not null
column workflow_run.trigger text not null
column workflow_run.creation_date timestamp with time zone not null
column workflow_run.labels jsonb not null
column workflow_run.fixed jsonb not null

constraint action.action_pkey PRIMARY KEY (id)
constraint agent.agent_pkey PRIMARY KEY (id)
constraint agent_lease.agent_lease_pkey PRIMARY KEY (agent_id)
constraint agent_queue.agent_queue_pkey PRIMARY KEY (id)
constraint archived_run.archived_run_pkey PRIMARY KEY (id)
constraint audit_name.audit_name_pkey PRIMARY KEY (id)
constraint bulk.bulk_pkey PRIMARY KEY (id)
constraint bulk_run.bulk_run_pkey PRIMARY KEY (bulk_id, place)
constraint catalogue_task.catalogue_task_pkey PRIMARY KEY (id)
constraint catalogue_task_revision.catalogue_task_revision_key PRIMARY KEY (task_id, number)
constraint command_receipt.command_receipt_key PRIMARY KEY (scope, key)
constraint counted_labels.counted_labels_key UNIQUE (team_id, labels)
constraint counted_labels.counted_labels_pkey PRIMARY KEY (id)
constraint counted_labels.counted_labels_state CHECK ((state = ANY (ARRAY['wanted'::text, 'counting'::text, 'counted'::text, 'dropped'::text])))
constraint erasure.erasure_pkey PRIMARY KEY (id)
constraint event.event_stream_key PRIMARY KEY (stream_id, stream_version)
constraint event_compaction.event_compaction_pkey PRIMARY KEY (partition)
constraint global_parameters.global_parameters_pkey PRIMARY KEY (id)
constraint lease_watch.lease_watch_pkey PRIMARY KEY (shard)
constraint ledger_archive.ledger_archive_pkey PRIMARY KEY (id)
constraint ledger_head.ledger_head_pkey PRIMARY KEY (shard)
constraint personal_key.personal_key_key_check CHECK ((octet_length(key) = 32))
constraint personal_key.personal_key_pkey PRIMARY KEY (id)
constraint plan.plan_hash CHECK ((hash = sha256(convert_to(body, 'UTF8'::name))))
constraint plan.plan_pkey PRIMARY KEY (hash)
constraint run_count.run_count_key PRIMARY KEY (team_id, workflow_id, day, status, phase, trigger)
constraint run_day_count.run_day_count_key PRIMARY KEY (team_id, day, status, phase, trigger)
constraint run_label.run_label_key PRIMARY KEY (label, creation_date, run_id)
constraint run_label_count.run_label_count_key PRIMARY KEY (counted_id, workflow_id, day, status, phase, trigger, is_base)
constraint run_length_count.run_length_count_pkey PRIMARY KEY (team_id, workflow_id, day, measure, bucket, status) INCLUDE (runs, total)
constraint run_outcome.run_outcome_pkey PRIMARY KEY (id)
constraint run_status.run_status_pkey PRIMARY KEY (id)
constraint run_text.run_text_pkey PRIMARY KEY (id)
constraint saved_views.saved_views_pkey PRIMARY KEY (id)
constraint schedule.schedule_pkey PRIMARY KEY (id)
constraint secret_key.secret_key_pkey PRIMARY KEY (id)
constraint snapshot.snapshot_pkey PRIMARY KEY (stream_id)
constraint subscription.subscription_pkey PRIMARY KEY (name)
constraint task_log.task_log_key PRIMARY KEY (task_run_id, fence, byte_offset)
constraint task_log_size.task_log_size_pkey PRIMARY KEY (task_run_id)
constraint team.team_name_key UNIQUE (name)
constraint team.team_pkey PRIMARY KEY (id)
constraint team_load.team_load_pkey PRIMARY KEY (team_id)
constraint team_lock.team_lock_pkey PRIMARY KEY (id)
constraint timer.timer_key PRIMARY KEY (stream_id, kind, item_id)
constraint token.token_pkey PRIMARY KEY (id)
constraint token.token_sha256_key UNIQUE (sha256)
constraint tree_bundle.tree_bundle_pkey PRIMARY KEY (tile)
constraint tree_checkpoint.tree_checkpoint_pkey PRIMARY KEY (size)
constraint tree_tile.tree_tile_key PRIMARY KEY (level, tile)
constraint tree_work.tree_work_pkey PRIMARY KEY (name)
constraint workflow.workflow_pkey PRIMARY KEY (id)
constraint workflow_revision.workflow_revision_pkey PRIMARY KEY (id)
constraint workflow_run.workflow_run_pkey PRIMARY KEY (id)

CREATE UNIQUE INDEX action_pkey ON public.action USING btree (id)
CREATE INDEX action_run ON public.action USING btree (run_id)
CREATE INDEX action_team_created ON public.action USING btree (team_id, creation_date, id) INCLUDE (type, status, workflow_id)
CREATE INDEX action_team_open ON public.action USING btree (team_id, creation_date, id) WHERE (status = 'submitted'::text)
CREATE UNIQUE INDEX agent_lease_pkey ON public.agent_lease USING btree (agent_id)
CREATE UNIQUE INDEX agent_pkey ON public.agent USING btree (id)
CREATE INDEX agent_queue_agent ON public.agent_queue USING btree (agent_id) WHERE (state <> 'ready'::text)
CREATE INDEX agent_queue_leased ON public.agent_queue USING btree (lease_until) WHERE (state <> 'ready'::text)
CREATE UNIQUE INDEX agent_queue_pkey ON public.agent_queue USING btree (id)
CREATE INDEX agent_queue_ready ON public.agent_queue USING btree (kind, queued_at, id) WHERE (state = 'ready'::text)
CREATE INDEX agent_token ON public.agent USING btree (token_id)
CREATE INDEX archived_run_archive ON public.archived_run USING btree (archive_id)
CREATE UNIQUE INDEX archived_run_pkey ON public.archived_run USING btree (id)
CREATE INDEX audit_entry_action ON public.audit_entry USING btree (action, "position")
CREATE INDEX audit_entry_actor ON public.audit_entry USING btree (actor, "position")
CREATE INDEX audit_entry_any_reason ON public.audit_entry USING btree ("position") WHERE has_reason
CREATE INDEX audit_entry_position ON public.audit_entry USING btree ("position")
CREATE INDEX audit_entry_reason ON public.audit_entry USING btree (team_id, "position") WHERE has_reason
CREATE INDEX audit_entry_team ON public.audit_entry USING btree (team_id, "position")
CREATE INDEX audit_entry_team_action ON public.audit_entry USING btree (team_id, action, "position")
CREATE UNIQUE INDEX audit_name_pkey ON public.audit_name USING btree (id)
CREATE INDEX bulk_at_work ON public.bulk USING btree (team_id) WHERE (status = 'running'::text)
CREATE UNIQUE INDEX bulk_pkey ON public.bulk USING btree (id)
CREATE INDEX bulk_run_outcome ON public.bulk_run USING btree (bulk_id, outcome, place)
CREATE UNIQUE INDEX bulk_run_pkey ON public.bulk_run USING btree (bulk_id, place)
CREATE INDEX bulk_team ON public.bulk USING btree (team_id, id)
CREATE UNIQUE INDEX catalogue_task_name_key ON public.catalogue_task USING btree (COALESCE(team_id, '00000000-0000-0000-0000-000000000000'::uuid), name) WHERE (NOT deleted)
CREATE UNIQUE INDEX catalogue_task_pkey ON public.catalogue_task USING btree (id)
CREATE UNIQUE INDEX catalogue_task_revision_key ON public.catalogue_task_revision USING btree (task_id, number)
CREATE INDEX command_receipt_created ON public.command_receipt USING btree (created_at)
CREATE UNIQUE INDEX command_receipt_key ON public.command_receipt USING btree (scope, key)
CREATE UNIQUE INDEX counted_labels_key ON public.counted_labels USING btree (team_id, labels)
CREATE UNIQUE INDEX counted_labels_pkey ON public.counted_labels USING btree (id)
CREATE INDEX erasure_keys ON public.erasure USING gin (((state -> 'keys'::text)))
CREATE UNIQUE INDEX erasure_pkey ON public.erasure USING btree (id)
CREATE INDEX erasure_team ON public.erasure USING btree (team_id, id)
CREATE UNIQUE INDEX event_compaction_pkey ON public.event_compaction USING btree (partition)
CREATE INDEX event_position ON ONLY public.event USING btree ("position")
CREATE UNIQUE INDEX event_stream_key ON ONLY public.event USING btree (stream_id, stream_version)
CREATE UNIQUE INDEX global_parameters_pkey ON public.global_parameters USING btree (id)
CREATE UNIQUE INDEX lease_watch_pkey ON public.lease_watch USING btree (shard)
CREATE INDEX ledger_archive_open ON public.ledger_archive USING btree (id) WHERE (positions IS NULL)
CREATE UNIQUE INDEX ledger_archive_pkey ON public.ledger_archive USING btree (id)
CREATE INDEX ledger_archive_team ON public.ledger_archive USING btree (team_id, id)
CREATE UNIQUE INDEX ledger_head_pkey ON public.ledger_head USING btree (shard)
CREATE INDEX personal_key_named ON public.personal_key USING btree (subject)
CREATE INDEX personal_key_owner ON public.personal_key USING btree (owner)
CREATE UNIQUE INDEX personal_key_pkey ON public.personal_key USING btree (id)
CREATE UNIQUE INDEX personal_key_subject ON public.personal_key USING btree (COALESCE(team_id, '00000000-0000-0000-0000-000000000000'::uuid), subject)
CREATE UNIQUE INDEX plan_pkey ON public.plan USING btree (hash)
CREATE UNIQUE INDEX run_count_key ON public.run_count USING btree (team_id, workflow_id, day, status, phase, trigger)
CREATE UNIQUE INDEX run_day_count_key ON public.run_day_count USING btree (team_id, day, status, phase, trigger)
CREATE UNIQUE INDEX run_label_count_key ON public.run_label_count USING btree (counted_id, workflow_id, day, status, phase, trigger, is_base)
CREATE UNIQUE INDEX run_label_key ON public.run_label USING btree (label, creation_date, run_id)
CREATE UNIQUE INDEX run_length_count_pkey ON public.run_length_count USING btree (team_id, workflow_id, day, measure, bucket, status) INCLUDE (runs, total)
CREATE INDEX run_outcome_failed ON public.run_outcome USING btree (team_id, created) INCLUDE (workflow_id, status, shape, id) WHERE (shape IS NOT NULL)
CREATE UNIQUE INDEX run_outcome_pkey ON public.run_outcome USING btree (id)
CREATE INDEX run_outcome_team_created ON public.run_outcome USING btree (team_id, created) INCLUDE (workflow_id, status, queueing, running)
CREATE UNIQUE INDEX run_status_pkey ON public.run_status USING btree (id)
CREATE INDEX run_status_team_status ON public.run_status USING btree (team_id, status, creation_date, id) INCLUDE (workflow_id, trigger)
CREATE UNIQUE INDEX run_text_pkey ON public.run_text USING btree (id)
CREATE INDEX run_text_team ON public.run_text USING btree (team_id, id)
CREATE INDEX run_text_words ON public.run_text USING gin (words)
CREATE INDEX run_text_workflow ON public.run_text USING btree (workflow_id, id)
CREATE UNIQUE INDEX saved_views_pkey ON public.saved_views USING btree (id)
CREATE INDEX saved_views_team ON public.saved_views USING btree (team_id)
CREATE UNIQUE INDEX schedule_pkey ON public.schedule USING btree (id)
CREATE INDEX schedule_team ON public.schedule USING btree (team_id, creation_date, id)
CREATE UNIQUE INDEX secret_key_pkey ON public.secret_key USING btree (id)
CREATE UNIQUE INDEX snapshot_pkey ON public.snapshot USING btree (stream_id)
CREATE UNIQUE INDEX subscription_pkey ON public.subscription USING btree (name)
CREATE UNIQUE INDEX task_log_key ON ONLY public.task_log USING btree (task_run_id, fence, byte_offset)
CREATE UNIQUE INDEX task_log_size_pkey ON public.task_log_size USING btree (task_run_id)
CREATE INDEX team_former_names ON public.team USING gin (((state -> 'formerNames'::text)))
CREATE UNIQUE INDEX team_load_pkey ON public.team_load USING btree (team_id)
CREATE UNIQUE INDEX team_lock_pkey ON public.team_lock USING btree (id)
CREATE INDEX team_members ON public.team USING gin (((state -> 'members'::text)) jsonb_path_ops)
CREATE UNIQUE INDEX team_name_key ON public.team USING btree (name)
CREATE UNIQUE INDEX team_pkey ON public.team USING btree (id)
CREATE INDEX timer_fire ON public.timer USING btree (fire_at)
CREATE UNIQUE INDEX timer_key ON public.timer USING btree (stream_id, kind, item_id)
CREATE INDEX token_created ON public.token USING btree (creation_date, id)
CREATE UNIQUE INDEX token_pkey ON public.token USING btree (id)
CREATE UNIQUE INDEX token_sha256_key ON public.token USING btree (sha256)
CREATE UNIQUE INDEX tree_bundle_pkey ON public.tree_bundle USING btree (tile)
CREATE UNIQUE INDEX tree_checkpoint_pkey ON public.tree_checkpoint USING btree (size)
CREATE UNIQUE INDEX tree_tile_key ON public.tree_tile USING btree (level, tile)
CREATE UNIQUE INDEX tree_work_pkey ON public.tree_work USING btree (name)
CREATE INDEX workflow_former_names ON public.workflow USING gin (((state -> 'formerNames'::text)))
CREATE UNIQUE INDEX workflow_pkey ON public.workflow USING btree (id)
CREATE UNIQUE INDEX workflow_revision_number_key ON public.workflow_revision USING btree (workflow_id, number) WHERE current
CREATE UNIQUE INDEX workflow_revision_pkey ON public.workflow_revision USING btree (id)
CREATE UNIQUE INDEX workflow_run_pkey ON public.workflow_run USING btree (id)
CREATE INDEX workflow_run_team_created ON public.workflow_run USING btree (team_id, creation_date, id) INCLUDE (trigger, workflow_id)
CREATE INDEX workflow_run_team_workflow ON public.workflow_run USING btree (team_id, workflow_id, creation_date, id) INCLUDE (trigger)
CREATE UNIQUE INDEX workflow_team_name_key ON public.workflow USING btree (team_id, name) WHERE (NOT deleted)

CREATE TRIGGER archived_run_no_truncate BEFORE TRUNCATE ON public.archived_run FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER archived_run_no_update BEFORE DELETE OR UPDATE ON public.archived_run FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER archived_run_of_owner BEFORE INSERT ON public.archived_run FOR EACH ROW EXECUTE FUNCTION refuse_stranger()
CREATE TRIGGER archived_run_outcome AFTER INSERT ON public.archived_run REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION run_outcome_archived()
CREATE TRIGGER archived_run_text AFTER INSERT ON public.archived_run REFERENCING NEW TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION run_text_archived()
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON public.event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER event_no_update BEFORE DELETE OR UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER event_compaction_of_owner BEFORE INSERT OR DELETE OR UPDATE ON public.event_compaction FOR EACH ROW EXECUTE FUNCTION refuse_stranger()
CREATE TRIGGER event_default_no_truncate BEFORE TRUNCATE ON public.event_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER ledger_head_no_delete BEFORE DELETE ON public.ledger_head FOR EACH ROW EXECUTE FUNCTION refuse_change()
CREATE TRIGGER ledger_head_no_truncate BEFORE TRUNCATE ON public.ledger_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER plan_no_truncate BEFORE TRUNCATE ON public.plan FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
CREATE TRIGGER plan_no_update BEFORE DELETE OR UPDATE ON public.plan FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE OR REPLACE FUNCTION public.action_apply(id uuid[], run_id uuid[], task_run_id uuid[], team_id uuid[], workflow_id uuid[], type text[], status text[], created bigint[], state jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into action (id, run_id, task_run_id, team_id, workflow_id, type, status, creation_date, state)
  select r.id, r.run_id, r.task_run_id, r.team_id, r.workflow_id, r.type, r.status, to_timestamp(r.created / 1000.0), r.state
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
           as r(id, run_id, task_run_id, team_id, workflow_id, type, status, created, state)
  on conflict (id) do update set status = excluded.status, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.agent_queue_apply(id uuid[], run_id uuid[], kind text[], team_id uuid[], task_type text[], state text[], agent_id uuid[], fence bigint[], started boolean[], bytes integer[], run_bytes integer[], lease double precision[], queued bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  -- One look by key for each row, in order: no plan that was made while the table was small can turn it into a scan.
  if cardinality($1) > 1 then
    perform 1
       from (select r.id from unnest($1) as r(id) order by r.id) as r
            cross join lateral (select 1 from agent_queue q where q.id = r.id for update) as locked;
  end if;
  if array_position($6, null) is not null then
    delete from agent_queue q using unnest($1, $6) as r(id, state) where r.state is null and q.id = r.id;
  end if;
  -- What has been started is its agent's for as long as that agent lives: see agent_lease.
  insert into agent_queue as q (id, run_id, kind, team_id, task_type, state, agent_id, fence, started, bytes, run_bytes, lease_until, queued_at)
  select r.id, r.run_id, r.kind, r.team_id, r.task_type, r.state, r.agent_id, r.fence, r.started, r.bytes, r.run_bytes,
         case when r.state = 'leased' and r.started then 'infinity'
              when r.state <> 'ready' then now() + make_interval(secs => r.lease) end, to_timestamp(r.queued / 1000.0)
    from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
           as r(id, run_id, kind, team_id, task_type, state, agent_id, fence, started, bytes, run_bytes, lease, queued)
   where r.state is not null
   order by r.id
  on conflict (id) do update
     set state = excluded.state, agent_id = excluded.agent_id, fence = excluded.fence, kind = excluded.kind, started = excluded.started,
         lease_until = excluded.lease_until, delivered_at = null, missed_at = null, queued_at = excluded.queued_at;
end $function$

CREATE OR REPLACE FUNCTION public.archive_remove(p_archive uuid, p_runs uuid[], p_positions int8multirange)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  archive jsonb;
  runs uuid[];
  wrong uuid;
  taken record;
begin
  -- Labels that begin to be counted meanwhile would count runs that are on their way out.
  lock table counted_labels in row share mode;
  perform from ledger_archive where id = p_archive and positions is null for update;
  if not found then
    return true;
  end if;
  select data::jsonb into strict archive from event where stream_id = p_archive and stream_version = 1 and type = 'RunsArchived';
  if encode(sha256(convert_to(p_positions::text, 'UTF8')), 'hex') <> archive ->> 'positionsSha256' then
    raise exception 'These are not the positions of archive %', p_archive using errcode = 'restrict_violation';
  end if;
  runs := array(select r from unnest(p_runs) as r where not exists (select from archived_run a where a.id = r and a.archive_id = p_archive));
  select r into wrong from unnest(runs) as r
   where not exists (select from event e where e.stream_id = r and e.type = 'WorkflowRunFinalized')
      or not exists (select from workflow_run w where w.id = r and w.team_id = (archive ->> 'teamId')::uuid) limit 1;
  if found then
    raise exception 'The run % is not finalized, or not there', wrong using errcode = 'restrict_violation';
  end if;
  if exists (select from event e where e.stream_id = any(runs) and not e.position <@ p_positions) then
    raise exception 'Archive % does not hold the events of its runs', p_archive using errcode = 'restrict_violation';
  end if;
  insert into archived_run (id, archive_id, team_id, workflow_id, events)
  select w.id, p_archive, w.team_id, w.workflow_id, (select count(*) from event e where e.stream_id = w.id)
    from workflow_run w where w.id = any(runs);
  select count(*) as runs, coalesce(sum(events), 0) as events into taken from archived_run where archive_id = p_archive;
  if taken.runs > (archive ->> 'runs')::bigint or (taken.runs = (archive ->> 'runs')::bigint and taken.events <> (archive ->> 'events')::bigint) then
    raise exception 'Archive % does not hold the events of its runs', p_archive using errcode = 'restrict_violation';
  end if;
  -- Of an agent that has never said that it stopped.
  delete from agent_queue q using unnest(runs) as r where q.id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from action where run_id = any(runs);
  delete from timer where stream_id = any(runs);
  delete from snapshot where stream_id = any(runs);
  delete from task_log l using unnest(runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from task_log_size l using unnest(runs) as r where l.task_run_id between r and (left(r::text, 32) || 'ffff')::uuid;
  delete from audit_entry a using event e where e.stream_id = any(runs) and a.position = e.position;
  delete from run_label l
   using workflow_run w cross join lateral jsonb_each_text(w.labels) as o
   where w.id = any(runs) and l.label = label_id(w.team_id, o.key, o.value) and l.creation_date = w.creation_date and l.run_id = w.id;
  -- Last, and in the order of the key: commands wait for these rows.
  perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                              array_agg(d.runs), false)
     from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger, -count(*) as runs
             from run_status s
                  join workflow_run w on w.id = s.id
                  join counted_labels c on c.team_id = s.team_id and c.state in ('counting', 'counted') and w.labels @> c.labels
            where s.id = any(runs) group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  perform run_count_apply(array_agg(g.team_id), array_agg(g.workflow_id), array_agg(g.day), array_agg(g.status), array_agg(g.phase),
                          array_agg(g.trigger), array_agg(-g.runs))
     from (select team_id, workflow_id, (creation_date at time zone 'UTC')::date::text as day, status, phase, trigger, count(*) as runs
             from run_status where id = any(runs) group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6) as g having count(*) > 0;
  delete from run_status where id = any(runs);
  delete from workflow_run where id = any(runs);
  if taken.runs < (archive ->> 'runs')::bigint then
    return false;
  end if;
  update ledger_archive set positions = p_positions where id = p_archive;
  return true;
end $function$

CREATE OR REPLACE FUNCTION public.audit_hash(text)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((('x'::text || "left"(md5($1), 16)))::bit(64))::bigint

CREATE OR REPLACE FUNCTION public.audit_index(p_from bigint, p_to bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into audit_entry (position, team_id, actor, action, has_reason, is_refused)
  select e.position, (m ->> 'teamId')::uuid, audit_hash(m ->> 'actor'), audit_hash(m ->> 'action'), m ? 'reason',
         e.type in ('AttemptRefused', 'AttemptsSummarised')
    from event e cross join lateral (select e.metadata::jsonb as m) as x
   where e.position > p_from and e.position <= p_to and e.metadata is not null
   order by e.position;
  insert into audit_name (id, name)
  select distinct on (id) id, name
    from (select e.stream_id as id, e.position,
                 case when e.type in ('TokenCreated', 'TeamCreated', 'ScheduleCreated') then d ->> 'name'
                      when e.type = 'TeamUpdated' then d -> 'changes' ->> 'name'
                      when e.type = 'ScheduleUpdated' then d -> 'settings' ->> 'name'
                      else d -> 'summary' ->> 'name' end as name
            from event e cross join lateral (select e.data::jsonb as d) as x
           where e.position > p_from and e.position <= p_to
             and e.type in ('TokenCreated', 'TeamCreated', 'ScheduleCreated', 'TeamUpdated', 'ScheduleUpdated',
                            'WorkflowCreated', 'WorkflowRevised', 'CatalogueTaskCreated', 'CatalogueTaskRevised')) as named
   where name is not null
   order by id, position desc
  on conflict (id) do update set name = excluded.name;
end $function$

CREATE OR REPLACE FUNCTION public.bulk_apply(id uuid[], team_id uuid[], workflow_id uuid[], status text[], version integer[], state jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into bulk (id, team_id, workflow_id, status, version, state)
  select r.id, r.team_id, r.workflow_id, r.status, r.version, r.state
    from unnest($1, $2, $3, $4, $5, $6) as r(id, team_id, workflow_id, status, version, state)
   order by r.id
  on conflict (id) do update set status = excluded.status, version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.bulk_forget(id uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  delete from bulk_run where bulk_id = any($1);
  delete from bulk b where b.id = any($1);
end $function$

CREATE OR REPLACE FUNCTION public.bulk_run_apply(bulk_id uuid[], place integer[], run_id uuid[], outcome text[], reason text[], message text[], retry_id uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into bulk_run (bulk_id, place, run_id, outcome, reason, message, retry_id)
  select r.bulk_id, r.place, r.run_id, r.outcome, r.reason, r.message, r.retry_id
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(bulk_id, place, run_id, outcome, reason, message, retry_id)
   order by r.bulk_id, r.place
  on conflict (bulk_id, place) do update
     set outcome = excluded.outcome, reason = excluded.reason, message = excluded.message, retry_id = excluded.retry_id;
end $function$

CREATE OR REPLACE FUNCTION public.bulks_at_work(p_team text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) from bulk where team_id = p_team::uuid and status = 'running'
$function$

CREATE OR REPLACE FUNCTION public.catalogue_task_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into catalogue_task (id, team_id, name, status, deleted, labels, creation_date, version, state)
  select r.id, r.team_id, r.name, r.status, r.deleted, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, name text, status text, deleted boolean, labels jsonb,
                                         created bigint, version int, state jsonb)
  on conflict (id) do update
     set status = excluded.status, deleted = excluded.deleted, labels = excluded.labels, version = excluded.version,
         state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.catalogue_task_revision_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into catalogue_task_revision (task_id, number, definition)
  select r.task_id, r.number, r.definition from jsonb_to_recordset(p_rows) as r(task_id uuid, number int, definition jsonb)
  on conflict (task_id, number) do update set definition = excluded.definition;
end $function$

CREATE OR REPLACE FUNCTION public.catalogue_tasks_named(p_key text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) from catalogue_task
   where coalesce(team_id, '00000000-0000-0000-0000-000000000000'::uuid) = split_part(p_key, '/', 1)::uuid
     and name = split_part(p_key, '/', 2) and not deleted
$function$

CREATE OR REPLACE FUNCTION public.counted_labels_move(p_id uuid, p_from text, p_to text)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  -- Waits for archives that are removing runs, then for the append.
  lock table counted_labels in exclusive mode;
  perform ledger_lock();
  update counted_labels set state = p_to, counted_to = null where id = p_id and state = p_from;
  return found;
end $function$

CREATE OR REPLACE FUNCTION public.counted_labels_step(p_id uuid, p_runs bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  counted counted_labels;
  until date;
  wanted uuid[];
begin
  select * into counted from counted_labels where id = p_id and state = 'counting' for update;
  if not found then
    return null;
  end if;
  select min(d.day) into until
    from (select day, sum(sum(runs)) over (order by day) as upto from run_count
           where team_id = counted.team_id and day >= coalesce(counted.counted_to, '-infinity') group by day) as d
   where d.upto > p_runs and d.day > coalesce(counted.counted_to, (select min(day) from run_count where team_id = counted.team_id));
  wanted := array(select label_id(counted.team_id, l.key, l.value) from jsonb_each_text(counted.labels) as l);
  -- One statement reads both, and so it is one moment: the base is what is there, without what the other rows have of it.
  perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                              array_agg(d.runs), true)
     from (select p_id as id, f.workflow_id, f.day, f.status, f.phase, f.trigger, sum(f.runs)::bigint as runs
             from (select s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger, count(*) as runs
                     from (select run_id from run_label
                            where label = any(wanted) and creation_date >= (coalesce(counted.counted_to, '-infinity')::timestamp at time zone 'UTC')
                              and creation_date < (coalesce(until, 'infinity')::timestamp at time zone 'UTC')
                            group by creation_date, run_id having count(*) = cardinality(wanted)) as l
                          join run_status s on s.id = l.run_id
                    group by 1, 2, 3, 4, 5
                   union all
                   select workflow_id, day, status, phase, trigger, -runs from run_label_count
                    where counted_id = p_id and not is_base and workflow_id <> '00000000-0000-0000-0000-000000000000'
                      and day > '-infinity' and day >= coalesce(counted.counted_to, '-infinity') and day < coalesce(until, 'infinity')) as f
            group by 1, 2, 3, 4, 5, 6 having sum(f.runs) <> 0) as d having count(*) > 0;
  update counted_labels set counted_to = until, state = case when until is null then 'counted' else state end where id = p_id;
  return until is not null;
end $function$

CREATE OR REPLACE FUNCTION public.erasure_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into erasure (id, team_id, version, state)
  select (r ->> 'id')::uuid, (r ->> 'team_id')::uuid, (r ->> 'version')::int, r -> 'state' from jsonb_array_elements(p_rows) as r;
end $function$

CREATE OR REPLACE FUNCTION public.event_archived()
 RETURNS TABLE(partition text, archived bigint, estimate bigint, copying boolean)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  select c.relname::text,
         (select coalesce(sum(r.events), 0) from archived_run r
           where r.id >= b.bounds[1]::uuid and r.id < b.bounds[2]::uuid)::bigint - coalesce(k.gone, 0),
         greatest(c.reltuples, 0)::bigint, k.copied is not null
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
         cross join lateral (select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('([^']+)'\) TO \('([^']+)'\)$re$) as bounds) as b
         left join event_compaction k on k.partition = c.relname
   where i.inhparent = 'event'::regclass and b.bounds is not null
   order by 1
$function$

CREATE OR REPLACE FUNCTION public.event_compact_begin(p_partition text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  bounds text[];
begin
  if p_partition !~ '^event_y[0-9]{4}m[0-9]{2}$' then
    raise exception '% is no monthly partition of event', p_partition using errcode = 'invalid_parameter_value';
  end if;
  select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('([^']+)'\) TO \('([^']+)'\)$re$) into strict bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'event'::regclass and c.relname = p_partition;
  execute format('drop table if exists %I', p_partition || '_kept');
  execute format('create table %I (like event including all)', p_partition || '_kept');
  -- So that attaching it need not read it.
  execute format('alter table %I add constraint in_month check (stream_id >= %L and stream_id < %L)', p_partition || '_kept', bounds[1], bounds[2]);
  insert into event_compaction (partition, copied) values (p_partition, 0)
  on conflict (partition) do update set copied = 0, left_out = 0;
end $function$

CREATE OR REPLACE FUNCTION public.event_compact_clear()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '5s'
AS $function$
declare
  gone text;
  cleared integer := 0;
begin
  for gone in
    select c.relname from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ '^event_y[0-9]{4}m[0-9]{2}_gone$' and not c.relispartition
  loop
    execute format('drop table %I', gone);
    if to_regclass('public.' || left(gone, -5)) is not null then
      execute format('analyze %I', left(gone, -5));
    end if;
    cleared := cleared + 1;
  end loop;
  return cleared;
end $function$

CREATE OR REPLACE FUNCTION public.event_compact_copy(p_partition text, p_rows integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  after bigint;
  last bigint;
  looked integer;
  archived integer;
begin
  select copied into after from event_compaction where partition = p_partition and copied is not null for update;
  if not found then
    raise exception 'Nothing is being copied of %', p_partition using errcode = 'invalid_parameter_value';
  end if;
  execute format(
    'with next as materialized (select * from %1$I where position > $1 order by position limit $2),
          judged as materialized (select n.position, exists (select from archived_run r where r.id = n.stream_id and n.stream_version <= r.events) as is_archived from next n),
          put as (insert into %2$I select n.* from next n join judged j using (position) where not j.is_archived)
     select max(position), count(*), count(*) filter (where is_archived) from judged', p_partition, p_partition || '_kept')
    into last, looked, archived using after, p_rows;
  update event_compaction set copied = coalesce(last, copied), left_out = left_out + archived where partition = p_partition;
  return looked;
end $function$

CREATE OR REPLACE FUNCTION public.event_compact_swap(p_partition text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '50ms'
AS $function$
declare
  bounds text[];
  kept text := p_partition || '_kept';
  given record;
  is_empty boolean;
begin
  lock table only event in access exclusive mode;
  while event_compact_copy(p_partition, 5000) > 0 loop
    null;
  end loop;
  select regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('([^']+)'\) TO \('([^']+)'\)$re$) into strict bounds
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'event'::regclass and c.relname = p_partition;
  execute format('alter table event detach partition %I', p_partition);
  execute format('alter table %I rename to %I', p_partition, p_partition || '_gone');
  execute format('select not exists (select from %I)', kept) into is_empty;
  if is_empty and to_timestamp(('x' || left(replace(bounds[2], '-', ''), 12))::bit(48)::bigint / 1000.0) < now() - interval '62 days' then
    execute format('drop table %I', kept);
  else
    execute format('alter table %I rename to %I', kept, p_partition);
    execute format('alter table event attach partition %I for values from (%L) to (%L)', p_partition, bounds[1], bounds[2]);
    execute format('alter table %I drop constraint in_month', p_partition);
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                   p_partition || '_no_truncate', p_partition);
    for given in
      select a.privilege_type as privilege, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
        from pg_class c, aclexplode(c.relacl) a where c.oid = 'event'::regclass and a.grantee <> c.relowner
    loop
      execute format('grant %s on %I to %s', given.privilege, p_partition, given.grantee);
    end loop;
  end if;
  update event_compaction set copied = null, gone = gone + left_out, left_out = 0 where partition = p_partition;
end $function$

CREATE OR REPLACE FUNCTION public.global_parameters_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into global_parameters (id, version, state)
  select r.id, r.version, r.state from jsonb_to_recordset(p_rows) as r(id uuid, version int, state jsonb)
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.label_id(p_team uuid, p_key text, p_value text)
 RETURNS uuid
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
begin
  return encode(substring(sha256(convert_to(p_team::text || length(p_key)::text || ':' || p_key || p_value, 'UTF8')) for 16), 'hex')::uuid;
end $function$

CREATE OR REPLACE FUNCTION public.ledger_append(p_streams uuid[], p_versions integer[], p_types text[], p_schemas integer[], p_data text[], p_metadata text[], p_metadata_places integer[], p_salts bytea, p_digests bytea, p_receipts jsonb, p_guards jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  taken jsonb;
  full_guards jsonb := '[]';
  guard jsonb;
  used bigint;
  first_position bigint;
begin
  perform ledger_lock();

  if p_receipts <> '[]' then
    select jsonb_agg(r.scope || '/' || r.key) into taken
      from jsonb_to_recordset(p_receipts) as r(scope text, key text)
     where (select true from command_receipt c where c.scope = r.scope and c.key = r.key);
  end if;
  -- These run with the rights of the caller, who names them.
  if taken is null and p_guards <> '[]' then
    for guard in select g from jsonb_array_elements(p_guards) as x(g) loop
      execute format('select %I($1)', guard ->> 'f') into used using guard ->> 'k';
      if used + (guard ->> 'n')::bigint > (guard ->> 'l')::bigint then
        full_guards := full_guards || jsonb_build_object('f', guard ->> 'f', 'k', guard ->> 'k', 'used', used);
      end if;
    end loop;
  end if;
  if taken is not null or full_guards <> '[]' then
    return jsonb_build_object('receipts', coalesce(taken, '[]'), 'guards', full_guards);
  end if;

  first_position := ledger_write(p_streams, p_versions, p_types, p_schemas, p_data, p_metadata, p_metadata_places, p_salts, p_digests);

  if p_receipts <> '[]' then
    insert into command_receipt (scope, key, request_hash, answer)
    select r.scope, r.key, r."requestHash", r.answer
      from jsonb_to_recordset(p_receipts) as r(scope text, key text, "requestHash" text, answer text);
  end if;

  return jsonb_build_object('firstPosition', first_position);
end $function$

CREATE OR REPLACE FUNCTION public.ledger_archive_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into ledger_archive (id, team_id, version, state)
  select (r ->> 'id')::uuid, (r ->> 'team_id')::uuid, (r ->> 'version')::int, r -> 'state' from jsonb_array_elements(p_rows) as r;
end $function$

CREATE OR REPLACE FUNCTION public.ledger_lock()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  head ledger_head;
begin
  select * into strict head from ledger_head where shard = 1 for update;
end $function$

CREATE OR REPLACE FUNCTION public.ledger_write(p_streams uuid[], p_versions integer[], p_types text[], p_schemas integer[], p_data text[], p_metadata text[], p_metadata_places integer[], p_salts bytea, p_digests bytea)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  count int := cardinality(p_streams);
  head ledger_head;
  hashes bytea[] := '{}';
  first_position bigint;
  recorded timestamptz;
  recorded_us bytea;
begin
  if octet_length(p_salts) <> count * 16 or octet_length(p_digests) <> count * 32 then
    raise exception 'Each of % events needs a salt of 16 bytes and a digest of 32', count using errcode = 'invalid_parameter_value';
  end if;
  select * into strict head from ledger_head where shard = 1 for update;
  first_position := head.position + 1;
  if count > 0 then
    recorded := greatest(clock_timestamp(), head.recorded_at);
    recorded_us := int8send((extract(epoch from recorded) * 1000000)::bigint);
    for i in 0 .. count - 1 loop
      head.position := head.position + 1;
      head.hash := sha256(head.hash || int8send(head.position) || recorded_us || substring(p_digests from i * 32 + 1 for 32));
      hashes := hashes || head.hash;
    end loop;
    -- A stream that has moved on has this version already: its key refuses the append.
    insert into event (position, stream_id, stream_version, type, schema_version, data, metadata, salt, recorded_at, hash)
    select first_position + x.n - 1, x.s, x.v, x.t, x.c, x.d, p_metadata[x.m], substring(p_salts from x.n::int * 16 - 15 for 16), recorded, x.h
      from unnest(p_streams, p_versions, p_types, p_schemas, p_data, p_metadata_places, hashes) with ordinality as x(s, v, t, c, d, m, h, n);
    update ledger_head set position = head.position, hash = head.hash, recorded_at = recorded where shard = 1;
  end if;
  return first_position;
end $function$

CREATE OR REPLACE FUNCTION public.length_bucket(length bigint)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN (CASE WHEN (length <= 0) THEN ('-1'::integer)::double precision ELSE ceil((ln((length)::double precision) / ln(((1.01)::double precision / (0.99)::double precision)))) END)::smallint

CREATE OR REPLACE FUNCTION public.make_month_partition(p_table text, p_month text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '5s'
AS $function$
declare
  partition text := p_table || '_' || p_month;
  key text := case p_table when 'event' then 'stream_id' when 'task_log' then 'task_run_id' end;
  first_day timestamptz;
  bounds uuid[] := '{}';
  taken boolean;
  given record;
begin
  if key is null or p_month !~ '^y[0-9]{4}m(0[1-9]|1[0-2])$' then
    raise exception 'There are no monthly partitions % of %', p_month, p_table using errcode = 'invalid_parameter_value';
  end if;
  first_day := make_timestamptz(substr(p_month, 2, 4)::int, substr(p_month, 7, 2)::int, 1, 0, 0, 0, 'UTC');
  if first_day not between now() - interval '13 months' and now() + interval '13 months' then
    raise exception 'The partition of % is more than 13 months away', p_month using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass('public.' || partition) is not null then
    return false;
  end if;
  -- The smallest UUIDv7 of this month, and of the next.
  for ahead in 0 .. 1 loop
    bounds := bounds || (lpad(to_hex((extract(epoch from (first_day at time zone 'UTC' + make_interval(months => ahead)) at time zone 'UTC')
                                      * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid;
  end loop;
  -- A month of which the default partition holds rows already is left to it.
  execute format('select exists (select 1 from %I where %I >= $1 and %I < $2)', p_table || '_default', key, key)
     into taken using bounds[1], bounds[2];
  if taken then
    return false;
  end if;
  execute format('create table %I partition of %I for values from (%L) to (%L)', partition, p_table, bounds[1], bounds[2]);
  if p_table = 'event' then
    execute format('create trigger %I before truncate on %I for each statement execute function refuse_change()',
                   partition || '_no_truncate', partition);
  end if;
  for given in
    select a.privilege_type as privilege, case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as grantee
      from pg_class c, aclexplode(c.relacl) a where c.oid = to_regclass('public.' || p_table) and a.grantee <> c.relowner
  loop
    execute format('grant %s on %I to %s', given.privilege, partition, given.grantee);
  end loop;
  return true;
end $function$

CREATE OR REPLACE FUNCTION public.personal_key_of(p_team uuid, p_subject text, p_owner text, p_id text, p_key bytea)
 RETURNS bytea
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  nowhere constant uuid := '00000000-0000-0000-0000-000000000000';
  found_owner text;
  found_key bytea;
begin
  select owner, key into found_owner, found_key from personal_key where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  if not found then
    insert into personal_key (id, team_id, subject, owner, key) values (p_id, p_team, p_subject, p_owner, p_key) on conflict do nothing;
    select owner, key into found_owner, found_key from personal_key where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  end if;
  if p_owner <> p_subject and found_owner = p_subject then
    update personal_key set owner = p_owner where coalesce(team_id, nowhere) = coalesce(p_team, nowhere) and subject = p_subject;
  end if;
  return found_key;
end $function$

CREATE OR REPLACE FUNCTION public.personal_keys_erase(p_erasure uuid DEFAULT NULL::uuid)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  gone integer;
begin
  delete from personal_key k
   using erasure r join event e on e.stream_id = r.id and e.stream_version = 1 and e.type = 'PersonalDataErased',
         jsonb_array_elements_text(e.data::jsonb -> 'keys') as named(id)
   where k.id = named.id and (p_erasure is null or r.id = p_erasure);
  get diagnostics gone = row_count;
  return gone;
end $function$

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'The ledger is append-only: % of % is refused', tg_op, tg_table_name using errcode = 'restrict_violation';
end $function$

CREATE OR REPLACE FUNCTION public.refuse_stranger()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_user <> (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
    raise exception 'Only the owner changes %', tg_table_name using errcode = 'insufficient_privilege';
  end if;
  return coalesce(new, old);
end $function$

CREATE OR REPLACE FUNCTION public.run_count_apply(team_id uuid[], workflow_id uuid[], day text[], status text[], phase text[], trigger text[], delta bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into run_count (team_id, workflow_id, day, status, phase, trigger, runs)
  select r.team_id, r.workflow_id, r.day::date, r.status, r.phase, r.trigger, r.delta
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(team_id, workflow_id, day, status, phase, trigger, delta)
  on conflict (team_id, workflow_id, day, status, phase, trigger) do update set runs = run_count.runs + excluded.runs;
  insert into run_day_count (team_id, day, status, phase, trigger, runs)
  select r.team_id, r.day::date, r.status, r.phase, r.trigger, sum(r.delta)
    from unnest($1, $3, $4, $5, $6, $7) as r(team_id, day, status, phase, trigger, delta)
   group by 1, 2, 3, 4, 5 having sum(r.delta) <> 0 order by 1, 2, 3, 4, 5
  on conflict (team_id, day, status, phase, trigger) do update set runs = run_day_count.runs + excluded.runs;
end $function$

CREATE OR REPLACE FUNCTION public.run_label_count_add(counted_id uuid[], workflow_id uuid[], day date[], status text[], phase text[], trigger text[], delta bigint[], is_base boolean)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into run_label_count as n (counted_id, workflow_id, day, status, phase, trigger, is_base, runs)
  select r.counted_id, x.workflow_id, x.day, r.status, r.phase, r.trigger, $8, sum(r.delta)
    from unnest($1, $2, $3, $4, $5, $6, $7) as r(counted_id, workflow_id, day, status, phase, trigger, delta)
         cross join lateral (values (r.workflow_id, r.day), ('00000000-0000-0000-0000-000000000000', r.day), (r.workflow_id, '-infinity')) as x(workflow_id, day)
   group by 1, 2, 3, 4, 5, 6 having sum(r.delta) <> 0 order by 1, 2, 3, 4, 5, 6
  on conflict (counted_id, workflow_id, day, status, phase, trigger, is_base) do update set runs = n.runs + excluded.runs;
end $function$

CREATE OR REPLACE FUNCTION public.run_label_count_change(id uuid[], team_id uuid[], status text[], phase text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  if exists (select from counted_labels c where c.team_id = any($2) and c.state in ('counting', 'counted')) then
    perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                array_agg(d.runs), false)
       from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, x.status, x.phase, s.trigger, sum(x.delta) as runs
               from unnest($1, $3, $4) as r(id, status, phase)
                    -- By key, whatever plan was made while the tables were small.
                    cross join lateral (select team_id, creation_date, workflow_id, status, phase, trigger from run_status where id = r.id offset 0) as s
                    join counted_labels c on c.team_id = s.team_id and c.state in ('counting', 'counted')
                    cross join lateral (select labels from workflow_run where id = r.id offset 0) as w
                    cross join lateral (values (s.status, s.phase, -1), (r.status, r.phase, 1)) as x(status, phase, delta)
              where (s.status, s.phase) is distinct from (r.status, r.phase) and w.labels @> c.labels
              group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.run_length_count_add(runs uuid[], sign integer)
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into run_length_count as c (team_id, workflow_id, day, measure, bucket, status, runs, total)
  select o.team_id, w.id, (o.created at time zone 'UTC')::date, m.measure, length_bucket(m.length), o.status, $2 * count(*), $2 * sum(m.length)
    from run_outcome o
         cross join lateral (values (o.workflow_id), ('00000000-0000-0000-0000-000000000000'::uuid)) as w(id)
         cross join lateral (values ('queueing', o.queueing), ('running', o.running)) as m(measure, length)
   where o.id = any($1) and m.length is not null
   group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
  on conflict (team_id, workflow_id, day, measure, bucket, status)
    do update set runs = c.runs + excluded.runs, total = c.total + excluded.total
$function$

CREATE OR REPLACE FUNCTION public.run_outcome_add(id uuid[], team_id uuid[], workflow_id uuid[], created bigint[], status text[], queueing bigint[], running bigint[], shape text[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  added uuid[];
begin
  with fresh as (
    insert into run_outcome (id, team_id, workflow_id, created, status, queueing, running, shape)
    select r.id, r.team_id, r.workflow_id, to_timestamp(r.created / 1000.0), r.status, r.queueing, r.running, r.shape
      from unnest($1, $2, $3, $4, $5, $6, $7, $8) as r(id, team_id, workflow_id, created, status, queueing, running, shape)
     where not exists (select from archived_run a where a.id = r.id)
    on conflict (id) do nothing
    returning id)
  select array_agg(id) into added from fresh;
  perform run_length_count_add(added, 1);
end $function$

CREATE OR REPLACE FUNCTION public.run_outcome_archived()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform run_length_count_add(array(select id from gone), -1);
  delete from run_outcome where id in (select id from gone);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.run_status_change(id uuid[], status text[], phase text[], changing json[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  update run_status as s set status = r.status, phase = r.phase, changing = r.changing
    from unnest($1, $2, $3, $4) as r(id, status, phase, changing)
   where s.id = r.id;
end $function$

CREATE OR REPLACE FUNCTION public.run_text_archived()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from run_text where id in (select id from gone);
  return null;
end $function$

CREATE OR REPLACE FUNCTION public.run_text_put(id uuid[], team_id uuid[], workflow_id uuid[], words jsonb[], results json[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into run_text (id, team_id, workflow_id, words, results)
  select r.id, r.team_id, r.workflow_id, array_to_tsvector(array(select jsonb_array_elements_text(r.words)) || ('@' || r.team_id) || ('@' || r.workflow_id)), r.results
    from unnest($1, $2, $3, $4, $5) as r(id, team_id, workflow_id, words, results)
   where not exists (select from archived_run a where a.id = r.id)
   order by r.id
  on conflict (id) do update set words = excluded.words, results = excluded.results;
end $function$

CREATE OR REPLACE FUNCTION public.saved_views_apply(id uuid[], team_id uuid[], version integer[], state jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into saved_views (id, team_id, version, state)
  select r.id, r.team_id, r.version, r.state from unnest($1, $2, $3, $4) as r(id, team_id, version, state)
   order by r.id
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.schedule_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into schedule (id, team_id, workflow_id, type, status, creation_date, version, state)
  select r.id, r.team_id, r.workflow_id, r.type, r.status, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, workflow_id uuid, type text, status text, created bigint,
                                         version int, state jsonb)
  on conflict (id) do update
     set workflow_id = excluded.workflow_id, type = excluded.type, status = excluded.status, version = excluded.version,
         state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.stream_moved(p_key text)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return (select count(*) from event
           where stream_id = split_part(p_key, '/', 1)::uuid and stream_version = split_part(p_key, '/', 2)::int + 1);
end $function$

CREATE OR REPLACE FUNCTION public.team_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into team (id, name, status, labels, creation_date, version, state)
  select r.id, r.name, r.status, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, name text, status text, labels jsonb, created bigint, version int, state jsonb)
  on conflict (id) do update
     set name = excluded.name, status = excluded.status, labels = excluded.labels, version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.team_live_runs(p_team text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce((select live from team_load where team_id = p_team::uuid), 0)
$function$

CREATE OR REPLACE FUNCTION public.team_load_apply(team_id uuid[], live bigint[], month text[], submitted bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into team_load as t (team_id, live, month, submitted)
  select r.team_id, r.live, r.month::date, r.submitted
    from unnest($1, $2, $3, $4) as r(team_id, live, month, submitted)
  on conflict (team_id) do update
     set live = t.live + excluded.live,
         submitted = case when excluded.month > t.month then excluded.submitted
                          when excluded.month = t.month then t.submitted + excluded.submitted
                          else t.submitted end,
         month = greatest(t.month, excluded.month);
end $function$

CREATE OR REPLACE FUNCTION public.team_lock_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into team_lock (id, team_id, key, version, state)
  select r.id, r.team_id, r.key, r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, key text, version int, state jsonb)
  on conflict (id) do update set version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.team_monthly_runs(p_team text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce((select submitted from team_load
                    where team_id = p_team::uuid and month = date_trunc('month', now() at time zone 'UTC')::date), 0)
$function$

CREATE OR REPLACE FUNCTION public.team_workflow_count(p_team text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) from workflow where team_id = p_team::uuid and not deleted
$function$

CREATE OR REPLACE FUNCTION public.teams_named(p_name text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) from team where name = p_name
$function$

CREATE OR REPLACE FUNCTION public.timer_apply(stream_id uuid[], kind text[], item_id uuid[], due bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  if cardinality($1) > 1 then
    perform 1
       from (select r.stream_id, r.kind, r.item_id from unnest($1, $2, $3) as r(stream_id, kind, item_id)
              order by r.stream_id, r.kind, r.item_id) as r
            cross join lateral (select 1 from timer t
                                 where t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id for update) as locked;
  end if;
  if array_position($4, null) is not null then
    delete from timer t
     using unnest($1, $2, $3, $4) as r(stream_id, kind, item_id, due)
     where r.due is null and t.stream_id = r.stream_id and t.kind = r.kind and t.item_id = r.item_id;
  end if;
  insert into timer (stream_id, kind, item_id, due_at, fire_at)
  select r.stream_id, r.kind, r.item_id, to_timestamp(r.due / 1000.0), to_timestamp(r.due / 1000.0)
    from unnest($1, $2, $3, $4) as r(stream_id, kind, item_id, due)
   where r.due is not null
   order by r.stream_id, r.kind, r.item_id
  on conflict (stream_id, kind, item_id) do update set due_at = excluded.due_at, fire_at = excluded.fire_at, attempts = 0;
end $function$

CREATE OR REPLACE FUNCTION public.token_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into token (id, sha256, type, principal, name, creation_date, expiration_date, revoked, version, state)
  select r.id, r.sha256, r.type, r.principal, r.name, to_timestamp(r.created / 1000.0), to_timestamp(r.expires / 1000.0),
         r.revoked, r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, sha256 text, type text, principal text, name text, created bigint,
                                         expires bigint, revoked boolean, version int, state jsonb)
  on conflict (id) do update set revoked = excluded.revoked, version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.workflow_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into workflow (id, team_id, name, status, deleted, labels, creation_date, version, state)
  select r.id, r.team_id, r.name, r.status, r.deleted, r.labels, to_timestamp(r.created / 1000.0), r.version, r.state
    from jsonb_to_recordset(p_rows) as r(id uuid, team_id uuid, name text, status text, deleted boolean, labels jsonb,
                                         created bigint, version int, state jsonb)
  on conflict (id) do update
     set name = excluded.name, status = excluded.status, deleted = excluded.deleted, labels = excluded.labels,
         version = excluded.version, state = excluded.state;
end $function$

CREATE OR REPLACE FUNCTION public.workflow_revision_apply(p_rows jsonb)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update workflow_revision w set current = false
    from jsonb_to_recordset(p_rows) as r(workflow_id uuid, number int)
   where w.workflow_id = r.workflow_id and w.number = r.number and w.current;
  insert into workflow_revision (id, workflow_id, number, current, definition, runnable)
  select r.id, r.workflow_id, r.number, true, r.definition, r.runnable
    from jsonb_to_recordset(p_rows) as r(id uuid, workflow_id uuid, number int, definition jsonb, runnable jsonb);
end $function$

CREATE OR REPLACE FUNCTION public.workflow_run_add(id uuid[], team_id uuid[], workflow_id uuid[], status text[], phase text[], trigger text[], created bigint[], labels jsonb[], fixed jsonb[], changing json[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  insert into workflow_run (id, team_id, workflow_id, trigger, creation_date, labels, fixed)
  select r.id, r.team_id, r.workflow_id, r.trigger, to_timestamp(r.created / 1000.0), r.labels, r.fixed
    from unnest($1, $2, $3, $6, $7, $8, $9) as r(id, team_id, workflow_id, trigger, created, labels, fixed);
  insert into run_status (id, team_id, workflow_id, trigger, creation_date, status, phase, changing)
  select r.id, r.team_id, r.workflow_id, r.trigger, to_timestamp(r.created / 1000.0), r.status, r.phase, r.changing
    from unnest($1, $2, $3, $4, $5, $6, $7, $10) as r(id, team_id, workflow_id, status, phase, trigger, created, changing);
  if not '{}'::jsonb = all($8) then
    insert into run_label (label, creation_date, run_id)
    select label_id(r.team_id, l.key, l.value), to_timestamp(r.created / 1000.0), r.id
      from unnest($1, $2, $7, $8) as r(id, team_id, created, labels) cross join lateral jsonb_each_text(r.labels) as l;
    if exists (select from counted_labels c where c.team_id = any($2) and c.state in ('counting', 'counted')) then
      perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                  array_agg(d.runs), false)
         from (select c.id, r.workflow_id, (to_timestamp(r.created / 1000.0) at time zone 'UTC')::date as day, r.status, r.phase, r.trigger, count(*) as runs
                 from unnest($2, $3, $4, $5, $6, $7, $8) as r(team_id, workflow_id, status, phase, trigger, created, labels)
                      join counted_labels c on c.team_id = r.team_id and r.labels @> c.labels and c.state in ('counting', 'counted')
                group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
    end if;
  end if;
end $function$

CREATE OR REPLACE FUNCTION public.workflow_run_overlay(id uuid[], labels jsonb[], fixed jsonb[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
begin
  if exists (select from unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id and w.labels <> r.labels) then
    delete from run_label l
     using unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id cross join lateral jsonb_each_text(w.labels) as o
     where l.label = label_id(w.team_id, o.key, o.value) and l.creation_date = w.creation_date and l.run_id = w.id
       and r.labels ->> o.key is distinct from o.value;
    insert into run_label (label, creation_date, run_id)
    select label_id(w.team_id, o.key, o.value), w.creation_date, w.id
      from unnest($1, $2) as r(id, labels) join workflow_run w on w.id = r.id cross join lateral jsonb_each_text(r.labels) as o
     where w.labels ->> o.key is distinct from o.value;
    perform run_label_count_add(array_agg(d.id), array_agg(d.workflow_id), array_agg(d.day), array_agg(d.status), array_agg(d.phase), array_agg(d.trigger),
                                array_agg(d.runs), false)
       from (select c.id, s.workflow_id, (s.creation_date at time zone 'UTC')::date as day, s.status, s.phase, s.trigger,
                    sum(case when r.labels @> c.labels then 1 else -1 end) as runs
               from unnest($1, $2) as r(id, labels)
                    join workflow_run w on w.id = r.id
                    join run_status s on s.id = r.id
                    join counted_labels c on c.team_id = w.team_id and c.state in ('counting', 'counted')
                         and (w.labels @> c.labels) <> (r.labels @> c.labels)
              group by 1, 2, 3, 4, 5, 6) as d having count(*) > 0;
  end if;
  update workflow_run as w set labels = r.labels, fixed = r.fixed
    from unnest($1, $2, $3) as r(id, labels, fixed)
   where w.id = r.id;
end $function$

CREATE OR REPLACE FUNCTION public.workflows_named(p_key text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select count(*) from workflow
   where team_id = split_part(p_key, '/', 1)::uuid and name = split_part(p_key, '/', 2) and not deleted
$function$

