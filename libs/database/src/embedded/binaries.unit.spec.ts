import { prepareBinaries } from './binaries';
import { EmbeddedPostgresError } from './embedded-postgres-error';

describe('the programs of the embedded PostgreSQL', () => {
  it('name what to set where no folder can hold and run them', () => {
    const prepare = () => prepareBinaries(null, ['/dev/null']);
    expect(prepare).toThrow(EmbeddedPostgresError);
    expect(prepare).toThrow(/none of \/dev\/null can hold and run its programs. Set TMPDIR .* or DATABASE_URL/);
  });
});
