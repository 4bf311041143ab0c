import type { TextMatchBody } from '#libs/contracts';

/** Where it was found, in words. */
export function matchWords({ field, name = '' }: Pick<TextMatchBody, 'field' | 'name'>): string {
  switch (field) {
    case 'id':
      return 'id';
    case 'workflow':
      return 'workflow';
    case 'label':
      return `label ${name}`;
    case 'statusMessage':
      return 'message';
    case 'result':
      return `result ${name}`;
  }
}
