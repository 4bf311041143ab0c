import { addressWith, Link } from '../router';

interface TabsProps {
  readonly label: string;
  /** The parameter of the address that names the tab; the first tab is where it is absent. */
  readonly param: string;
  readonly tabs: readonly { readonly id: string; readonly label: string }[];
  readonly chosen: string;
  /** Parameters that belong to one tab only, and go with it. */
  readonly drops?: readonly string[];
}

/** Links to the parts of a page. */
export function Tabs({ label, param, tabs, chosen, drops = [] }: TabsProps) {
  const dropped = Object.fromEntries(drops.map((name) => [name, null]));
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ id, label: name }, index) => (
        <Link
          key={id}
          to={addressWith({ ...dropped, [param]: index === 0 ? null : id })}
          {...(id === chosen && { 'aria-current': 'page' })}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
