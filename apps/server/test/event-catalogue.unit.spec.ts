import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { globalParametersCategory, teamCategory, tokenCategory } from '#libs/access';
import { catalogueCategory } from '#libs/catalogue';
import { descriptionOf, eventDocument } from '#libs/events';
import { lockCategory } from '#libs/locks';
import { createRunCategory, idOfTask, type PlannedTask } from '#libs/runs';
import { SecretBox } from '#libs/secrets';
import { scheduleCategory } from '#libs/triggers';
import { workflowCategory } from '#libs/workflows';
import type { Pool } from 'pg';
import { z } from 'zod';
import { eventCatalogue } from '../src/event-catalogue';
import { root } from './document';
import { secretKey } from './harness';

const runCategory = createRunCategory(60, new SecretBox({ current: secretKey }));

/** Every object in a schema. */
function objectsIn(schema: z.ZodType, found = new Set<z.ZodObject>()): Set<z.ZodObject> {
  const inner = (each: z.ZodType) => objectsIn(each, found);
  if (schema instanceof z.ZodObject) {
    if (!found.has(schema))
      Object.values(found.add(schema) && (schema.shape as Record<string, z.ZodType>)).forEach(inner);
  } else if (schema instanceof z.ZodArray) inner(schema.element as z.ZodType);
  else if (schema instanceof z.ZodRecord) inner(schema.valueType as z.ZodType);
  else if (schema instanceof z.ZodUnion) (schema.options as z.ZodType[]).forEach(inner);
  else if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodNullable) inner(schema.unwrap() as z.ZodType);
  return found;
}

const schemas = eventCatalogue.streams.flatMap(({ events }) =>
  Object.entries(events).flatMap(([type, { data, stored = data, earlier = [] }]) =>
    [...earlier, stored, data].map((schema) => [type, schema] as const),
  ),
);

describe('the catalogue of events', () => {
  it('has no object that takes unknown fields, but the declarations of params', () => {
    const open = schemas.flatMap(([type, schema]) =>
      [...objectsIn(schema)].flatMap((each) =>
        each.def.catchall instanceof z.ZodNever ? [] : [`${type}: ${Object.keys(each.shape).join()}`],
      ),
    );
    expect([...new Set(open)].sort()).toEqual(['GlobalParameterSet: name,type', 'TeamUpdated: name,type']);
  });

  it('says what each field of an event means', () => {
    const silent = schemas.flatMap(([type, schema]) =>
      Object.entries((schema as z.ZodObject).shape as Record<string, z.ZodType>).flatMap(([name, field]) =>
        descriptionOf(field) === '' ? [`${type}.${name}`] : [],
      ),
    );
    expect(silent).toEqual([]);
  });

  it('has the versions that the contexts write', () => {
    const categories = [
      ...[runCategory, workflowCategory, catalogueCategory, scheduleCategory, lockCategory],
      ...[teamCategory, tokenCategory, globalParametersCategory],
    ];
    for (const type of eventCatalogue.types) {
      const written = Math.max(...categories.map(({ upcasters }) => upcasters?.newest(type) ?? 1));
      expect([type, eventCatalogue.newest(type)]).toEqual([type, written]);
    }
  });

  it('fits a submission of the first version, and what upcasting makes of it', async () => {
    const runId = '01a210d2-4185-71d7-99d7-c37cc45ff000';
    const spec = { arguments: null, command: null, envs: null, image: null, script: 'true', workingDir: null };
    const planned: PlannedTask = {
      ...{ name: 'a', type: 'script', taskRef: null, taskVersion: null, timeout: 0, dependencies: [] },
      ...{ params: [{ name: 'p', value: '$(params.q)' }], results: [], labels: {}, annotations: {}, spec },
    };
    const data = {
      ...{ at: 1, runId, teamId: 't', teamName: 'team', trigger: 'manual', labels: {}, annotations: { note: [1] } },
      workflow: { id: 'w', revisionId: 'r', version: 1, name: 'w', displayName: 'W' },
      ...{ params: [], workspaces: [], timeout: 0, retries: 0, debug: false },
      tasks: [{ ...planned, id: idOfTask(runId, 0) }],
    };
    const first = { type: 'WorkflowRunSubmitted', schemaVersion: 1, data };
    const metadata = { commandId: 'c', actor: 'spec', action: 'Do' };
    expect(eventCatalogue.problemOfStored({ ...first, metadata })).toBeNull();
    expect(eventCatalogue.problemOfStored({ ...first, schemaVersion: 2, metadata })).toMatch(/plan/);
    const upcast = runCategory.upcasters?.apply(first) ?? first;
    expect(upcast.schemaVersion).toBe(eventCatalogue.newest(first.type));
    // It refers to no plan, so nothing is read.
    const opened = (await runCategory.stored.open({} as Pool, [upcast], [])).event(upcast);
    expect(opened && eventCatalogue.problemOf(opened)).toBeNull();
  });

  it('stands in docs/events.md', () => {
    const written = readFileSync(join(root, 'docs/events.md'), 'utf8');
    expect(written).toContain(eventDocument(eventCatalogue));
    const links = [...written.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    const anchors = new Set([...written.matchAll(/^#+ (\S+)$/gm)].map(([, title]) => title?.toLowerCase()));
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([]);
  });
});
