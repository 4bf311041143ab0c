import { RefusedError } from '#libs/kernel';
import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import { z } from 'zod';
import { describeIssues } from './describe-issues';
import { unknownFields } from './unknown-fields';

/** Checks every body against the schema that its route declares. Fields that the schema does not know are refused, never ignored. */
@Injectable()
export class BodyPipe extends StandardSchemaValidationPipe {
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
    throw new RefusedError('BAD_REQUEST', [...unknown, ...why].join(' '));
  }
}

/**
 * For bodies whose schema depends on what they are; the others are checked where they are declared.
 * @throws RefusedError BAD_REQUEST naming every field.
 */
export function parseWith<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const unknown = unknownFields(schema, body);
  const parsed = schema.safeParse(body);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const issues = parsed.success ? [] : [describeIssues(parsed.error.issues)];
  throw new RefusedError('BAD_REQUEST', [...unknown, ...issues].join(' '));
}
