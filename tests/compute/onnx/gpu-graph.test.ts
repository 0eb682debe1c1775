import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { withOwnFunctions, withResident } from '../../../src/main/compute/onnx/gpu-graph.ts';
import { marginsGraph } from '../../../src/main/compute/onnx/graphs.ts';
import { encodeModel, type Graph } from '../../../src/main/compute/onnx/model.ts';

async function evaluate(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(encodeModel(graph), { executionProviders: ['cpu'] });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs as Record<string, Tensor>;
}

function oneFunction(op: string): Graph {
  const port = (name: string) => ({ name, type: 'float32' as const, shape: ['n'] });
  return { name: op, nodes: [{ op, inputs: ['x'], outputs: ['f'] }], inputs: [port('x')], outputs: [port('f')] };
}

/** The largest relative error of the spelt-out function, in units of float32's last place. */
async function worstError(op: string, f: (x: number) => number, points: Float32Array): Promise<number> {
  const graph = withOwnFunctions(oneFunction(op));
  const { f: values } = await evaluate(graph, { x: new Tensor('float32', points, [points.length]) });
  let worst = 0;
  points.forEach((x, i) => {
    const exact = f(x);
    if (exact !== 0) worst = Math.max(worst, Math.abs(Number(values.data[i]) / exact - 1));
  });
  return worst * 2 ** 23;
}

const spread = (least: number, largest: number): Float32Array =>
  Float32Array.from({ length: 4001 }, (_, i) => least * (largest / least) ** (i / 4000));

it('spells out tanh to a few units in the last place, from tiny arguments to saturation', async () => {
  const positive = spread(1e-30, 40);
  expect(await worstError('Tanh', Math.tanh, positive)).toBeLessThan(8);
  expect(
    await worstError(
      'Tanh',
      Math.tanh,
      positive.map((x) => -x),
    ),
  ).toBeLessThan(8);
});

it('spells out the logarithm to a few units in the last place, also beside 1', async () => {
  expect(await worstError('Log', Math.log, spread(1e-30, 1e30))).toBeLessThan(8);
  const besideOne = spread(1e-7, 0.6);
  expect(
    await worstError(
      'Log',
      Math.log,
      besideOne.map((x) => 1 + x),
    ),
  ).toBeLessThan(8);
  expect(
    await worstError(
      'Log',
      Math.log,
      besideOne.map((x) => 1 - x),
    ),
  ).toBeLessThan(8);
});

it('leaves no library function of a graph that it spells out, but the far logarithm', () => {
  expect(withOwnFunctions(oneFunction('Tanh')).nodes.map((node) => node.op)).not.toContain('Tanh');
});

it('compiles X into a graph: the same product without X among its inputs', async () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const P = new Tensor('float32', Float32Array.of(1, -1), [1, 2]);
  const graph = withResident(marginsGraph('float32'), { kind: 'resident', rows: 3, columns: 2, data });
  expect(graph.inputs.map((port) => port.name)).toEqual(['P']);
  const { Z } = await evaluate(graph, { P });
  expect([...(Z.data as Float32Array)]).toEqual([-1, -1, -1]);
});
