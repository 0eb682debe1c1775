/** What the bench's figures rest on: the products it counts inside a graph, the exponent it fits, the words of its table. */
import { describe, expect, it } from 'vitest';
import {
  gramGraph,
  marginsGraph,
  multiplyGraph,
  softmaxLossGraph,
  logisticCurvatureGraph,
} from '../../src/main/compute/onnx/graphs.ts';
import { encodeModel, type Graph } from '../../src/main/compute/onnx/model.ts';
import { exponentOf } from '../bench/growth.ts';
import { productsOf, shapeOf } from '../bench/onnx-products.ts';
import { atLeast, markdownTable } from '../bench/table.ts';

/** m·k·n of every product of a graph, from the shapes of what is fed and what comes out. */
function counted(graph: Graph, dims: Record<string, number[]>): (number[] | null)[] {
  return productsOf(encodeModel(graph)).products.map((node) => {
    const shape = shapeOf(node, (name) => dims[name]);
    return shape === null ? null : [shape.m, shape.k, shape.n];
  });
}

describe('the products that the bench counts', () => {
  it('are told from the shapes of inputs and results', () => {
    expect(counted(marginsGraph('float32'), { P: [3, 5], X: [7, 5] })).toEqual([[3, 5, 7]]);
    expect(counted(gramGraph('float64'), { X: [7, 5], v: [7, 1], G: [5, 5] })).toEqual([[5, 7, 5]]);
    expect(counted(multiplyGraph('float64', false), { A: [2, 3], B: [3, 4] })).toEqual([[2, 3, 4]]);
  });

  it('are found where one operand is made inside the graph', () => {
    const dims = { X: [7, 5], P: [3, 5], H: [3, 7], G: [3, 5] };
    expect(counted(logisticCurvatureGraph('float32'), dims)).toEqual([
      [3, 5, 7],
      [3, 7, 5],
    ]);
    const softmax = { X: [7, 5], P: [6, 5], weights: [1, 7], L: [2, 1] };
    expect(counted(softmaxLossGraph('float64'), softmax)).toEqual([
      [6, 5, 7],
      [2, 7, 1],
    ]);
  });

  it('are missed, not guessed, where too few shapes are known', () => {
    expect(counted(logisticCurvatureGraph('float32'), { P: [3, 5] })).toEqual([null, null]);
  });
});

describe('the bench’s table', () => {
  it('fits the power with which time grows', () => {
    const cubic = [1, 2, 5].map((size) => ({ size, effectsSeconds: 0.3 * size ** 3 }));
    expect(exponentOf(cubic)).toBeCloseTo(3, 12);
  });

  it('never shows a ratio as the promise that it misses', () => {
    const row = { workload: 'w', against: 'p', device: 'd' };
    expect(atLeast(row, 150, 149.9)).toMatchObject({ measured: '149 ×', met: false });
    expect(atLeast(row, 6, 5.99)).toMatchObject({ measured: '5.9 ×', met: false });
    expect(atLeast(row, 6, 6)).toMatchObject({ measured: '6.0 ×', met: true });
  });

  it('keeps a bar inside a cell', () => {
    const row = atLeast({ workload: 'a | b', against: 'p', device: 'd' }, 1, 2);
    expect(markdownTable([row])[2]).toBe('| a \\| b | p | ≥ 1 × | 2.0 × | yes | d |');
  });
});
