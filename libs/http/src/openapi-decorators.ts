import { applyDecorators } from '@nestjs/common';
import { labelListFormat } from './declared-query';
import { operationMarks } from './openapi-operations';
import { ApiBody, ApiExtension, ApiHeader, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

/** References to components, which the program makes from the Zod schemas of `contracts`. */
function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

type AnswerSchema =
  | { readonly oneOf: { readonly $ref: string }[] }
  | { readonly type: 'array'; readonly items: { readonly $ref: string } | { readonly type: string } }
  | { readonly type: 'object'; readonly maxProperties: number };

/** The answer of a route with 200: a component, or an inline schema. */
export function ApiAnswer(answer: string | AnswerSchema, description = 'OK') {
  const schema = typeof answer === 'string' ? ref(answer) : answer;
  return ApiResponse({ status: 200, description, content: { 'application/json': { schema } } });
}

export function ApiListAnswer(name: string) {
  return ApiAnswer({ type: 'array', items: ref(name) });
}

/** An answer with one of several schemas. */
export function ApiEitherAnswer(...names: readonly string[]) {
  return ApiAnswer({ oneOf: names.map(ref) });
}

/** `{}`: done. */
export function ApiDone() {
  return ApiAnswer({ type: 'object', maxProperties: 0 }, 'Done');
}

/** A text answer. */
export function ApiTextAnswer(description: string) {
  return ApiResponse({ status: 200, description, content: { 'text/plain': { schema: { type: 'string' } } } });
}

/** A component, or server-sent events: the client's `Accept` says which. */
export function ApiStreamAnswer(name: string, description: string) {
  const content = {
    'application/json': { schema: ref(name) },
    'text/event-stream': { schema: { type: 'string' as const } },
  };
  return ApiResponse({ status: 200, description, content });
}

/** An answer of bytes. */
export function ApiBytesAnswer(description: string) {
  const schema = { type: 'string' as const, format: 'binary' };
  return ApiResponse({ status: 200, description, content: { 'application/octet-stream': { schema } } });
}

/** 204, without a body. */
export function ApiNothing(description: string) {
  return ApiResponse({ status: 204, description });
}

/** Errors of the route in addition to those of every route of its kind. */
export function ApiFaults(...statuses: readonly (404 | 409 | 410 | 423 | 429)[]) {
  return ApiExtension(operationMarks.faults, [...statuses]);
}

/** The route needs no token. */
export function ApiOpen() {
  return ApiExtension(operationMarks.open, true);
}

/** A write that is idempotent anyway, and so has no `Idempotency-Key`. */
export function ApiWithoutReceipt() {
  return ApiExtension(operationMarks.withoutReceipt, true);
}

/** A write that is no event of the ledger, and so has no `X-Reason`. */
export function ApiWithoutReason() {
  return ApiExtension(operationMarks.withoutReason, true);
}

/** A read that is an event of the ledger, and so has an `X-Reason`. */
export function ApiReason() {
  return ApiExtension(operationMarks.withReason, true);
}

/** The fence of a claimed item. */
export function ApiFence() {
  return applyDecorators(
    ApiHeader({
      name: 'Runledger-Fence',
      required: false,
      description: 'The fence that came with the claimed item; agents of the reference do not send it',
      schema: { type: 'integer', format: 'int64' },
    }),
    ApiFaults(409),
  );
}

export function ApiRequest(name: string, required: boolean) {
  return ApiBody({ required, schema: ref(name) });
}

export function ApiTeam() {
  return ApiPathName('team', 'Owning team name.', 'my-amazing-team');
}

export function ApiPathName(name: string, description: string, example?: string) {
  const schema = { type: 'string' as const, ...(example !== undefined && { examples: [example] }) };
  return ApiParam({ name, description, required: true, schema });
}

/** A list: separated by commas, repeated, or both. */
export function ApiListFilter(
  name: string,
  description: string,
  example?: readonly string[],
  values?: readonly string[],
) {
  const items = { type: 'string' as const, ...(values && { enum: [...values] }) };
  return ApiQuery({
    name,
    description,
    required: false,
    style: 'form',
    explode: false,
    schema: { type: 'array', items, ...(example && { examples: [[...example]] }) },
  });
}

export function ApiLabels() {
  return ApiQuery({
    name: 'labels',
    description:
      'Labels that must all match: a list of key=value, each URL-encoded, as in Organization%3DBoomerang,customKey%3Dtest. A comma within a label is encoded too.',
    required: false,
    style: 'form',
    explode: false,
    schema: {
      type: 'array',
      items: { type: 'string' },
      format: labelListFormat,
      examples: [['Organization=Boomerang', 'customKey=test']],
    },
  });
}

export function ApiDates() {
  const what = 'The unix timestamp / date to search';
  return applyDecorators(
    ApiDate('fromDate', `${what} from in milliseconds since epoch`, 1677589200000),
    ApiDate('toDate', `${what} to in milliseconds since epoch`, 1680267600000),
  );
}

/** A date as a number; 32 bits are too few for it. */
export function ApiDate(name: string, description: string, example: number) {
  const schema = { type: 'integer' as const, format: 'int64', examples: [example] };
  return ApiQuery({ name, description, required: false, schema });
}

export function ApiBoolean(name: string, description: string, fallback: boolean) {
  return ApiQuery({ name, description, required: false, schema: { type: 'boolean', default: fallback } });
}

export function ApiInteger(name: string, description: string, bounds: Readonly<Record<string, number>> = {}) {
  return ApiQuery({ name, description, required: false, schema: { type: 'integer', format: 'int32', ...bounds } });
}

export function ApiChoice(name: string, values: readonly string[], description: string) {
  return ApiQuery({ name, description, required: false, schema: { type: 'string', enum: [...values] } });
}

export function ApiText(name: string, description: string, required = false, fallback?: string) {
  const schema = { type: 'string' as const, ...(fallback !== undefined && { default: fallback }) };
  return ApiQuery({ name, description, required, schema });
}

export function ApiQueryToken() {
  return ApiText('access_token', 'The token, for systems that cannot set headers');
}

export function ApiPaging() {
  return applyDecorators(
    ApiInteger('limit', 'Result Size', { default: 10, minimum: 1, maximum: 1000 }),
    ApiInteger('page', 'Page Number', { default: 0, minimum: 0 }),
  );
}

/** Paging of a list with cursors. */
export function ApiCursorPaging() {
  return applyDecorators(
    ApiPaging(),
    ApiText(
      'cursor',
      'nextCursor of the page before: the page behind it, which is stable while items come in; with the same filters, sort and order; not together with page',
    ),
  );
}

/** Paging of a list that returns everything without `limit`. */
export function ApiWholeOrPaging() {
  return applyDecorators(
    ApiInteger('limit', 'Result size. All items if it is absent.', { minimum: 1, maximum: 1000 }),
    ApiInteger('page', 'Page Number', { default: 0, minimum: 0 }),
  );
}

export function ApiOrder(name: string, fallback: 'ASC' | 'DESC') {
  const description = 'Ascending (ASC) or Descending (DESC) sort order';
  return ApiQuery({
    name,
    description,
    required: false,
    schema: { type: 'string', enum: ['ASC', 'DESC'], default: fallback },
  });
}

/** A column and its direction; `sort` also accepts the direction, as in the reference's document. */
export function ApiSorting(columns: readonly string[], order: 'ASC' | 'DESC' = 'ASC') {
  const schema = { type: 'string' as const, enum: [...columns, 'ASC', 'DESC'] };
  return applyDecorators(
    ApiOrder('order', order),
    ApiQuery({
      name: 'sort',
      description: `The column to sort on: ${columns[0] ?? ''} by default`,
      required: false,
      schema,
    }),
  );
}

export function ApiSort(elements: readonly string[]) {
  const schema = { type: 'string' as const, enum: [...elements], default: elements[0] ?? '' };
  return ApiQuery({ name: 'sort', description: 'The element to sort on', required: false, schema });
}

export function ApiRequiredInteger(name: string, description: string, bounds: Readonly<Record<string, number>> = {}) {
  return ApiQuery({ name, description, required: true, schema: { type: 'integer', format: 'int32', ...bounds } });
}

/** A position of the ledger, or another number for which 32 bits are too few. */
export function ApiPosition(
  name: string,
  description: string,
  { required = false, ...bounds }: { readonly required?: boolean; readonly minimum: number; readonly default?: number },
) {
  return ApiQuery({ name, description, required, schema: { type: 'integer', format: 'int64', ...bounds } });
}
