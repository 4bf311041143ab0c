import type { PageProps } from '../../page-props';

export function RunPage({ team }: PageProps) {
  return <h1>run {team}</h1>;
}
