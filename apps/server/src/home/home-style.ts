/** Contrast: every text has at least 4.5 : 1 against its background, in both colour schemes (WCAG AA). */
export const homeStyle = `
:root {
  color-scheme: light dark;
  --ground: #f6f5f1; --sheet: #fffefb; --ink: #1d232b; --soft: #56606c; --line: #d9d5ca; --link: #0b5c6b; --mark: #b4541a;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161b; --sheet: #191f26; --ink: #e8e6e1; --soft: #a3adb8; --line: #313a45; --link: #74c7d6; --mark: #f0a368; }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main { max-width: 46rem; margin: 0 auto; padding: clamp(1.5rem, 6vw, 4.5rem) 1.25rem 3rem; }
h1 { margin: 0; font-size: clamp(2rem, 7vw, 2.75rem); line-height: 1.1; letter-spacing: -0.02em; }
h1 small { font-size: 0.875rem; font-weight: 500; letter-spacing: 0; color: var(--soft); margin-left: 0.5rem; white-space: nowrap; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 0.8125rem; letter-spacing: 0.08em; text-transform: uppercase; color: var(--soft); }
.lead { margin: 0.75rem 0 0; font-size: 1.125rem; max-width: 38rem; }
.chain { display: block; width: 100%; height: 2.5rem; margin: 1.75rem 0 0; }
.chain rect { fill: var(--sheet); stroke: var(--line); stroke-width: 1.5; }
.chain path { stroke: var(--line); stroke-width: 1.5; }
.chain .head rect { stroke: var(--mark); stroke-width: 2; }
.chain text { fill: var(--soft); font: 500 12px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle; }
.chain .head text { fill: var(--mark); }
ul { margin: 0; padding: 0; list-style: none; background: var(--sheet); border: 1px solid var(--line); border-radius: 0.625rem; }
li { display: grid; grid-template-columns: 12rem 1fr; gap: 0.125rem 1rem; padding: 0.75rem 1rem; }
li + li { border-top: 1px solid var(--line); }
li span { color: var(--soft); }
a { color: var(--link); font-weight: 600; text-underline-offset: 0.2em; }
a:focus-visible { outline: 3px solid var(--mark); outline-offset: 3px; border-radius: 2px; }
code { font: 0.9375em ui-monospace, Menlo, Consolas, monospace; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: 0.875rem; }
@media (max-width: 34rem) { li { grid-template-columns: 1fr; } }
`;
