import { Ledger1763900000001 } from './0001-ledger';
import { Runs1763900000002 } from './0002-runs';
import { Agents1763900000005 } from './0005-agents';

/** In the order in which they run. A migration that has landed is never edited. */
export const migrations = [Ledger1763900000001, Runs1763900000002, Agents1763900000005];
