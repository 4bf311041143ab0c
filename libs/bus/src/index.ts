// Connects rooms: handlers of commands and queries. Every message says what its sender may access. The bus must not
// know what a message is about.
import type { Reach } from '#libs/contracts';
import { CommandHandler as NestCommandHandler, QueryHandler as NestQueryHandler } from '@nestjs/cqrs';

/** A class of messages. The compiler refuses a handler for a message without a reach. */
type MessageClass = abstract new (...args: never[]) => { readonly reach: Reach };

export function CommandHandler(command: MessageClass): ClassDecorator {
  return NestCommandHandler(command);
}

export function QueryHandler(query: MessageClass): ClassDecorator {
  return NestQueryHandler(query);
}
