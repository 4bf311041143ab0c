import { CommandHandler } from '#libs/bus';
import type { ReachInTeam } from '#libs/contracts';
import { type Clock, CLOCK, type CommandContext } from '#libs/kernel';
import { CommandProcessor, executeFor } from '#libs/ledger';
import { Inject } from '@nestjs/common';
import { Command, type ICommandHandler } from '@nestjs/cqrs';
import { SavedViewStore } from '../read/saved-view-store';
import { ownerFor, streamOf } from './saved-view-owner';
import { savedViewsCategory } from './saved-views-category';

/** Deletes a view of the sender, or of the team. */
export class DeleteSavedView extends Command<Record<string, never>> {
  constructor(
    readonly reach: ReachInTeam,
    readonly person: string | null,
    readonly id: string,
    readonly context: CommandContext,
  ) {
    super();
  }
}

@CommandHandler(DeleteSavedView)
export class DeleteSavedViewHandler implements ICommandHandler<DeleteSavedView> {
  constructor(
    private readonly processor: CommandProcessor,
    private readonly store: SavedViewStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ reach, person, id, context }: DeleteSavedView): Promise<Record<string, never>> {
    const { shared } = await this.store.find(reach, person, id);
    const streamId = streamOf(ownerFor(reach, person, shared));
    const command = { type: 'DeleteSavedView' as const, now: this.clock.now(), id };
    return executeFor(this.processor, savedViewsCategory, context, { streamId, command }, () => ({}));
  }
}
