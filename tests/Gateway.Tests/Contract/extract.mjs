// Extracts the facts of the service's published OpenAPI documents: operations, parameters, response codes, body schemas. No prose.
//
//   node tests/Gateway.Tests/Contract/extract.mjs FOLDER > tests/Gateway.Tests/Contract/contract.json
//
// FOLDER holds v1-preview.json, v1.json, V20220601.json, V20230701.json and v20241201.json.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const facts = ['type', 'format', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'default', 'enum', 'nullable', 'required'];

function pick(source, names) {
  return Object.fromEntries(names.filter((name) => source[name] !== undefined).map((name) => [name, source[name]]));
}

function schema(source) {
  if (!source) {
    return undefined;
  }

  if (source.$ref) {
    return { ref: source.$ref.split('/').at(-1) };
  }

  const result = pick(source, facts);
  if (source.properties) {
    result.properties = Object.fromEntries(Object.entries(source.properties).map(([name, value]) => [name, schema(value)]));
  }

  if (source.items) {
    result.items = schema(source.items);
  }

  if (source.allOf) {
    result.allOf = source.allOf.map(schema);
  }

  return result;
}

// OpenAPI 3 keeps a parameter's facts in its schema, Swagger 2 in the parameter.
const parameter = (source) => ({
  name: source.name,
  in: source.in,
  required: source.required ?? false,
  ...(source.in === 'body' ? { schema: schema(source.schema) } : pick(source.schema ?? source, facts.filter((fact) => fact !== 'required'))),
});

function response(source) {
  const content = source.content && Object.entries(source.content)[0];
  return {
    ...(content ? { contentType: content[0], schema: schema(content[1].schema) } : source.schema ? { schema: schema(source.schema) } : {}),
    ...(source.headers ? { headers: Object.keys(source.headers) } : {}),
  };
}

function operation(method, path, source) {
  const content = source.requestBody?.content;
  const body = content && { name: 'body', in: 'body', required: false, schema: schema(Object.values(content)[0].schema) };
  return {
    method: method.toUpperCase(),
    path,
    consumes: source.consumes ?? Object.keys(content ?? {}),
    parameters: [...(source.parameters ?? []).map(parameter), ...(body ? [body] : [])],
    responses: Object.fromEntries(Object.entries(source.responses).map(([code, value]) => [code, response(value)])),
  };
}

const documents = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase()))
  .map((file) => {
    const source = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const name = file.replace('.json', '');
    const date = /^v(\d{4})(\d{2})(\d{2})$/i.exec(name);
    return {
      name: name.toLowerCase(),
      apiVersion: date ? date.slice(1).join('-') : undefined,
      operations: Object.entries(source.paths).flatMap(([path, methods]) =>
        Object.entries(methods).filter(([method]) => method !== 'parameters').map(([method, value]) => operation(method, path, value))),
      schemas: Object.fromEntries(
        Object.entries(source.definitions ?? source.components.schemas).map(([schemaName, value]) => [schemaName, schema(value)])),
    };
  });

// A line for each operation and schema, so that a diff can be read.
const lines = (list) => list.map((line) => `    ${line}`).join(',\n');
const text = documents.map((document) => [
  `  {"name": ${JSON.stringify(document.name)}${document.apiVersion ? `, "apiVersion": "${document.apiVersion}"` : ''},`,
  '   "operations": [',
  lines(document.operations.map((one) => JSON.stringify(one))),
  '   ], "schemas": {',
  lines(Object.entries(document.schemas).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)),
  '   }}',
].join('\n'));
process.stdout.write(`[\n${text.join(',\n')}\n]\n`);
