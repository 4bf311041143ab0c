import { Access, CurrentTeamReach } from '#libs/access';
import type { ReachInTeam, WorkflowRunProof } from '#libs/contracts';
import { ApiAnswer, ApiFaults, ApiPathName, ApiTeam, ApiTextAnswer, KeepsSealed, optionalIntParam } from '#libs/http';
import { Controller, Get, Param, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { GetRunProof } from '../application/get-run-proof.handler';
import { proofFileOf } from '../application/proof-file-of';

const unreachable = { unreachable: 'WORKFLOWRUN_INVALID_REFERENCE' } as const;

@ApiTags('Trail')
@ApiTeam()
@Controller('api/v2/team/:team/workflowrun')
export class RunProofController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':workflowRunId/proof')
  @KeepsSealed()
  @Access('workflowrun/read', unreachable)
  @ApiOperation({
    operationId: 'getWorkflowRunProof',
    summary: 'The events of a WorkflowRun, with what proves offline that the ledger has them: see docs/verify.md.',
  })
  @ApiPathName('workflowRunId', 'ID of WorkflowRun')
  @ApiAnswer('WorkflowRunProof')
  @ApiFaults(404, 410)
  proof(@CurrentTeamReach() reach: ReachInTeam, @Param('workflowRunId') runId: string): Promise<WorkflowRunProof> {
    return this.queries.execute(new GetRunProof(reach, runId));
  }

  @Get(':workflowRunId/proof/:version')
  @Access('workflowrun/read', unreachable)
  @ApiOperation({
    operationId: 'getWorkflowRunProofFile',
    summary: 'What proves that the ledger has one event of a WorkflowRun: a C2SP tlog-proof, with the entry in extra.',
  })
  @ApiPathName('workflowRunId', 'ID of WorkflowRun')
  @ApiPathName('version', 'Version of the event in the run, from 1', '1')
  @ApiTextAnswer('A tlog-proof')
  @ApiFaults(404, 410)
  async file(
    @CurrentTeamReach() reach: ReachInTeam,
    @Param('workflowRunId') runId: string,
    @Param('version') text: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const version = optionalIntParam({ version: text }, 'version', { min: 1, max: 2 ** 31 - 1 });
    const proof = await this.queries.execute(new GetRunProof(reach, runId, version));
    void reply.type('text/plain; charset=utf-8');
    return proofFileOf(proof);
  }
}
