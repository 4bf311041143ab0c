import { CommandHandler } from '#libs/bus';
import type { ReachInTeam, SavedViewBody, SavedViewRequest } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, RefusedError } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { SavedViewStore } from '../read/saved-view-store';
import { settingsOf, toSavedViewBody } from './saved-view-body';
import { ownerFor, streamOf } from './saved-view-owner';
import { savedViewsCategory } from './saved-views-category';

/** Changes a view of the sender, or of the team. */
export class UpdateSavedView extends Command<SavedViewBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly person: string | null,
    readonly id: string,
    readonly request: SavedViewRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(UpdateSavedView)
export class UpdateSavedViewHandler implements ICommandHandler<UpdateSavedView> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: SavedViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, person, id, request, context }: UpdateSavedView): Promise<SavedViewBody> {
    const { shared } = await this.store.find(reach, person, id);
    if (request.shared !== undefined && request.shared !== shared) {
      throw new RefusedError('BAD_REQUEST', 'Field shared cannot change: save another view, and delete this one.');
    }
    const settings = settingsOf(request);
    const streamId = streamOf(ownerFor(reach, person, shared));
    const command = { type: 'UpdateSavedView' as const, now: this.clock.now(), id, settings };
    return executeFor(this.processor, savedViewsCategory, context, { streamId, command }, () =>
      toSavedViewBody({ id, ...settings }, shared),
    );
  }
}
