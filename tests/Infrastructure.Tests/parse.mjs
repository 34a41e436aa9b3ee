// Parses Bicep files: { path: text } on standard input, { path: tree } on standard output.
// A tree's node: t(ype), f(ield in its parent), l(ine), x (its text), c(hildren); e for a syntax error.

import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Language, Parser } from 'web-tree-sitter';

await Parser.init();
const grammar = fileURLToPath(import.meta.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm'));
const parser = new Parser();
parser.setLanguage(await Language.load(grammar));

// The grammar knows a parameter's assignment only as a variable's (columns do not change).
const asVariables = (source) => source.replace(/^param (?= *\w+ *=)/gm, 'var   ');

function describe(node, field) {
  const described = { t: node.type, l: node.startPosition.row + 1, x: node.text };
  if (field) {
    described.f = field;
  }
  if (node.isError || node.isMissing) {
    described.e = true;
  }
  described.c = [];
  node.children.forEach((child, i) => {
    if (child.isNamed || child.isError || child.isMissing) {
      described.c.push(describe(child, node.fieldNameForChild(i)));
    }
  });
  return described;
}

const trees = {};
for (const [path, source] of Object.entries(JSON.parse(await text(process.stdin)))) {
  trees[path] = describe(parser.parse(path.endsWith('.bicepparam') ? asVariables(source) : source).rootNode);
}
process.stdout.write(JSON.stringify(trees));
