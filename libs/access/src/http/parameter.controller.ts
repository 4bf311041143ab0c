import { type InstallationReach, paramSchema, type Reach, type WorkflowParamDefinition } from '#libs/contracts';
import { ApiAnswer, ApiDone, ApiListAnswer, ApiPathName, ApiRequest, CheckedBody } from '#libs/http';
import { Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ListGlobalParameters } from '../application/list-global-parameters.handler';
import { RemoveGlobalParameter } from '../application/remove-global-parameter.handler';
import { SetGlobalParameter } from '../application/set-global-parameter.handler';
import { Access, CurrentInstallation, CurrentReach } from './access.decorators';
import { commandContext } from './command-context';

const changed = { installation: 'only a global token can change global parameters.' } as const;

/** The params of the installation. Every run may refer to them; only global tokens change them. */
@ApiTags('Parameters')
@Controller('api/v2/parameters')
export class ParameterController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Access('parameter/read')
  @ApiListAnswer('AbstractParam')
  @ApiOperation({ operationId: 'listParameters', summary: 'Get all global Params' })
  list(@CurrentReach() reach: Reach): Promise<WorkflowParamDefinition[]> {
    return this.queries.execute(new ListGlobalParameters(reach));
  }

  @Post()
  @HttpCode(200)
  @Access('parameter/write', changed)
  @ApiOperation({ operationId: 'createParameter', summary: 'Create new global Param' })
  @ApiRequest('AbstractParam', true)
  @ApiAnswer('AbstractParam')
  create(
    @CheckedBody(paramSchema) body: WorkflowParamDefinition,
    @CurrentInstallation() reach: InstallationReach,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowParamDefinition> {
    return this.commands.execute(new SetGlobalParameter(reach, 'create', body, commandContext(request)));
  }

  @Put()
  @Access('parameter/write', changed)
  @ApiOperation({ operationId: 'updateParameter', summary: 'Update global Param' })
  @ApiRequest('AbstractParam', true)
  @ApiAnswer('AbstractParam')
  update(
    @CheckedBody(paramSchema) body: WorkflowParamDefinition,
    @CurrentInstallation() reach: InstallationReach,
    @Req() request: FastifyRequest,
  ): Promise<WorkflowParamDefinition> {
    return this.commands.execute(new SetGlobalParameter(reach, 'update', body, commandContext(request)));
  }

  @Delete(':name')
  @Access('parameter/delete', changed)
  @ApiDone()
  @ApiOperation({ operationId: 'deleteParameter', summary: 'Delete specific global Param' })
  @ApiPathName('name', 'Parameter name')
  async remove(
    @Param('name') name: string,
    @CurrentInstallation() reach: InstallationReach,
    @Req() request: FastifyRequest,
  ): Promise<Record<string, never>> {
    await this.commands.execute(new RemoveGlobalParameter(reach, name, commandContext(request)));
    return {};
  }
}
