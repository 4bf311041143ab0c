import { openApiDocument } from './openapi-document';

void openApiDocument().then((document) => process.stdout.write(`${JSON.stringify(document, null, 2)}\n`));
