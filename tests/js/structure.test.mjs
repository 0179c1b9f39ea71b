/** The sizes that keep the page's modules readable, held by the compiler's own parser. */

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGE = join(HERE, "../../hailuo_widgets");
const MODULES = globSync("**/*.js", { cwd: PACKAGE });
const MOST_LINES = 350;
const MOST_LINES_OF_A_FUNCTION = 60;
/** Functions that may be longer, as `module name`, each with the reason. @type {Record<string, string>} */
const LONGER = {};

/** The compiler is installed by `make check`; without it the sizes are not looked at. */
function compiler() {
  try {
    return createRequire(import.meta.url)("typescript");
  } catch {
    return null;
  }
}

/** Every function of a module with its lines, closures and methods included. */
function functionsOf(ts, module) {
  const source = ts.createSourceFile(module, readFileSync(join(PACKAGE, module), "utf8"), ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const lineAt = (place) => source.getLineAndCharacterOfPosition(place).line;
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) {
      const name = node.name?.getText(source) ?? node.parent?.name?.getText(source) ?? "(closure)";
      found.push({ name: `${module} ${name}`, lines: lineAt(node.getEnd()) - lineAt(node.getStart(source)) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test("modules are short enough to be read at once", () => {
  assert.ok(MODULES.length > 50);
  const long = MODULES.filter((module) => readFileSync(join(PACKAGE, module), "utf8").split("\n").length - 1 > MOST_LINES);
  assert.deepEqual(long, []);
});

const ts = compiler();

test("functions fit on a screen", { skip: !ts && `no compiler in ${relative(process.cwd(), HERE)}/node_modules` }, () => {
  const functions = MODULES.flatMap((module) => functionsOf(ts, module));
  assert.ok(functions.length > 500);
  const long = functions.filter(({ lines }) => lines > MOST_LINES_OF_A_FUNCTION).map(({ name }) => name);
  assert.deepEqual(long.sort(), Object.keys(LONGER).sort());
});
