const paths = {
  copy: 'M5 5h7v8H5zM3 10V3h7',
  check: 'm2.5 7.5 3 3 6-7',
  search: 'M6 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8Zm3 7 4 4',
  sun: 'M7 4.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM7 1v1.4M7 11.6V13M1 7h1.4M11.6 7H13M2.8 2.8l1 1M10.2 10.2l1 1M11.2 2.8l-1 1M3.8 10.2l-1 1',
  moon: 'M11.5 8.6A5 5 0 0 1 5.4 2.5a5 5 0 1 0 6.1 6.1Z',
  help: 'M5 5a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M7 10.6v.6',
  out: 'M5 2H2v10h3M6 7h7M10 4l3 3-3 3',
  play: 'M4 2.5 11.5 7 4 11.5Z',
  pause: 'M4.8 2.5v9M9.2 2.5v9',
  back: 'M9.5 2.5 5 7l4.5 4.5M3 2.5v9',
  forward: 'M4.5 2.5 9 7l-4.5 4.5M11 2.5v9',
  close: 'm3 3 8 8m0-8-8 8',
  down: 'M7 2v8m-3.5-3.5L7 10l3.5-3.5M2.5 12.5h9',
  code: 'M5 3.5 1.5 7 5 10.5M9 3.5 12.5 7 9 10.5',
} as const;

/** An icon says nothing by itself: its button has a name. */
export function Icon({ name }: { readonly name: keyof typeof paths }) {
  return (
    <svg
      className="shape"
      viewBox="0 0 14 14"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
