import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from './errors';

it('docs/errors.md lists every error as it is', () => {
  const text = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| (\w+) \| (\d+) \|/gm)].map(([, code, reason, status]) => [
    reason,
    Number(code),
    Number(status),
  ]);
  expect(rows).toEqual(Object.entries(faults).map(([reason, { code, status }]) => [reason, code, status]));
});
