/** Every direction of a removal, through the group's own rows or through the parameters, in whitened parameters. */
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { parameterCount } from '../models/objective.ts';
import { alignedSpectrum } from './aligned-spectrum.ts';
import { curvatureRowCount, curvatureRows } from './curvature-rows.ts';
import type { SpectrumControl } from './removal-spectrum.ts';
import type { Whitening } from './whitening.ts';

/** What either exact form knows of each direction. */
export interface Directions {
  eigenvalues: Float64Array;
  /** Per vector, its component along each direction. */
  alignments: Float64Array[];
  /** eⱼ in whitened parameters; null where it was not worked out. */
  eigenvector(j: number): Float64Array | null;
}

/**
 * Through W = AC⁻ᵀ (|w|·L × q): WWᵀ has the eigenvalues of M = WᵀW that are not 0, and for its eigenvector u the
 * direction e = Wᵀu/√μ has eᵀv = uᵀ(Wv)/√μ.
 */
export async function spectrumThroughRows(
  model: ModelOnDevice,
  whitening: Whitening,
  members: Int32Array,
  vectors: readonly Float64Array[],
): Promise<Directions> {
  const { device, objective } = model;
  const q = parameterCount(objective);
  const r = curvatureRowCount(model, members);
  if (r === 0)
    return {
      eigenvalues: new Float64Array(0),
      alignments: vectors.map(() => new Float64Array(0)),
      eigenvector: () => null,
    };
  const W = await whitening.apply(curvatureRows(model, members));
  const gram = await device.multiply(W, W, r, q, r, true);
  const along = vectors.map((vector) =>
    Float64Array.from({ length: r }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < q; j++) sum += W[i * q + j] * vector[j];
      return sum;
    }),
  );
  const { eigenvalues, alignments, vector } = alongRows(gram, along, r);
  return {
    eigenvalues,
    alignments,
    eigenvector(j) {
      const u = vector(j);
      if (u === null || !(eigenvalues[j] > 0)) return null;
      const e = new Float64Array(q);
      for (let i = 0; i < r; i++) for (let c = 0; c < q; c++) e[c] += (u[i] * W[i * q + c]) / Math.sqrt(eigenvalues[j]);
      return e;
    },
  };
}

/** The spectrum of a Gram matrix of r rows, with each vector's component along eⱼ from that of its products with the rows. */
export function alongRows(
  gram: Float64Array,
  along: readonly Float64Array[],
  r: number,
): ReturnType<typeof spectrumWithVectors> {
  const { eigenvalues, alignments, vector } = spectrumWithVectors(gram, along);
  // Below its own rounding an eigenvalue is 0, and there is no direction.
  const least = r * Number.EPSILON * Math.max(eigenvalues[0] ?? 0, 0);
  return {
    eigenvalues: eigenvalues.map((value) => (value > least ? value : 0)),
    alignments: alignments.map((values) =>
      values.map((value, j) => (eigenvalues[j] > least ? value / Math.sqrt(eigenvalues[j]) : 0)),
    ),
    vector,
  };
}

/** Rows whitened at a time. */
const BLOCK = 2048;

export async function spectrumThroughParameters(
  model: ModelOnDevice,
  whitening: Whitening,
  members: Int32Array,
  vectors: readonly Float64Array[],
  { checkCancelled }: SpectrumControl,
): Promise<Directions> {
  const { device, objective } = model;
  const q = parameterCount(objective);
  const M = new Float64Array(q * q);
  const step = Math.max(1, Math.floor(BLOCK / objective.logits));
  for (let start = 0; start < members.length; start += step) {
    checkCancelled();
    const W = await whitening.apply(curvatureRows(model, members.subarray(start, start + step)));
    const Wt = transpose(W, W.length / q, q);
    const part = await device.multiply(Wt, Wt, q, W.length / q, q, true);
    for (let at = 0; at < M.length; at++) M[at] += part[at];
  }
  const { eigenvalues, alignments, vector } = spectrumWithVectors(M, vectors);
  return { eigenvalues, alignments, eigenvector: vector };
}

/** Up to here eigenvectors are worked out: above, they would cost more than all the rest. */
const MOST_WITH_VECTORS = 256;

/** As alignedSpectrum, with eigenvector j where the matrix is small: unit vectors carried along give its entries. */
function spectrumWithVectors(
  M: Float64Array,
  vectors: readonly Float64Array[],
): { eigenvalues: Float64Array; alignments: Float64Array[]; vector(j: number): Float64Array | null } {
  const m = Math.round(Math.sqrt(M.length));
  const units =
    m > MOST_WITH_VECTORS
      ? []
      : Array.from({ length: m }, (_, at) => Float64Array.from({ length: m }, (__, i) => (i === at ? 1 : 0)));
  const { eigenvalues, alignments } = alignedSpectrum(M, [...vectors, ...units]);
  const entries = alignments.slice(vectors.length);
  return {
    eigenvalues,
    alignments: alignments.slice(0, vectors.length),
    vector: (j) => (entries.length === 0 ? null : Float64Array.from(entries, (entry) => entry[j])),
  };
}

function transpose(A: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(A.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = A[i * columns + j];
  return out;
}
