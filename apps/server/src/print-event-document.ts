import { eventDocument } from '#libs/events';
import { eventCatalogue } from './event-catalogue';

process.stdout.write(`# Events

\`npm run docs:events\` writes this page from the schemas that the tests check every event with. [The ledger](ledger.md) says how events are stored
and chained. Each event of the ledger has a \`type\`, a \`schema_version\` and \`data\`: an object with exactly these fields. "optional" = the field may be
absent; times are milliseconds since the epoch. An older version stays as it was written; readers convert it. In a text, a part that begins with
U+E000 and \`sealed:\` and ends with U+E001 is a sealed secret.

${eventDocument(eventCatalogue)}`);
