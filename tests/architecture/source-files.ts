/** The project's sources as the architecture tests see them: path, imports and syntax tree. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** Relative to the project, with forward slashes: "src/main/index.ts". */
  path: string;
  /** What it imports, types included: packages as written, own files as project paths. */
  imports: string[];
  /** Of a component: of its scripts. */
  tree: ts.SourceFile;
}

/** Every .ts, .mjs and .svelte file under `folder`. */
export function sourceFiles(folder: string): SourceFile[] {
  return pathsUnder(join(ROOT, folder))
    .map((path) => relative(ROOT, path).split(sep).join('/'))
    .filter((path) => /\.(ts|mjs|svelte)$/.test(path))
    .map(readSource);
}

/** Every file under `folder`, of any kind. */
export function filePaths(folder: string): string[] {
  return pathsUnder(join(ROOT, folder)).map((path) => relative(ROOT, path).split(sep).join('/'));
}

/** Positions, as "line n", of every node of the tree that `wanted` accepts. */
export function linesWhere(file: SourceFile, wanted: (node: ts.Node) => boolean): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (wanted(node))
      found.push(`${file.path}: line ${file.tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

function pathsUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? pathsUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = path.endsWith('.svelte') ? scriptsOf(text) : text;
  const tree = ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  return { path, tree, imports: importsOf(tree).map((specifier) => resolve(path, specifier)) };
}

/** The scripts of a component at their own lines, everything else blank. */
function scriptsOf(component: string): string {
  let code = '';
  let end = 0;
  for (const match of component.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[0].indexOf('>') + 1;
    code += component.slice(end, start).replace(/[^\n]/g, ' ');
    end = start + (match[1]?.length ?? 0);
    code += component.slice(start, end);
  }
  return code;
}

function importsOf(tree: ts.SourceFile): string[] {
  const specifiers: string[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = importedBy(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) specifiers.push(specifier.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return specifiers;
}

function importedBy(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  const calls = ts.isCallExpression(node) && node.arguments.length > 0;
  const loads = calls && (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire(node.expression));
  return loads ? node.arguments[0] : undefined;
}

function isRequire(expression: ts.Expression): boolean {
  return ts.isIdentifier(expression) && expression.text === 'require';
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
}
