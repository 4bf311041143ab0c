import { newId, RefusedError } from '#libs/kernel';
import { CommandProcessor } from '#libs/ledger';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { Pool } from 'pg';
import { workflowCategory } from './workflow-category';

describe('the names of workflows', () => {
  let database: TestDatabase;
  let pool: Pool;
  const failures: unknown[] = [];
  const teamId = newId();
  beforeAll(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const create = (processor: CommandProcessor, name: string, maxWorkflowCount = 0) => {
    const id = newId();
    const summary = { id, teamId, name, displayName: name, status: 'active' as const, labels: {}, creationDate: 1 };
    const revision = { id: newId(), definition: { name }, runnable: {} };
    const command = { type: 'CreateWorkflow' as const, summary, revision, maxWorkflowCount };
    return processor.execute(workflowCategory, { streamId: id, command, metadata: { actor: 'spec' } }).then(
      () => name,
      (error: unknown) => (error instanceof RefusedError ? error.reason : error),
    );
  };

  it('that are taken are refused without failing the batch', async () => {
    const processor = new CommandProcessor(pool, { onFailure: (failure) => failures.push(failure) });
    expect(await create(processor, 'taken')).toBe('taken');
    const names = [...Array.from({ length: 40 }, (_, index) => `w-${index}`), 'taken', 'twice', 'twice'];
    const answers = await Promise.all(names.map((name) => create(processor, name)));
    const taken = 'WORKFLOW_NON_UNIQUE_NAME';
    expect(answers).toEqual([...names.slice(0, 40), taken, 'twice', taken]);
    // If the database refuses a batch, the processor sends its commands one at a time.
    expect(failures).toEqual([]);
    await processor.close();
  });

  it('are kept apart by two processes, and within a quota', async () => {
    const processors = [new CommandProcessor(pool), new CommandProcessor(pool)];
    const answers = await Promise.all(processors.map((processor) => create(processor, 'raced', 1000)));
    expect(answers.sort()).toEqual(['WORKFLOW_NON_UNIQUE_NAME', 'raced']);
    await Promise.all(processors.map((each) => each.close()));
  });
});
