import { Access, commandContext, CurrentReach } from '#libs/access';
import type { AuditPageBody, Reach } from '#libs/contracts';
import {
  ApiAnswer,
  ApiDates,
  ApiListFilter,
  ApiReason,
  ApiTeam,
  ApiTextAnswer,
  choiceParam,
  enumListParam,
  intParam,
  listParam,
  optionalIntParam,
  orderParam,
  type RawQuery,
  textParam,
  timeParam,
} from '#libs/http';
import { actionNames, isId, RefusedError, objectKinds } from '#libs/kernel';
import { applyDecorators, Controller, Get, Query, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ExportAudit, exportFormats } from '../application/export-audit.handler';
import { SearchAudit } from '../application/search-audit.handler';
import { VerifyLedger } from '../application/verify-ledger.handler';
import { actorPrefixes } from '../domain';
import type { AuditFilters } from '../read/audit-store';
import { linesOf, mediaTypes } from './export-formats';

const outcomes = ['success', 'refused'] as const;
/** Entries of one page at most. */
const maxLimit = 500;

function ApiAuditFilters() {
  const text = (name: string, description: string) =>
    ApiQuery({ name, required: false, schema: { type: 'string' }, description });
  return applyDecorators(
    ApiListFilter(
      'actors',
      'Who: user:<id>, token:<id>, agent:<id>, run:<id>, schedule:<id>, system:<part> or anonymous.',
      ['user:ada'],
    ),
    ApiListFilter('actions', "What was asked for, as an entry's `action` has it.", ['CancelRun'], actionNames),
    text('object', 'The id of a run, workflow, schedule, task, team, token or lock.'),
    ApiListFilter('kinds', 'Kinds of objects.', ['workflowrun', 'token'], objectKinds),
    ApiQuery({ name: 'outcome', required: false, enum: outcomes, description: 'Changes, or refused attempts.' }),
    text('reason', 'A part of the reason; upper and lower case are alike.'),
    ApiDates(),
  );
}

const ApiPages = () =>
  applyDecorators(
    ApiQuery({
      name: 'limit',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: maxLimit, default: 50 },
      description: 'Entries of the page.',
    }),
    ApiQuery({
      name: 'cursor',
      required: false,
      schema: { type: 'string' },
      description: '`next` of the page before.',
    }),
    ApiQuery({
      name: 'order',
      required: false,
      enum: ['ASC', 'DESC'],
      description: 'DESC, the default: newest first.',
    }),
  );

const ApiFormat = () =>
  ApiQuery({
    name: 'format',
    required: false,
    enum: exportFormats,
    description: 'jsonl, the default: an entry as JSON on each line; csv; ocsf: JSON lines of OCSF API Activity.',
  });

/** Who did what, when, from where and why: every change, and every refused attempt. `docs/audit.md` is the specification. */
@ApiTags('Audit')
@Controller('api/v2')
export class AuditController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get('audit')
  @Access('audit/read')
  @ApiAnswer('AuditPage')
  @ApiAuditFilters()
  @ApiPages()
  @ApiOperation({ operationId: 'searchAudit', summary: 'Search the audit trail of every team in reach' })
  search(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<AuditPageBody> {
    return this.page(reach, query);
  }

  @Get('audit/export')
  @Access('audit/read', { acts: true })
  @ApiTextAnswer('The entries, oldest first')
  @ApiAuditFilters()
  @ApiFormat()
  @ApiReason()
  @ApiOperation({ operationId: 'exportAudit', summary: 'Export the audit trail of every team in reach' })
  export(
    @CurrentReach() reach: Reach,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(reach, query, request, reply);
  }

  @Get('audit/verify')
  @Access('audit/read', { acts: true, installation: 'only a global token can verify the ledger of all teams.' })
  @ApiTextAnswer('Lines of JSON: {position, last} while it goes on; the last line has `intact`')
  @ApiReason()
  @ApiOperation({ operationId: 'verifyLedger', summary: 'Recompute the whole chain of the ledger' })
  async verify(
    @CurrentReach() reach: Reach,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const steps = await this.commands.execute(new VerifyLedger(reach, commandContext(request)));
    void reply.type(mediaTypes.jsonl).send(Readable.from(jsonLines(steps)));
  }

  @Get('team/:team/audit')
  @ApiTeam()
  @Access('audit/read')
  @ApiAnswer('AuditPage')
  @ApiAuditFilters()
  @ApiPages()
  @ApiOperation({ operationId: 'searchTeamAudit', summary: "Search a team's audit trail" })
  searchTeam(@CurrentReach() reach: Reach, @Query() query: RawQuery): Promise<AuditPageBody> {
    return this.page(reach, query);
  }

  @Get('team/:team/audit/export')
  @ApiTeam()
  @Access('audit/read', { acts: true })
  @ApiTextAnswer('The entries, oldest first')
  @ApiAuditFilters()
  @ApiFormat()
  @ApiReason()
  @ApiOperation({ operationId: 'exportTeamAudit', summary: "Export a team's audit trail" })
  exportTeam(
    @CurrentReach() reach: Reach,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(reach, query, request, reply);
  }

  private page(reach: Reach, query: RawQuery): Promise<AuditPageBody> {
    const cursor = optionalIntParam(query, 'cursor', { min: 0, max: Number.MAX_SAFE_INTEGER });
    const page = {
      order: orderParam(query, 'order', 'DESC'),
      limit: intParam(query, 'limit', { min: 1, max: maxLimit, default: 50 }),
      ...(cursor !== undefined && { cursor }),
    };
    return this.queries.execute(new SearchAudit(reach, filtersOf(query), page));
  }

  private async send(reach: Reach, query: RawQuery, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const format = choiceParam(query, 'format', exportFormats) ?? 'jsonl';
    const entries = await this.commands.execute(
      new ExportAudit(reach, filtersOf(query), format, commandContext(request)),
    );
    const name = format === 'csv' ? 'audit.csv' : 'audit.jsonl';
    void reply
      .type(mediaTypes[format])
      .header('Content-Disposition', `attachment; filename="${name}"`)
      .send(Readable.from(linesOf(entries, format)));
  }
}

/** An id alone may be that of any kind of actor. */
function actorsNamed(actor: string): string[] {
  if (actor === 'anonymous') return [actor];
  const at = actor.indexOf(':');
  if (at < 0) return actorPrefixes.map((kind) => `${kind}:${actor}`);
  if (actorPrefixes.some((kind) => kind === actor.slice(0, at))) return [actor];
  throw invalidFilter(
    `Parameter actors: ${JSON.stringify(actor)} must be an id, anonymous, or <kind>:<id> with a kind of ${actorPrefixes.join(', ')}.`,
  );
}

function invalidFilter(why: string): RefusedError {
  return new RefusedError('QUERY_INVALID_FILTERS', `Invalid query filters have been provided. ${why}`);
}

async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}

function filtersOf(query: RawQuery): AuditFilters {
  const actors = listParam(query, 'actors');
  const actions = enumListParam(query, 'actions', actionNames);
  const object = textParam(query, 'object');
  const kinds = enumListParam(query, 'kinds', objectKinds);
  const fromDate = timeParam(query, 'fromDate');
  const toDate = timeParam(query, 'toDate');
  const outcome = choiceParam(query, 'outcome', outcomes);
  const reason = textParam(query, 'reason');
  if (object !== undefined && !isId(object)) throw invalidFilter('Parameter object must be an id.');
  return {
    ...(actors && { actors: actors.flatMap(actorsNamed) }),
    ...(actions && { actions }),
    ...(object !== undefined && { object }),
    ...(kinds && { kinds }),
    ...(fromDate !== undefined && { fromDate }),
    ...(toDate !== undefined && { toDate }),
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
  };
}
