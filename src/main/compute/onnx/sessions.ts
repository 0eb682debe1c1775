/** Compiled graphs of one ONNX Runtime provider: made on first use, kept per graph, and per resident where X is part of the graph. */
import { InferenceSession } from 'onnxruntime-node';
import { withOwnFunctions, withResident, type Resident } from './gpu-graph.ts';
import type { FloatType } from './graphs.ts';
import { encodeModel, type Graph } from './model.ts';

/** Where ONNX Runtime computes. DirectML is part of Windows builds, CUDA a library that the machine may have. */
export type OnnxProvider = 'cpu' | 'webgpu' | 'dml' | 'cuda';

type GraphMaker = (type: FloatType) => Graph;

export interface Sessions {
  get(graph: GraphMaker, resident: Resident | null): Promise<InferenceSession>;
  release(resident: Resident): Promise<void>;
  releaseAll(): Promise<void>;
}

export function openSessions(provider: OnnxProvider, type: FloatType, threads: number): Sessions {
  const plain = new Map<GraphMaker, Promise<InferenceSession>>();
  const resident = new Map<Resident, Map<GraphMaker, Promise<InferenceSession>>>();
  const options = sessionOptions(provider, threads);

  function compile(graph: GraphMaker, X: Resident | null): Promise<InferenceSession> {
    const written = provider === 'cpu' ? graph(type) : withOwnFunctions(graph(type));
    return InferenceSession.create(encodeModel(X === null ? written : withResident(written, X)), options);
  }

  async function releaseEach(sessions: Map<GraphMaker, Promise<InferenceSession>>): Promise<void> {
    for (const made of sessions.values()) {
      // One that could not be compiled has told whoever asked for it.
      const session = await made.catch(() => null);
      await session?.release();
    }
    sessions.clear();
  }

  return {
    get(graph, X) {
      let sessions = plain;
      if (X !== null) {
        sessions = resident.get(X) ?? new Map();
        resident.set(X, sessions);
      }
      let session = sessions.get(graph);
      if (session === undefined) {
        session = compile(graph, X);
        sessions.set(graph, session);
      }
      return session;
    },
    async release(X) {
      const sessions = resident.get(X);
      resident.delete(X);
      if (sessions !== undefined) await releaseEach(sessions);
    },
    async releaseAll() {
      for (const sessions of [plain, ...resident.values()]) await releaseEach(sessions);
      resident.clear();
    },
  };
}

function sessionOptions(provider: OnnxProvider, threads: number): InferenceSession.SessionOptions {
  const common = { interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 } as const;
  if (provider !== 'cpu') {
    // DirectML takes no memory pattern: it keeps its own.
    return { ...common, intraOpNumThreads: 1, executionProviders: [provider], enableMemPattern: false };
  }
  return {
    ...common,
    // Fixed threads, so that sums are taken in the same order each time.
    intraOpNumThreads: threads,
    executionProviders: ['cpu'],
    // Threads that spin while they wait halve the speed of everything else on the machine, and their own when it is busy.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}
