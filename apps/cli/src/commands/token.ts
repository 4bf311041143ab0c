import type { TokenBody, TokenCreateResponse } from '#libs/contracts';
import type { Page } from '#libs/http';
import { teamRoles, tokenTypes } from '#libs/kernel';
import { printable, table } from '#libs/terminal';
import { type Command, Option } from 'commander';
import { Api } from '../api';
import { write, writeJson } from '../output';
import { examples, jsonFlag, listOption, reasonOption, wholeNumber } from './parts';

interface CreateOptions {
  readonly type: string;
  readonly principal?: string;
  readonly name?: string;
  readonly description?: string;
  readonly expires?: string;
  readonly permission?: readonly string[];
  readonly role?: string;
  readonly reason?: string;
  readonly json?: true;
}

interface ListOptions {
  readonly type?: readonly string[];
  readonly principal?: readonly string[];
  readonly limit: number;
  readonly page: number;
  readonly json?: true;
}

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .summary('create, list and delete access tokens')
    .description('Creates, lists and deletes access tokens through the server.')
    .helpCommand(false)
    .addHelpText('after', examples('runledger token create --type team --principal demo', 'runledger token list'));

  token
    .command('create')
    .summary('create a token, and print it')
    .description('Creates a token and prints it, and nothing else. The server shows it this once.')
    .addOption(new Option('--type <type>', 'what it is for').choices(tokenTypes).makeOptionMandatory())
    .option('--principal <name>', 'the team (name or id), the workflow or the user')
    .option('--name <text>', 'a name, for lists')
    .option('--description <text>', 'what it is for, in words')
    .option('--expires <time>', 'when it ends: ISO 8601, or milliseconds since the epoch')
    .addOption(listOption('--permission <resource/action>', 'what it may do; can be given several times'))
    .addOption(new Option('--role <role>', 'the permissions of a role').choices(teamRoles))
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples(
        'runledger token create --type team --principal demo --name ci --permission workflowrun/read',
        'runledger token create --type user --principal ada@example.org --expires 2027-01-31T00:00:00Z',
      ),
    )
    .action(async ({ expires, permission, reason, json, ...given }: CreateOptions) => {
      const body = {
        ...given,
        ...(expires !== undefined && { expirationDate: expires }),
        ...(permission && { permissions: permission }),
      };
      const made = await Api.fromSettings().call<TokenCreateResponse>('POST', '/api/v2/token', { body, reason });
      return json ? writeJson(made) : write(`${made.token}\n`);
    });

  token
    .command('list')
    .summary('list tokens')
    .description('Lists the tokens that yours may see: without the tokens themselves.')
    .addOption(listOption('--type <type>', 'only this type; can be given several times'))
    .addOption(listOption('--principal <name>', 'only of this team, workflow or user; can be given several times'))
    .addOption(new Option('--limit <n>', 'the most tokens').argParser(wholeNumber).default(100))
    .addOption(new Option('--page <n>', 'which page, from 1').argParser(wholeNumber).default(1))
    .addOption(jsonFlag())
    .addHelpText('after', examples('runledger token list', 'runledger token list --type team --principal demo --json'))
    .action(async ({ type, principal, limit, page, json }: ListOptions) => {
      const query = {
        types: type?.join(','),
        principals: principal?.join(','),
        limit: String(limit),
        page: String(page - 1),
      };
      const found = await Api.fromSettings().call<Page<TokenBody>>('GET', '/api/v2/token/query', { query });
      if (json) return writeJson(found);
      const rows = found.content.map((each) => [
        ...[each.id, each.type, each.valid ? 'valid' : 'ended', each.name ?? '', each.principal ?? ''].map(printable),
        each.expirationDate ?? '',
      ]);
      return write(table([['ID', 'TYPE', 'STATE', 'NAME', 'PRINCIPAL', 'EXPIRES'], ...rows]));
    });

  token
    .command('delete')
    .summary('revoke a token')
    .description('Revokes a token: from then on, the server refuses it.')
    .argument('<id>', 'id of the token')
    .addOption(reasonOption())
    .addOption(jsonFlag())
    .addHelpText(
      'after',
      examples('runledger token delete 01a210d2-4185-71d7-99d7-c37cc45ff2ba --reason "left the team"'),
    )
    .action(async (id: string, { reason, json }: { readonly reason?: string; readonly json?: true }) => {
      const answer = await Api.fromSettings().call('DELETE', `/api/v2/token/${encodeURIComponent(id)}`, { reason });
      return json ? writeJson(answer) : write(`Token ${printable(id)} is revoked.\n`);
    });
}
