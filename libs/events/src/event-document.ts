import { z } from 'zod';
import type { EventCatalogue } from './event-catalogue';
import type { EventSchema } from './event-schema';
import { json, jsonObject, labels, typeNames } from './fields';
import { eventMetadata } from './metadata';

/** The catalogue as a document: streams, their events, and the types that several events share. */
export function eventDocument(catalogue: EventCatalogue): string {
  const writer = new Writer();
  writer.addObject('## Metadata', 'Every event has `metadata`: who did it, through what, and why.', eventMetadata);
  for (const { title, summary, events } of catalogue.streams) {
    writer.addStream(title, summary);
    for (const [type, schema] of Object.entries(events)) writer.addEvent(type, catalogue.newest(type), schema);
  }
  writer.addTypes();
  return `${writer.parts.join('\n\n')}\n`;
}

class Writer {
  readonly parts: string[] = [];
  private readonly shared = new Map<string, z.ZodType>();

  private add(...parts: readonly string[]): void {
    this.parts.push(...parts);
  }

  addStream(title: string, summary: string): void {
    this.add(`## ${title}`, summary);
  }

  addObject(title: string, summary: string, schema: z.ZodType): void {
    this.add(title, summary, this.table(schema));
  }

  addEvent(type: string, version: number, { summary, data, stored = data, earlier = [] }: EventSchema): void {
    this.addObject(`### ${type}`, version === 1 ? summary : `${summary} Version ${version}.`, stored);
    earlier.forEach((schema, index) => this.add(this.differences(index + 1, schema, stored)));
  }

  /** The types that were named so far, with those that they name themselves. */
  addTypes(): void {
    this.add('## Types');
    for (const done = new Set<string>(); ;) {
      const next = [...this.shared]
        .filter(([name]) => !done.has(name))
        .sort(([one], [other]) => (one < other ? -1 : 1));
      const [first] = next;
      if (!first) return;
      const [name, schema] = first;
      done.add(name);
      const summary = typeNames.get(schema)?.summary;
      this.add(`### ${name}`, ...(summary === undefined ? [] : [summary]));
      this.add(schema instanceof z.ZodObject ? this.table(schema) : this.alternatives(schema));
    }
  }

  private table(schema: z.ZodType): string {
    const fields = Object.entries(fieldsOf(schema));
    const rows = fields.map(([name, field]) => {
      const isOptional = field instanceof z.ZodExactOptional || field instanceof z.ZodOptional;
      return `| \`${name}\` | ${this.typeOf(field)}${isOptional ? ', optional' : ''} | ${descriptionOf(field)} |`;
    });
    return ['| field | type | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  }

  private alternatives(schema: z.ZodType): string {
    if (!(schema instanceof z.ZodUnion)) return this.inner(schema);
    return (schema.options as z.ZodType[])
      .map((option) => {
        const fields = Object.entries(fieldsOf(option));
        return `- ${fields.map(([name, field]) => `\`${name}\`: ${this.typeOf(field)}`).join(', ')}`;
      })
      .join('\n');
  }

  private differences(version: number, before: z.ZodType, after: z.ZodType): string {
    const [was, is] = [fieldsOf(before), fieldsOf(after)];
    const lost = Object.keys(is).filter((name) => !(name in was));
    const had = Object.keys(was).filter((name) => !(name in is));
    const names = (given: readonly string[]) => given.map((name) => `\`${name}\``).join(', ') || 'nothing';
    const meanings = had.map((name) => `\`${name}\`: ${descriptionOf(was[name] as z.ZodType)}`);
    return `Version ${version} had ${names(had)} in place of ${names(lost)}. ${meanings.map(sentence).join(' ')}`.trim();
  }

  private typeOf(schema: z.ZodType): string {
    const name = typeNames.get(schema)?.name;
    if (name === undefined) return this.inner(schema);
    this.shared.set(name, schema);
    return `[${name}](#${name.toLowerCase()})`;
  }

  private inner(schema: z.ZodType): string {
    if (isLike(schema, json)) return 'any JSON';
    if (isLike(schema, jsonObject)) return 'object of any JSON';
    if (isLike(schema, labels)) return 'object of texts';
    if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional)
      return this.typeOf(schema.unwrap() as z.ZodType);
    if (schema instanceof z.ZodNullable) return `${this.typeOf(schema.unwrap() as z.ZodType)} or null`;
    if (schema instanceof z.ZodArray) return `list of ${this.typeOf(schema.element as z.ZodType)}`;
    if (schema instanceof z.ZodRecord) return `object of ${this.typeOf(schema.valueType as z.ZodType)}`;
    if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${String(option)}\``).join(', ');
    if (schema instanceof z.ZodLiteral)
      return [...schema.values].map((value) => `\`${JSON.stringify(value)}\``).join(', ');
    if (schema instanceof z.ZodUnion)
      return (schema.options as z.ZodType[]).map((each) => this.typeOf(each)).join(' or ');
    if (schema instanceof z.ZodObject) {
      const fields = Object.entries(fieldsOf(schema));
      return `{ ${fields.map(([name, field]) => `\`${name}\`: ${this.typeOf(field)}`).join(', ')} }`;
    }
    const type = kinds[schema.type];
    if (type === undefined)
      throw new Error(`The document of events cannot describe a schema of the kind ${schema.type}`);
    return type;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  unknown: 'any value',
};

/** Whether it is the schema, or the schema with a description. */
function isLike(schema: z.ZodType, other: z.ZodType): boolean {
  return schema === other || schema._zod.parent === other;
}

function fieldsOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  if (!(schema instanceof z.ZodObject)) throw new Error('The data of an event are an object');
  return schema.shape;
}

/** Of the field itself, or of the value that it may have. */
export function descriptionOf(schema: z.ZodType): string {
  if (schema.description !== undefined) return schema.description;
  const isWrapped =
    schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable;
  return isWrapped ? descriptionOf(schema.unwrap() as z.ZodType) : '';
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`;
}
