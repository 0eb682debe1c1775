import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { filePaths, linesWhere, sourceFiles } from './source-files.ts';

const src = sourceFiles('src');
const own = [...src, ...sourceFiles('tests')];

describe('the style of the source', () => {
  it('has no file or folder named for nothing', () => {
    const vague = /(^|\/)(utils?|helpers?|misc|common|lib)(\.[^/]*)?(\/|$)/;
    expect([...filePaths('src'), ...filePaths('tests')].filter((path) => vague.test(path))).toEqual([]);
  });

  it('names modules in kebab-case and components in PascalCase', () => {
    const modules = /^[a-z0-9]+(-[a-z0-9]+)*(\.(svelte|test|spec|d|config))?\.(ts|mts|mjs)$/;
    const components = /^[A-Z][A-Za-z0-9]*\.svelte$/;
    const names = own
      .map((file) => file.path)
      .filter((path) => {
        const name = path.slice(path.lastIndexOf('/') + 1);
        return !(name.endsWith('.svelte') ? components : modules).test(name);
      });
    expect(names).toEqual([]);
  });

  it('has no `any`', () => {
    expect(own.flatMap((file) => linesWhere(file, (node) => node.kind === ts.SyntaxKind.AnyKeyword))).toEqual([]);
  });

  it('has no enums and no default exports', () => {
    const unwanted = (node: ts.Node): boolean =>
      ts.isEnumDeclaration(node) ||
      ts.isExportAssignment(node) ||
      (ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword) === true);
    expect(src.flatMap((file) => linesWhere(file, unwanted))).toEqual([]);
  });

  it('leaves nothing to be done later in comments', () => {
    const unfinished = new RegExp(`\\b(${['TO', 'FIX'].map((start, i) => start + ['DO', 'ME'][i]).join('|')})\\b`);
    expect(own.filter((file) => unfinished.test(file.tree.text)).map((file) => file.path)).toEqual([]);
  });
});
