/**
 * What a graph becomes for a graphics processor: its X stays there, and its tanh and log are spelt out,
 * because the shading languages promise no relative precision: (1 − e⁻²ˣ)/(1 + e⁻²ˣ) has no digit left at x = 10⁻⁹.
 */
import type { Constant, Graph, Node } from './model.ts';

/** A block of rows that is compiled into the graphs which use it, and so lies on the device once and for all. */
export interface Resident {
  readonly kind: 'resident';
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly data: Float32Array;
}

/** `graph` with its input X replaced by the resident's values. */
export function withResident(graph: Graph, X: Resident): Graph {
  return {
    ...graph,
    inputs: graph.inputs.filter((port) => port.name !== 'X'),
    constants: [...(graph.constants ?? []), { name: 'X', type: 'float32', shape: [X.rows, X.columns], data: X.data }],
  };
}

/**
 * tanh x ≈ x·P(x²)/Q(x²): a rational fit, within a few units in the last place of float32 for |x| up to TANH_REACH, where it
 * reaches 1. The coefficients are the ones that Eigen and MLAS use; highest power first.
 */
const TANH_NUMERATOR = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928875436e-4, 4.89352455891786e-3,
];
const TANH_DENOMINATOR = [1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3];
const TANH_REACH = 7.90531110763549805;

/** log u = 2 artanh s with s = (u − 1)/(u + 1): 2s Σ s²ᵏ/(2k + 1), within float32 of its sum for |s| ≤ 1/5. Highest power first. */
const LOG_SERIES = [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];
const LOG_REACH = 0.2;

/** `graph` (float32) with every Tanh and Log as sums, products and quotients. */
export function withOwnFunctions(graph: Graph): Graph {
  const nodes: Node[] = [];
  const constants = new Map<number, Constant>();
  let count = 0;

  const number = (value: number): string => {
    const known = constants.get(value);
    if (known !== undefined) return known.name;
    const name = `own_c${constants.size}`;
    constants.set(value, { name, type: 'float32', shape: [], data: [value] });
    return name;
  };
  const op = (name: string, inputs: string[], output = `own_t${count++}`): string => {
    nodes.push({ op: name, inputs, outputs: [output] });
    return output;
  };
  const polynomial = (x: string, [highest, ...rest]: readonly number[]): string =>
    rest.reduce((sum, coefficient) => op('Add', [op('Mul', [sum, x]), number(coefficient)]), number(highest ?? 0));

  const tanh = (input: string, output: string): void => {
    const x = op('Clip', [input, number(-TANH_REACH), number(TANH_REACH)]);
    const square = op('Mul', [x, x]);
    const numerator = op('Mul', [x, polynomial(square, TANH_NUMERATOR)]);
    op('Div', [numerator, polynomial(square, TANH_DENOMINATOR)], output);
  };
  const log = (u: string, output: string): void => {
    const s = op('Div', [op('Sub', [u, number(1)]), op('Add', [u, number(1)])]);
    const near = op('Mul', [s, polynomial(op('Mul', [s, s]), LOG_SERIES)]);
    const isFar = op('Greater', [op('Abs', [s]), number(LOG_REACH)]);
    op('Where', [isFar, op('Log', [u]), near], output);
  };

  for (const node of graph.nodes) {
    if (node.op === 'Tanh') tanh(node.inputs[0] ?? '', node.outputs[0] ?? '');
    else if (node.op === 'Log') log(node.inputs[0] ?? '', node.outputs[0] ?? '');
    else nodes.push(node);
  }
  return { ...graph, nodes, constants: [...(graph.constants ?? []), ...constants.values()] };
}
