/** The kernel's element-wise middle of several logits: see ProductKernel for its formula. */
import {
  advance,
  constant,
  either,
  Frame,
  get,
  loadTwice,
  loadTwo,
  mul,
  mulAdd,
  type NumberTable,
  plus,
  set,
  storeTwo,
  sub,
  times,
  when,
  whileLess,
  ZERO_TWICE,
  type Code,
  type FunctionCode,
} from './assembler.ts';

export function softmaxCurvature(numbers: NumberTable): FunctionCode {
  const frame = new Frame(8, numbers);
  const [panel, probabilities, keep, rows, classes, groupBytes, stride, shared] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [row, pair, k, at, from, step, rowStart] = Array.from({ length: 7 }, () => frame.integer());
  const [mean, weight] = frame.vectors(2);
  const eachClass = (code: Code): Code => [
    ...set(k, constant(0)),
    ...set(at, plus(get(panel), get(pair))),
    ...set(from, plus(get(rowStart), either(get(shared), constant(0), get(pair)))),
    ...whileLess(k, classes, [
      ...code,
      ...advance(at, get(groupBytes)),
      ...advance(from, get(step)),
      ...advance(k, constant(1)),
    ]),
  ];
  const p = frame.vector();
  const readProbability = when(get(shared), set(p, loadTwice(get(from))), set(p, loadTwo(get(from))));
  const body = [
    ...set(step, either(get(shared), constant(8), get(groupBytes))),
    ...set(rowStart, get(probabilities)),
    ...set(row, constant(0)),
    ...whileLess(row, rows, [
      ...set(pair, constant(0)),
      ...whileLess(pair, groupBytes, [
        ...set(mean, ZERO_TWICE),
        ...eachClass([...readProbability, ...set(mean, mulAdd(get(p), loadTwo(get(at)), get(mean)))]),
        ...set(weight, loadTwo(plus(get(keep), get(pair)))),
        ...eachClass([
          ...readProbability,
          ...storeTwo(get(at), mul(mul(get(weight), get(p)), sub(loadTwo(get(at)), get(mean)))),
        ]),
        ...advance(pair, constant(16)),
      ]),
      ...advance(panel, get(stride)),
      ...advance(keep, get(groupBytes)),
      ...advance(rowStart, either(get(shared), times(get(classes), constant(8)), get(stride))),
      ...advance(row, constant(1)),
    ]),
  ];
  return { name: 'softmaxCurvature', frame, body };
}
