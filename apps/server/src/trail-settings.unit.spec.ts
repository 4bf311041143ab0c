import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '#libs/config';
import { signingOf } from './trail-settings';

describe('the settings of the trail', () => {
  let folder: string;
  let said: string[];
  const sign = (settings: Record<string, string> = {}) =>
    signingOf(parseConfig(settings, []), join(folder, 'data'), (text) => void said.push(text));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runledger-settings-'));
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('make a key once, that nobody else can read, and say what verifiers need', () => {
    const first = sign();
    const file = join(folder, 'data/trail-key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said).toEqual([expect.stringContaining(`Verifiers need this: ${first?.key.verifier.text ?? 'none'}`)]);
    expect(said[0]).not.toContain(readFileSync(file, 'utf8').trim());
    expect(first?.key.verifier.name).toMatch(/^runledger\.local\/[0-9a-f]{12}$/);
    expect(sign()?.key.text).toBe(first?.key.text);
    expect(sign()?.isNamed).toBe(false);
    expect(said).toHaveLength(1);
  });

  it('take a key, a name, a folder and a policy', () => {
    const named = sign({ RUNLEDGER_TRAIL_ORIGIN: 'ledger.example/prod' });
    expect(named).toMatchObject({ isNamed: true, key: { verifier: { name: 'ledger.example/prod' } } });
    rmSync(join(folder, 'data/trail-key'));
    writeFileSync(join(folder, 'policy'), 'quorum none\n');
    const given = sign({
      RUNLEDGER_TRAIL_KEY: named?.key.text ?? '',
      RUNLEDGER_TRAIL_FOLDER: join(folder, 'public'),
      RUNLEDGER_TRAIL_POLICY: join(folder, 'policy'),
    });
    expect(given).toMatchObject({ isNamed: true, folder: join(folder, 'public'), policy: { witnesses: [] } });
    expect(given?.key.text).toBe(named?.key.text);
    expect(existsSync(join(folder, 'data/trail-key'))).toBe(false);
  });

  it('say what is wrong with them, and never repeat a key', () => {
    const key = sign()?.key.text ?? '';
    expect(() => sign({ RUNLEDGER_TRAIL_ORIGIN: 'other.example' })).toThrow(
      /RUNLEDGER_TRAIL_ORIGIN is other\.example, and the key of the trail is that of runledger\.local/,
    );
    const wrong = key.replace(/\+[0-9a-f]{8}\+/, '+00000000+');
    expect(() => sign({ RUNLEDGER_TRAIL_KEY: wrong })).toThrow(
      'RUNLEDGER_TRAIL_KEY has an id that does not fit its name and key',
    );
    writeFileSync(join(folder, 'data/trail-key'), 'nonsense');
    expect(() => sign()).toThrow(/data\/trail-key must be PRIVATE\+KEY\+<name>/);
    expect(() => sign({ RUNLEDGER_TRAIL_POLICY: join(folder, 'none') })).toThrow(
      /RUNLEDGER_TRAIL_POLICY names .*none: ENOENT/,
    );
    writeFileSync(join(folder, 'policy'), 'witness w x\nquorum w\n');
    expect(() => sign({ RUNLEDGER_TRAIL_POLICY: join(folder, 'policy') })).toThrow(
      'Line 1 of the policy must have the key of a witness.',
    );
  });

  it('leave the trail unsigned where nothing can be kept', () => {
    writeFileSync(join(folder, 'data'), '');
    expect(sign()).toBeNull();
    expect(said).toEqual([expect.stringMatching(/^The trail is not signed: /)]);
  });
});
