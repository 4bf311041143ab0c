import { Access, CurrentPrincipal, CurrentReach, type Principal } from '#libs/access';
import type { Reach } from '#libs/contracts';
import {
  ApiFence,
  ApiNothing,
  ApiPathName,
  ApiTextAnswer,
  ApiWithoutReceipt,
  logChunkLimit,
  RequestBody,
} from '#libs/http';
import { isId, RefusedError } from '#libs/kernel';
import { SecretBox } from '#libs/secrets';
import { Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pool } from 'pg';
import { Readable } from 'node:stream';
import { TaskLog } from '../application/task-log';
import { unknownTask } from '../application/task-run.handlers';
import { holds } from '../domain';
import { findTask, type TaskOfRun } from '../read/load-run-states';
import { holderOf } from './holder';

@ApiTags('TaskRuns')
@Controller('api')
export class TaskLogController {
  constructor(
    private readonly log: TaskLog,
    private readonly box: SecretBox,
    private readonly pool: Pool,
  ) {}

  @Get('v2/taskrun/:taskRunId/log')
  @Access('taskrun/read')
  @ApiOperation({ operationId: 'streamTaskRunLog', summary: 'Retrieve a TaskRuns log from a specific WorkflowRun.' })
  @ApiPathName('taskRunId', 'Id of TaskRun')
  @ApiTextAnswer('The log')
  async read(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.find(taskRunId, reach);
    await reply.type('text/plain; charset=utf-8').send(Readable.from(this.chunks(taskRunId)));
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
  @ApiConsumes('text/plain')
  @ApiBody({ required: true, schema: { type: 'string' } })
  @ApiOperation({ operationId: 'appendTaskRunLog', summary: 'Append a chunk of output to a TaskRun log.' })
  async append(
    @Param('taskRunId') taskRunId: string,
    @CurrentReach() reach: Reach,
    @CurrentPrincipal() principal: Principal,
    @Req() request: FastifyRequest,
  ): Promise<void> {
    const { task } = await this.find(taskRunId, reach);
    if (!holds(task, holderOf(request, principal)))
      throw new RefusedError('TASKRUN_STALE_FENCE', 'The TaskRun is not held by this claim any more.');
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
    await this.log.append(taskRunId, Number(offset), chunk, this.box.secretsIn([task.params, task.spec]));
  }

  private async *chunks(taskRunId: string): AsyncGenerator<Buffer> {
    let after = -1;
    for (;;) {
      const chunks = await this.log.read(taskRunId, after);
      for (const { chunk } of chunks) yield chunk;
      const last = chunks.at(-1);
      if (!last) return;
      after = last.offset;
    }
  }

  private async find(taskRunId: string, reach: Reach): Promise<TaskOfRun> {
    const found = isId(taskRunId) ? await findTask(this.pool, reach, taskRunId) : null;
    if (!found) throw unknownTask();
    return found;
  }
}
