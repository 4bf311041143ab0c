import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Inbound } from './application/inbound';
import { ScheduleFiring } from './application/schedule-firing';
import { CreateOneOffScheduleHandler } from './application/create-one-off-schedule.handler';
import { DeleteScheduleHandler } from './application/delete-schedule.handler';
import { FindScheduleNamesHandler } from './application/find-schedule-names.handler';
import { GetScheduleHandler } from './application/get-schedule.handler';
import { ListCalendarsHandler } from './application/list-calendars.handler';
import { ListSchedulesHandler } from './application/list-schedules.handler';
import { SaveScheduleHandler } from './application/save-schedule.handler';
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
    FindScheduleNamesHandler,
    CreateOneOffScheduleHandler,
  ],
  exports: [TriggersWorker],
})
export class TriggersModule {}
