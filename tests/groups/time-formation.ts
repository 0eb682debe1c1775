/**
 * Times the seven constructors with ONNX Runtime's product: node tests/groups/time-formation.ts [n d classes zeros]
 * Diabetes is 20000 127 2; MNIST's first 5,500 rows are 5500 784 10 0.8.
 */
import { createOnnxDevice } from '../../src/main/compute/onnx/onnx-device.ts';
import { GROUP_CONSTRUCTORS } from '../../src/main/groups/constructors.ts';
import { CONSTRUCTORS } from '../../src/shared/quantities.ts';
import { dense, exampleContext, normals } from './example-context.ts';

const [n = 20_000, d = 127, classes = 2, zeros = 0] = process.argv.slice(2).map(Number);
const device = await createOnnxDevice({ threads: 2 });
const values = normals(n * d, 'X', n, d);
if (zeros > 0) for (let at = 0; at < values.length; at++) if ((at * 0.618034) % 1 < zeros) values[at] = 0;
const context = {
  ...exampleContext({ n, d, classes, X: dense(n, d, values) }),
  multiplyTransposed: (A: Float64Array, B: Float64Array, m: number, k: number, columns: number) =>
    device.multiply(A, B, m, k, columns, true),
};
let total = 0;
for (const name of CONSTRUCTORS) {
  const start = performance.now();
  const before = process.cpuUsage();
  const groups = await GROUP_CONSTRUCTORS[name](context);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  total += seconds;
  console.log(
    `${name.padEnd(18)} ${String(groups.length).padStart(4)} groups  ${seconds.toFixed(2)} s (processor ${((user + system) / 1e6).toFixed(2)} s)`,
  );
}
console.log(`total ${total.toFixed(1)} s · peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
for (const note of context.notes) console.log(`note: ${note}`);
await device.dispose();
