import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { contract } from '../../src/shared/contract.ts';
import { sourceFiles } from './source-files.ts';

/** Keys of the object literals under engine/handlers that look like methods: 'datasets.list'. */
function handledMethods(): string[] {
  const methods: string[] = [];
  const visit = (node: ts.Node): void => {
    const named = ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node);
    if (named && ts.isStringLiteral(node.name) && /^[a-z]+\.[a-zA-Z]+$/.test(node.name.text))
      methods.push(node.name.text);
    ts.forEachChild(node, visit);
  };
  for (const file of sourceFiles('src/main/engine')) if (file.path.includes('/handlers/')) visit(file.tree);
  return methods;
}

describe('the contract', () => {
  it('has exactly one handler for each of its methods', () => {
    expect(handledMethods().sort()).toEqual(Object.keys(contract).sort());
  });
});
