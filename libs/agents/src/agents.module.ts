import { AccessModule } from '#libs/access';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AcknowledgeStopHandler } from './application/acknowledge-stop.handler';
import { AgentsWorker } from './application/agents-worker';
import { Dispatcher } from './application/dispatcher';
import { ForgottenItems } from './application/forgotten-items';
import { Leases } from './application/leases';
import { Registration } from './application/registration';
import { AgentController } from './http/agent.controller';
import { AgentStore } from './read/agent-store';
import { LeaseStore } from './read/lease-store';
import { QueueStore } from './read/queue-store';

@Module({
  imports: [CqrsModule, AccessModule],
  controllers: [AgentController],
  providers: [
    AcknowledgeStopHandler,
    AgentStore,
    QueueStore,
    LeaseStore,
    Dispatcher,
    Leases,
    ForgottenItems,
    Registration,
    AgentsWorker,
  ],
  exports: [AgentsWorker, Dispatcher],
})
export class AgentsModule {}
