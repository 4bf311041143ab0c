import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AcknowledgeStopHandler } from './application/acknowledge-stop.handler';
import { AgentsWorker } from './application/agents-worker';
import { Dispatcher } from './application/dispatcher';
import { FindAgentItemsHandler } from './application/find-agent-items.handler';
import { FindAgentNamesHandler } from './application/find-agent-names.handler';
import { FindLivingAgentsHandler } from './application/find-living-agents.handler';
import { ForgottenItems } from './application/forgotten-items';
import { Leases } from './application/leases';
import { Registration } from './application/registration';
import { ReportTaskRunsHandler } from './application/report-task-runs.handler';
import { LogReaders } from './application/log-readers';
import { TaskLog } from './application/task-log';
import { AgentReportsController } from './http/agent-reports.controller';
import { AgentController } from './http/agent.controller';
import { TaskLogController } from './http/task-log.controller';
import { AgentStore } from './application/agent-store';
import { ListAgentsHandler } from './application/list-agents.handler';
import { ListQueueHandler } from './application/list-queue.handler';
import { OverviewStore } from './application/overview-store';
import { ServingAgents } from './application/serving-agents';
import { OverviewController } from './http/overview.controller';
import { LeaseStore } from './application/lease-store';
import { QueueStore } from './application/queue-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [AgentController, AgentReportsController, OverviewController, TaskLogController],
  providers: [
    AcknowledgeStopHandler,
    FindAgentItemsHandler,
    FindAgentNamesHandler,
    FindLivingAgentsHandler,
    ListAgentsHandler,
    ListQueueHandler,
    OverviewStore,
    ServingAgents,
    AgentStore,
    TaskLog,
    LogReaders,
    QueueStore,
    LeaseStore,
    Dispatcher,
    Leases,
    ForgottenItems,
    Registration,
    ReportTaskRunsHandler,
    AgentsWorker,
  ],
  exports: [AgentsWorker, Dispatcher],
})
export class AgentsModule {}
