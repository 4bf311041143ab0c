import type { PageProps } from '../../page-props';

export function NewRunPage({ team }: PageProps) {
  return <h1>new-run {team}</h1>;
}
