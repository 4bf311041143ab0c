import { sqlMigration } from './sql-migration';

/**
 * What a task has printed is kept by claim: each try begins at byte 0. What is stored of a task is counted in a row of its own, which is
 * also what two senders of one task's output wait for. What was stored before has the fence 0, and so stands before all else.
 */
export const TaskLogs1764300000014 = sqlMigration(
  'TaskLogs1764300000014',
  /* sql */ `
alter table task_log add column fence bigint not null default 0;
alter table task_log drop constraint task_log_key;
alter table task_log add constraint task_log_key primary key (task_run_id, fence, byte_offset);

create table task_log_size (
  task_run_id uuid primary key,
  bytes bigint not null,
  chunks int not null,
  -- Something was left out, and a line that says so is stored.
  is_full boolean not null default false
) with (fillfactor = 70);
insert into task_log_size (task_run_id, bytes, chunks)
select task_run_id, sum(length(chunk)), count(*) from task_log group by task_run_id;

-- What an agent says it holds: items of a claim that it has not named since then are not worked on any more.
alter table agent_queue add column missed_at timestamptz;
`,
);
