/** The golden files of tests/golden, typed, and the designs they were made from. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync, unzipSync } from 'fflate';
import type { Design } from '../../src/shared/dataset.ts';
import type { Estimator, Evaluation } from '../../src/shared/quantities.ts';
import { designOf } from './designs.ts';
import type { RowsSpec } from './golden-rows.ts';

/** value of effects[estimator][group][evaluation]. */
export type GoldenEffects = Record<Estimator, (number | 'Infinity' | '-Infinity')[][]>;

export interface GoldenStudy {
  n: number;
  d: number;
  classes: string[];
  relative: number;
  lambda: number;
  intercept: boolean;
  fit: {
    gradientNorm: number;
    parameterNorm: number;
    firstCoefficients: number[][];
    bias: number[] | null;
    objective: number;
    trainAccuracy: number;
    testAccuracy: number;
    testLoss: number;
  };
  groups: (RowsSpec & { size: number; gradientNorm: number })[];
  evaluations: Evaluation[];
  values: (number | null)[];
  effects: GoldenEffects;
}

export interface EdgeCase {
  title: string;
  d: number;
  X: number[];
  y: number[];
  testX: number[];
  testY: number[];
  classes: string[];
  lambda: number;
  intercept: boolean;
  weights: number[] | null;
  gradientNorm: number;
  theta: number[][];
  groups: number[][];
  vanishes: boolean[];
  evaluations: Evaluation[];
  values: (number | null)[];
  effects: GoldenEffects;
}

export interface Counterexamples {
  scale: { theta: number[]; lambda: number; testPoint: number[]; groups: number[][] };
  sign: {
    lambda: number;
    d: number;
    X: number[];
    y: number[];
    pairs: [number, number][];
    cosines: number[];
    minimal: { testPoint: number[]; newton: number; actual: number };
  };
}

export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** A file of the shared research data, or null when that folder is not beside this project. */
export function sharedFile(...parts: string[]): string | null {
  const path = fileURLToPath(new URL(`../../../shared/data/${parts.join('/')}`, import.meta.url));
  return existsSync(path) ? path : null;
}

export interface GoldenData {
  design: Design;
  /** Group columns of the training rows. */
  columns: Record<string, string[]>;
}

export function breastCancer(): GoldenData {
  const { X, y, classes } = readGolden<{ X: number[]; y: string; classes: string[] }>('breast-cancer-input');
  return { design: splitDesign(Float64Array.from(X), Int32Array.from(y, Number), 4, classes, true), columns: {} };
}

export function digits(): GoldenData {
  const { X, y, classes } = readGolden<{ X: string; y: string; classes: string[] }>('digits-input');
  const pixels = Float64Array.from(X, (c) => Number.parseInt(c, 17) / 16);
  return { design: splitDesign(pixels, Int32Array.from(y, Number), 4, classes, false), columns: {} };
}

export function spambase(path: string): GoldenData {
  const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/).slice(1);
  const table = lines.map((line) => line.split(',').map(Number));
  const X = Float64Array.from(table.flatMap((row) => row.slice(0, -1)));
  const y = Int32Array.from(table, (row) => row[row.length - 1]);
  return { design: splitDesign(X, y, 5, ['0', '1'], true), columns: {} };
}

export function diabetes(path: string): GoldenData {
  const wanted = ['X_train', 'y_train', 'X_test', 'y_test', 'age_train', 'medical_specialty_train'];
  const files = unzipSync(readFileSync(path), { filter: (file) => wanted.includes(file.name.replace(/\.npy$/, '')) });
  const array = (name: string): Npy => readNpy(files[`${name}.npy`]);
  const part = (name: string) => ({
    X: Float64Array.from(array(`X_${name}`).numbers),
    y: Int32Array.from(array(`y_${name}`).numbers),
  });
  return {
    design: designOf(part('train'), part('test'), ['0', '1']),
    columns: { age: array('age_train').strings, medical_specialty: array('medical_specialty_train').strings },
  };
}

/** Training images 5,000 … 10,499 and test images 0 … 999. */
export function mnist5500(folder: string): GoldenData {
  const images = (name: string, from: number, count: number) =>
    Float64Array.from(idx(`${folder}/${name}`, 16).subarray(from * 784, (from + count) * 784), (v) => v / 255);
  const labels = (name: string, from: number, count: number) =>
    Int32Array.from(idx(`${folder}/${name}`, 8).subarray(from, from + count));
  const train = {
    X: images('train-images-idx3-ubyte.gz', 5000, 5500),
    y: labels('train-labels-idx1-ubyte.gz', 5000, 5500),
  };
  const test = { X: images('t10k-images-idx3-ubyte.gz', 0, 1000), y: labels('t10k-labels-idx1-ubyte.gz', 0, 1000) };
  return { design: designOf(train, test, [...'0123456789']), columns: {} };
}

function idx(path: string, header: number): Uint8Array {
  return gunzipSync(readFileSync(path)).subarray(header);
}

/** Rows with row % every = 0 are the test rows; standardised by the training mean and deviation (ddof 0). */
function splitDesign(X: Float64Array, y: Int32Array, every: number, classes: string[], standardise: boolean): Design {
  const d = X.length / y.length;
  const rows = [...y.keys()];
  const take = (chosen: number[]) => ({
    X: Float64Array.from(chosen.flatMap((i) => [...X.subarray(i * d, (i + 1) * d)])),
    y: Int32Array.from(chosen, (i) => y[i]),
  });
  const train = take(rows.filter((i) => i % every !== 0));
  const test = take(rows.filter((i) => i % every === 0));
  if (standardise) {
    const n = train.y.length;
    for (let j = 0; j < d; j++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += train.X[i * d + j] / n;
      let variance = 0;
      for (let i = 0; i < n; i++) variance += (train.X[i * d + j] - mean) ** 2 / n;
      for (const part of [train, test]) {
        for (let i = 0; i < part.y.length; i++) part.X[i * d + j] = (part.X[i * d + j] - mean) / Math.sqrt(variance);
      }
    }
  }
  return designOf(train, test, classes);
}

interface Npy {
  numbers: Float32Array | Uint8Array;
  strings: string[];
}

/** Only what the Diabetes file holds: <f4, |u1 and <U. */
function readNpy(bytes: Uint8Array): Npy {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 10 + view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  const type = /'descr': '([^']+)'/.exec(header)?.[1] ?? '';
  const body = bytes.slice(start);
  if (type === '<f4') return { numbers: new Float32Array(body.buffer), strings: [] };
  if (type === '|u1') return { numbers: body, strings: [] };
  const width = Number(/^<U(\d+)$/.exec(type)?.[1]);
  const codes = new Uint32Array(body.buffer);
  const strings = Array.from({ length: codes.length / width }, (_, i) =>
    String.fromCodePoint(...codes.subarray(i * width, (i + 1) * width).filter((c) => c !== 0)),
  );
  return { numbers: new Uint8Array(), strings };
}
