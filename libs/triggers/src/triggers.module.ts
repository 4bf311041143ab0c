import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Inbound } from './application/inbound';
import { ScheduleFiring } from './application/schedule-firing';
import {
  CreateOneOffScheduleHandler,
  DeleteScheduleHandler,
  GetScheduleHandler,
  ListCalendarsHandler,
  ListSchedulesHandler,
  SaveScheduleHandler,
} from './application/schedule.handlers';
import { TriggersWorker } from './application/triggers-worker';
import { InboundController } from './http/inbound.controller';
import { ScheduleController } from './http/schedule.controller';
import { ScheduleStore } from './read/schedule-store';
import { ScheduledWorkflows } from './read/scheduled-workflows';

@Module({
  imports: [CqrsModule],
  controllers: [ScheduleController, InboundController],
  providers: [
    ScheduleStore,
    ScheduledWorkflows,
    ScheduleFiring,
    TriggersWorker,
    Inbound,
    SaveScheduleHandler,
    DeleteScheduleHandler,
    GetScheduleHandler,
    ListSchedulesHandler,
    ListCalendarsHandler,
    CreateOneOffScheduleHandler,
  ],
  exports: [TriggersWorker],
})
export class TriggersModule {}
