import { AccessModule } from '#libs/access';
import { ArchiveModule } from '#libs/archive';
import { AuditModule } from '#libs/audit';

import { AgentsModule, LEASE_SECONDS } from '#libs/agents';
import { BulkModule } from '#libs/bulk';
import { CatalogueModule } from '#libs/catalogue';
import { type Clock, CLOCK, systemClock } from '#libs/kernel';
import { CommandProcessor, WakeUps } from '#libs/ledger';
import { LocksModule } from '#libs/locks';
import { ErasureModule } from '#libs/erasure';
import { BackgroundPool } from '#libs/database';
import { HealthController, Metrics, MetricsController, Readiness } from '#libs/observability';
import { PeopleModule } from '#libs/people';
import { PersonalValues } from '#libs/personal';
import { createRunCategory, RUN_CATEGORY, RunsModule } from '#libs/runs';
import { SavedViewsModule } from '#libs/saved-views';
import { SecretBox } from '#libs/secrets';
import { Tracing } from '#libs/tracing';
import { TransparencyModule } from '#libs/transparency';
import { TriggersModule } from '#libs/triggers';
import { WorkflowsModule } from '#libs/workflows';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Pool } from 'pg';
import { DASHBOARD_SITE, type DashboardSite } from './dashboard/dashboard-site';
import { DashboardController } from './dashboard/dashboard.controller';

export interface Foundations {
  /** For requests. */
  readonly pool: Pool;
  readonly background: BackgroundPool;
  readonly processor: CommandProcessor;
  readonly wakeUps: WakeUps;
  readonly leaseSeconds: number;
  readonly secretBox: SecretBox;
  readonly personal: PersonalValues;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly clock?: Clock;
  /** null: the dashboard is not served. */
  readonly site: DashboardSite;
}

/** Available in every room. */
@Global()
@Module({})
class FoundationsModule {
  static with({
    pool,
    background,
    processor,
    wakeUps,
    leaseSeconds,
    secretBox,
    metrics,
    tracing,
    personal,
    clock = systemClock,
    site,
  }: Foundations): DynamicModule {
    const providers = [
      { provide: Pool, useValue: pool },
      { provide: BackgroundPool, useValue: background },
      { provide: CommandProcessor, useValue: processor },
      { provide: WakeUps, useValue: wakeUps },
      { provide: CLOCK, useValue: clock },
      { provide: LEASE_SECONDS, useValue: leaseSeconds },
      { provide: RUN_CATEGORY, useValue: createRunCategory(leaseSeconds, secretBox) },
      { provide: SecretBox, useValue: secretBox },
      { provide: DASHBOARD_SITE, useValue: site },
      { provide: PersonalValues, useValue: personal },
      { provide: Metrics, useValue: metrics },
      { provide: Tracing, useValue: tracing },
      Readiness,
    ];
    return { module: FoundationsModule, providers, exports: providers };
  }
}

/** Only wiring. */
@Module({})
export class ServerModule {
  static with(foundations: Foundations): DynamicModule {
    return {
      module: ServerModule,
      imports: [
        FoundationsModule.with(foundations),
        AccessModule,
        ArchiveModule,
        CatalogueModule,
        WorkflowsModule,
        RunsModule,
        PeopleModule,
        LocksModule,
        TriggersModule,
        AgentsModule,
        AuditModule,
        ErasureModule,
        BulkModule,
        SavedViewsModule,
        TransparencyModule,
      ],
      controllers: [HealthController, MetricsController, DashboardController],
    };
  }
}
