/** Training steps in plain TypeScript, float64, one thread: the reference, and the fallback where TensorFlow.js does not load. */
import { backward, forward } from './passes.ts';
import { ADAM, memoryFactor, type NetworkSteps, type StepsContext } from './network-steps.ts';

/** Rows that go through the network side by side when nothing is learnt. */
const CHUNK = 128;

export async function float64Steps(context: StepsContext): Promise<NetworkSteps> {
  const { network, recipe, loss, penalty, rows: counts, targets, features } = context;
  const q = network.parameterCount;
  const n = counts.train;
  const theta = new Float64Array(q);
  const memory = new Float64Array(q * memoryFactor(recipe));
  const g = new Float64Array(q);
  const X = features('train', 0, n);

  return {
    title: 'TypeScript · CPU · float64',
    precision: 'float64',
    load(from, remembered) {
      theta.set(from);
      memory.fill(0);
      memory.set(remembered);
    },
    step(rows, weights, learningRate, step) {
      const x = new Float64Array(rows.length * network.inputs);
      rows.forEach((i, at) => x.set(X.subarray(i * network.inputs, (i + 1) * network.inputs), at * network.inputs));
      const states = forward(network, theta, x, rows.length);
      const z = states[states.length - 1];
      const dz = new Float64Array(z.length);
      rows.forEach((i, at) => {
        loss.gradient(z, at * network.outputs, targets.train[i], dz);
        const scale = weights[i] / rows.length;
        for (let k = 0; k < network.outputs; k++) dz[at * network.outputs + k] *= scale;
      });
      for (let j = 0; j < q; j++) g[j] = (penalty[j] / n) * theta[j];
      backward(network, theta, states, dz, rows.length, g, 0);
      if (recipe.optimiser === 'adam') adam(theta, memory, g, learningRate, step);
      else if (recipe.optimiser === 'momentum') {
        for (let j = 0; j < q; j++) {
          memory[j] = recipe.momentum * memory[j] + g[j];
          theta[j] -= learningRate * memory[j];
        }
      } else for (let j = 0; j < q; j++) theta[j] -= learningRate * g[j];
    },
    logits(split) {
      const count = counts[split];
      const out = new Float64Array(count * network.outputs);
      for (let first = 0; first < count; first += CHUNK) {
        const size = Math.min(CHUNK, count - first);
        const states = forward(network, theta, features(split, first, size), size);
        out.set(states[states.length - 1], first * network.outputs);
      }
      return out;
    },
    read: () => ({ theta: theta.slice(), memory: memory.slice() }),
    dispose() {},
  };
}

function adam(theta: Float64Array, memory: Float64Array, g: Float64Array, learningRate: number, step: number): void {
  const { beta1, beta2, epsilon } = ADAM;
  const q = theta.length;
  const first = 1 - beta1 ** (step + 1);
  const second = 1 - beta2 ** (step + 1);
  for (let j = 0; j < q; j++) {
    memory[j] = beta1 * memory[j] + (1 - beta1) * g[j];
    memory[q + j] = beta2 * memory[q + j] + (1 - beta2) * g[j] * g[j];
    theta[j] -= (learningRate * (memory[j] / first)) / (Math.sqrt(memory[q + j] / second) + epsilon);
  }
}
