import { createHash } from 'node:crypto';
import { programVersion } from '#libs/config';
import { homeStyle } from './home-style';

interface Entry {
  readonly name: string;
  readonly what: string;
  /** Absent: a document that comes with the program, but is not served. */
  readonly href?: string;
}

/** Where this server answers. */
const places: readonly Entry[] = [
  { name: 'API documentation', href: '/api/docs', what: 'Every route, to read and to try' },
  { name: 'OpenAPI', href: '/api/openapi.json', what: 'The same, for programs' },
  { name: 'Health: live', href: '/health/live', what: 'The process answers' },
  { name: 'Health: ready', href: '/health/ready', what: 'It accepts requests, and its database accepts writes' },
];

const documents: readonly Entry[] = [
  { name: 'README.md', what: 'Start here: two commands, the settings, the first requests' },
  { name: 'docs/api.md', what: 'Routes, filters, idempotency; docs/errors.md has every error' },
  { name: 'docs/workflows.md', what: 'How to write a workflow; docs/run-semantics.md explains what a run does' },
  { name: 'docs/ledger.md', what: 'Order, chain, and how to verify them yourself' },
  { name: 'docs/agents.md', what: 'The protocol between agents and the server: write your own agent' },
  { name: 'docs/operations.md', what: 'Running the server; docs/security.md has its protections and bounds' },
];

/** The last five events of the chain: positions, because an auditor counts them. */
function chain(): string {
  const width = 84;
  const gap = 28;
  const names = ['1', '2', '3', '…', 'head'];
  const parts = names.map((name, index) => {
    const left = 1 + index * (width + gap);
    const link = index === 0 ? '' : `<path d="M${left - gap} 20H${left}"/>`;
    const box = `<rect x="${left}" y="5" width="${width}" height="30" rx="7"/><text x="${left + width / 2}" y="24">${name}</text>`;
    return `${link}<g${name === 'head' ? ' class="head"' : ''}>${box}</g>`;
  });
  const whole = names.length * (width + gap) - gap + 2;
  return `<svg class="chain" viewBox="0 0 ${whole} 40" preserveAspectRatio="xMinYMid meet" aria-hidden="true" fill="none">${parts.join('')}</svg>`;
}

function list(entries: readonly Entry[]): string {
  const items = entries.map(({ name, href, what }) => {
    const title = href === undefined ? `<code>${name}</code>` : `<a href="${href}">${name}</a>`;
    return `<li>${title}<span>${what}</span></li>`;
  });
  return `<ul>${items.join('\n')}</ul>`;
}

/** Only this page's own style; loads nothing else. */
export const homePolicy = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(homeStyle).digest('base64')}'`,
  'img-src data:',
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

export const homePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runledger</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1.5' y='3.5' width='13' height='9' rx='2.5' fill='none' stroke='%23b4541a' stroke-width='3'/%3E%3C/svg%3E">
<style>${homeStyle}</style>
</head>
<body>
<main>
<h1>Runledger <small>version ${programVersion()}</small></h1>
<p class="lead">A workflow-run server. Every change of a run is an event in one ordered, hash-chained ledger: what happened can be
replayed, and verified by anybody who may read it.</p>
${chain()}
<h2>On this server</h2>
${list(places)}
<h2>Beside the program</h2>
${list(documents)}
<footer>Requests of the API need a token, as <code>Authorization: Bearer &lt;token&gt;</code> or <code>x-access-token</code>.
The first start prints one; <code>--new-admin-token</code> makes another.</footer>
</main>
</body>
</html>
`;
