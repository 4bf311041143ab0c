// The doors between rooms: handlers of commands and queries, each of which says what its sender may touch.
// It must not know what any message is about.
import type { Reach } from '#libs/contracts';
import { CommandHandler as NestCommandHandler, QueryHandler as NestQueryHandler } from '@nestjs/cqrs';

/** A class of messages. One without a reach has no handler: the compiler refuses it. */
type MessageClass = abstract new (...args: never[]) => { readonly reach: Reach };

export function CommandHandler(command: MessageClass): ClassDecorator {
  return NestCommandHandler(command);
}

export function QueryHandler(query: MessageClass): ClassDecorator {
  return NestQueryHandler(query);
}
