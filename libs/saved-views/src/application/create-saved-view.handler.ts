import { CommandHandler } from '#libs/bus';
import { maxSavedViews, type ReachInTeam, type SavedViewBody, type SavedViewRequest } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext, newId } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { settingsOf, toSavedViewBody } from './saved-view-body';
import { ownerFor, streamOf } from './saved-view-owner';
import { savedViewsCategory } from './saved-views-category';

/** Saves a view. `person`: the sender; null: the token belongs to nobody. */
export class CreateSavedView extends Command<SavedViewBody> {
  constructor(
    readonly reach: ReachInTeam,
    readonly person: string | null,
    readonly request: SavedViewRequest,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(CreateSavedView)
export class CreateSavedViewHandler implements ICommandHandler<CreateSavedView> {
  constructor(
    private readonly processor: CommandProcessor,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, person, request, context }: CreateSavedView): Promise<SavedViewBody> {
    const { shared = false } = request;
    const owner = ownerFor(reach, person, shared);
    const now = this.clock.now();
    const [id, settings] = [newId(now), settingsOf(request)];
    const command = { type: 'CreateSavedView' as const, now, id, ...owner, settings, most: maxSavedViews };
    return executeFor(this.processor, savedViewsCategory, context, { streamId: streamOf(owner), command }, () =>
      toSavedViewBody({ id, ...settings }, shared),
    );
  }
}
