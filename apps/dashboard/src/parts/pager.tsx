import { addressWith, Link } from '../router';

interface PagerProps {
  /** From 0. */
  readonly number: number;
  readonly totalPages: number;
  /** Where in the list this page is. */
  readonly says: string;
}

/** The links to the pages before and after this one, if there is more than one. */
export function Pager({ number, totalPages, says }: PagerProps) {
  if (totalPages <= 1) return null;
  return (
    <nav className="line" aria-label="Pages">
      {number > 0 && (
        <Link className="button" to={addressWith({ page: number === 1 ? null : `${number - 1}` })}>
          Before
        </Link>
      )}
      <span className="soft">{says}</span>
      {number + 1 < totalPages && (
        <Link className="button" to={addressWith({ page: `${number + 1}` })}>
          Next
        </Link>
      )}
    </nav>
  );
}
