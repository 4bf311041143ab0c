import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';

/** References to the components that the program makes from the Zod schemas of `contracts`. */
function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

export function ApiAnswer(name: string) {
  return applyDecorators(
    ApiResponse({ status: 200, description: 'OK', content: { '*/*': { schema: ref(name) } } }),
    ApiResponse({ status: 400, description: 'Bad Request', content: { 'application/json': { schema: ref('Error') } } }),
  );
}

export function ApiRequest(name: string, required: boolean) {
  return ApiBody({ required, schema: ref(name) });
}

export function ApiTeam() {
  return ApiPathName('team', 'Owning team name.', 'my-amazing-team');
}

export function ApiPathName(name: string, description: string, example?: string) {
  const schema = { type: 'string' as const };
  return ApiParam({ name, description, required: true, schema, ...(example !== undefined && { example }) });
}

/** A list: comma-joined, repeated, or both. */
export function ApiListFilter(name: string, description: string) {
  return ApiQuery({ name, description, required: false, schema: { type: 'array', items: { type: 'string' } } });
}

export function ApiLabels() {
  return ApiListFilter(
    'labels',
    'List of url encoded labels. For example Organization=Boomerang,customKey=test would be encoded as Organization%3DBoomerang,customKey%3Dtest)',
  );
}

export function ApiDates() {
  const schema = { type: 'integer' as const, format: 'int64' };
  const what = 'The unix timestamp / date to search';
  return applyDecorators(
    ApiQuery({ name: 'fromDate', description: `${what} from in milliseconds since epoch`, required: false, schema }),
    ApiQuery({ name: 'toDate', description: `${what} to in milliseconds since epoch`, required: false, schema }),
  );
}

export function ApiBoolean(name: string, description: string, fallback: boolean) {
  return ApiQuery({ name, description, required: false, schema: { type: 'boolean', default: fallback } });
}

export function ApiInteger(name: string, description: string, bounds: Readonly<Record<string, number>> = {}) {
  return ApiQuery({ name, description, required: false, schema: { type: 'integer', format: 'int32', ...bounds } });
}

export function ApiText(name: string, description: string, required = false) {
  return ApiQuery({ name, description, required, schema: { type: 'string' } });
}

export function ApiPaging() {
  return applyDecorators(
    ApiInteger('limit', 'Result Size', { default: 10, minimum: 1, maximum: 1000 }),
    ApiInteger('page', 'Page Number', { default: 0, minimum: 0 }),
  );
}

/** Paging of a list that is given whole where `limit` is absent. */
export function ApiWholeOrPaging() {
  return applyDecorators(
    ApiInteger('limit', 'Result Size. All items where it is absent.', { minimum: 1, maximum: 1000 }),
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

/** A column and its direction; `sort` takes the direction as well, as the reference's document has it. */
export function ApiSorting(columns: readonly string[]) {
  const schema = { type: 'string' as const, enum: [...columns, 'ASC', 'DESC'] };
  return applyDecorators(
    ApiOrder('order', 'ASC'),
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
