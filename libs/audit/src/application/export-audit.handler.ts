import { CommandHandler } from '#libs/bus';
import { type AuditEntryBody, type Reach, teamIdsOf } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, headPosition } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { Pool } from 'pg';
import type { AuditFilters } from '../read/audit-store';
import { attemptsCategory, attemptsIdOf } from './attempts-category';
import { AuditEntries } from './audit-entries';

export const exportFormats = ['jsonl', 'csv', 'ocsf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** All entries that fit, oldest first. The export itself is an event of the trail, committed before its first line. */
export class ExportAudit extends Command<AsyncIterable<AuditEntryBody>> {
  constructor(
    readonly reach: Reach,
    readonly filters: AuditFilters,
    readonly format: ExportFormat,
    readonly context: CommandContext,
  ) {
    super();
  }
}

const pageSize = 500;

@CommandHandler(ExportAudit)
export class ExportAuditHandler implements ICommandHandler<ExportAudit> {
  constructor(
    private readonly entries: AuditEntries,
    private readonly pool: Pool,
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, filters, format, context }: ExportAudit): Promise<AsyncIterable<AuditEntryBody>> {
    const now = this.clock.now();
    // Each team hears of it; a global token's export belongs to none.
    for (const teamId of teamIdsOf(reach) ?? [null]) {
      const command = { type: 'ExportTrail' as const, teamId, now, format, filters: { ...filters } };
      const { metadata } = context;
      await this.processor.execute(attemptsCategory, { streamId: attemptsIdOf(teamId), command, metadata });
    }
    // What comes while it is read is not in it: it ends.
    return this.read(reach, filters, await headPosition(this.pool));
  }

  private async *read(reach: Reach, filters: AuditFilters, end: number): AsyncGenerator<AuditEntryBody> {
    let cursor: number | undefined;
    do {
      const request = { order: 'ASC' as const, limit: pageSize, end, ...(cursor !== undefined && { cursor }) };
      const { entries, next } = await this.entries.page(reach, filters, request);
      yield* entries;
      cursor = next === undefined ? undefined : Number(next);
    } while (cursor !== undefined);
  }
}
