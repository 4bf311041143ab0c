import { RefusedError } from '#libs/kernel';
import { type ArgumentMetadata, Body, StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { describeIssues } from './describe-issues';
import { unknownFields } from './unknown-fields';

/**
 * The request's body, checked against a schema. Unknown fields are refused with the same code as unknown query
 * parameters, and never ignored. Only the body passes through the pipe: a global pipe would cost a promise for each
 * parameter of each route.
 */
export function CheckedBody(schema: z.ZodType): ParameterDecorator {
  return Body({ schema, pipes: [bodyPipe] });
}

class BodyPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new RefusedError('BAD_REQUEST', describeIssues(issues)) });
  }

  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    const { schema } = metadata;
    const unknown = schema instanceof z.ZodType ? unknownFields(schema, value) : [];
    if (unknown.length === 0) return await super.transform(value, metadata);
    const why = await super.transform(value, metadata).then(
      () => [],
      (error: unknown) => {
        if (error instanceof RefusedError) return [error.message];
        throw error;
      },
    );
    throw unknownFieldsIn([...unknown, ...why]);
  }
}

const bodyPipe = new BodyPipe();

/**
 * For bodies with a schema that depends on their content; other bodies are checked where they are declared.
 * @throws RefusedError naming every field: QUERY_INVALID_FILTERS if some are unknown, else BAD_REQUEST.
 */
export function parseWith<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const unknown = unknownFields(schema, body);
  const parsed = schema.safeParse(body);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const issues = parsed.success ? [] : [describeIssues(parsed.error.issues)];
  if (unknown.length > 0) throw unknownFieldsIn([...unknown, ...issues]);
  throw new RefusedError('BAD_REQUEST', issues.join(' '));
}

/** One answer names all problems of a body, unknown fields first. */
function unknownFieldsIn(problems: readonly string[]): RefusedError {
  return new RefusedError('QUERY_INVALID_FILTERS', problems.join(' '));
}
