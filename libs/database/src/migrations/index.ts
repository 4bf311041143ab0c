import { Ledger1763900000001 } from './0001-ledger';
import { Runs1763900000002 } from './0002-runs';
import { Access1763900000003 } from './0003-access';
import { Workflows1763900000004 } from './0004-workflows';
import { Agents1763900000005 } from './0005-agents';
import { Timers1764000000006 } from './0006-timers';
import { Guards1764000000007 } from './0007-guards';
import { PeopleAndLocks1764000000008 } from './0008-people-and-locks';
import { TeamSettings1764000000009 } from './0009-team-settings';
import { Schedules1764000000010 } from './0010-schedules';
import { Catalogue1764000000011 } from './0011-catalogue';
import { Leases1764000000012 } from './0012-leases';
import { Reach1764200000013 } from './0013-reach';
import { TaskLogs1764300000014 } from './0014-task-logs';
import { Names1764300000016 } from './0016-names';
import { FormerNames1764400000017 } from './0017-former-names';
import { LeanAppend1764600000018 } from './0018-lean-append';
import { Plans1764600000019 } from './0019-plans';
import { TypedViews1764600000020 } from './0020-typed-views';
import { RunStatus1764700000021 } from './0021-run-status';
import { Transparency1764700000022 } from './0022-transparency';
import { MetadataOnce1764700000023 } from './0023-metadata-once';
import { Audit1764700000026 } from './0026-audit';
import { Archives1764800000029 } from './0029-archives';
import { ServiceRole1764800000032 } from './0032-service-role';
import { AuditWays1764800000035 } from './0035-audit-ways';
import { Erasure1764800000040 } from './0040-erasure';
import { AgentVersion1764800000042 } from './0042-agent-version';
import { ArchiveInSteps1764800000043 } from './0043-archive-in-steps';
import { Labels1764800000044 } from './0044-labels';
import { DayCounters1764800000046 } from './0046-day-counters';
import { Bulk1764800000049 } from './0049-bulk';
import { SavedViews1764800000050 } from './0050-saved-views';
import { InsightsIndex1764800000051 } from './0051-insights-index';
import { Insights1764800000047 } from './0047-insights';
import { Search1764800000048 } from './0048-search';

/** In the order in which they run. Never edit a migration that is on the main branch. */
export const migrations = [
  Ledger1763900000001,
  Runs1763900000002,
  Access1763900000003,
  Workflows1763900000004,
  Agents1763900000005,
  Timers1764000000006,
  Guards1764000000007,
  PeopleAndLocks1764000000008,
  TeamSettings1764000000009,
  Schedules1764000000010,
  Catalogue1764000000011,
  Leases1764000000012,
  Reach1764200000013,
  TaskLogs1764300000014,
  Names1764300000016,
  FormerNames1764400000017,
  LeanAppend1764600000018,
  Plans1764600000019,
  TypedViews1764600000020,
  RunStatus1764700000021,
  Transparency1764700000022,
  MetadataOnce1764700000023,
  Audit1764700000026,
  Archives1764800000029,
  ServiceRole1764800000032,
  AuditWays1764800000035,
  Erasure1764800000040,
  AgentVersion1764800000042,
  ArchiveInSteps1764800000043,
  Labels1764800000044,
  DayCounters1764800000046,
  Bulk1764800000049,
  SavedViews1764800000050,
  Insights1764800000047,
  Search1764800000048,
  InsightsIndex1764800000051,
];
