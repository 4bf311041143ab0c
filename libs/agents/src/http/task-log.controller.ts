import { Access, CurrentPrincipal, CurrentReach, type Principal, TokenWatch } from '#libs/access';
import { FindTaskOutput, type Reach, type TaskOutput } from '#libs/contracts';
import {
  ApiFence,
  ApiNothing,
  ApiPathName,
  ApiTextAnswer,
  ApiWithoutReceipt,
  booleanParam,
  logChunkLimit,
  type RawQuery,
  RequestBody,
} from '#libs/http';
import { type Holder, RefusedError } from '#libs/kernel';
import { SecretBox } from '#libs/secrets';
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogReaders, type LogRequest } from '../application/log-readers';
import { TaskLog } from '../application/task-log';
import { holderOf } from './holder';

/** Milliseconds after the end of its token during which a client may still read the rest of a log. */
const cutAfter = 5000;

function untilOf(query: RawQuery): LogRequest['until'] {
  if (query['follow'] === undefined) return 'idle';
  return booleanParam(query, 'follow', true) ? 'end' : 'now';
}

@ApiTags('TaskRuns')
@Controller('api')
export class TaskLogController {
  constructor(
    private readonly log: TaskLog,
    private readonly readers: LogReaders,
    private readonly tokens: TokenWatch,
    private readonly box: SecretBox,
    private readonly queries: QueryBus,
  ) {}

  @Get('v2/taskrun/:taskRunId/log')
  @Access('taskrun/read')
  @ApiOperation({ operationId: 'streamTaskRunLog', summary: 'Retrieve a TaskRuns log from a specific WorkflowRun.' })
  @ApiPathName('taskRunId', 'Id of TaskRun')
  @ApiQuery({
    name: 'follow',
    required: false,
    schema: { type: 'boolean' },
    description:
      'true: follow until the task ends. false: only what is stored. Absent: like true if an agent has begun the task, else like false.',
  })
  @ApiTextAnswer('The log')
  async read(
    @Param('taskRunId') taskRunId: string,
    @Query() query: RawQuery,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { given } = await this.find(taskRunId, reach);
    const until = request.method === 'HEAD' ? 'now' : untilOf(query);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const token = await this.tokens.watch(principal);
    try {
      const stream = this.readers.read({
        taskRunId,
        until,
        secrets: this.box.secretsIn(given),
        signal: AbortSignal.any([gone.signal, token.signal]),
      });
      // A client that reads nothing must not keep data that its token may no longer see.
      const cut = (): void => void setTimeout(() => stream.destroy(), cutAfter).unref();
      token.signal.addEventListener('abort', cut);
      stream.once('close', () => {
        token.signal.removeEventListener('abort', cut);
        token.stop();
      });
      void reply.type('text/plain; charset=utf-8').send(stream);
      // The client learns at once that the log exists, even if there is no output yet.
      if (!reply.raw.writableEnded) reply.raw.flushHeaders();
    } catch (error) {
      token.stop();
      throw error;
    }
  }

  @Post('v1/taskrun/:taskRunId/log')
  @HttpCode(204)
  @Access('taskrun/action')
  @RequestBody({ limit: logChunkLimit, kinds: ['bytes'] })
  @ApiNothing('Kept')
  @ApiFence()
  @ApiWithoutReceipt()
  @ApiHeader({
    name: 'Runledger-Log-Offset',
    required: true,
    description: 'Where the chunk begins in the log of the claim, in bytes',
    schema: { type: 'integer', format: 'int64', minimum: 0 },
  })
  @ApiBody({ required: true, schema: { type: 'string' } })
  @ApiOperation({ operationId: 'appendTaskRunLog', summary: 'Append a chunk of output to a TaskRun log.' })
  async append(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { teamId, isHeld, fence, given } = await this.find(taskRunId, reach, holderOf(request, principal));
    if (!isHeld) {
      const message = 'The TaskRun is not held by this claim any more.';
      throw new RefusedError('TASKRUN_STALE_FENCE', message).within(teamId);
    }
    const chunk = Buffer.isBuffer(request.body) ? request.body : null;
    if (!chunk) {
      throw new RefusedError('BAD_REQUEST', `The body must be text/plain of at most ${logChunkLimit} bytes.`);
    }
    const offset = request.headers['runledger-log-offset'];
    if (typeof offset !== 'string' || !/^\d{1,10}$/.test(offset)) {
      throw new RefusedError(
        'BAD_REQUEST',
        'Header Runledger-Log-Offset must be the byte offset of the chunk in the log.',
      );
    }
    await this.log.append(taskRunId, fence, Number(offset), chunk, this.box.secretsIn(given));
  }

  private async find(taskRunId: string, reach: Reach, holder?: Holder): Promise<TaskOutput> {
    const query = new FindTaskOutput(reach, taskRunId, holder);
    const found = await this.queries.execute<FindTaskOutput, TaskOutput | null>(query);
    if (!found) throw new RefusedError('TASKRUN_INVALID_REFERENCE', 'Invalid TaskRun reference has been provided.');
    return found;
  }
}
