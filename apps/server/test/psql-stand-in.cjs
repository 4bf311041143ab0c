#!/usr/bin/env node
// What `psql URL -XAt -c STATEMENT` prints, for machines without psql: the first column of each row, as text.
const { join } = require('node:path');
const { Client } = require(join(__dirname, '../../../node_modules/pg'));

const [connectionString, flags, command, statement] = process.argv.slice(2);
if (flags !== '-XAt' || command !== '-c') throw new Error(`Not known: ${flags} ${command}`);
const client = new Client({ connectionString, types: { getTypeParser: () => (text) => text } });

async function main() {
  await client.connect();
  const { rows } = await client.query({ text: statement, rowMode: 'array' });
  for (const [value] of rows) process.stdout.write(`${value}\n`);
  await client.end();
}

void main();
