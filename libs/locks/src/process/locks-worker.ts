import type { Timers } from '#libs/ledger';
import { Injectable } from '@nestjs/common';
import { Locks } from '../application/locks';

/** What a process with the role `worker` does for locks: tells whoever has been granted one. */
@Injectable()
export class LocksWorker {
  constructor(private readonly locks: Locks) {}

  register(timers: Timers): void {
    timers.on('lock-grant', ({ streamId }) => this.locks.protocol.granted(streamId));
  }
}
