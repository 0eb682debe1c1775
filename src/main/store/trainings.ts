/** Trainings of networks: the curve, θ at checkpoints, and the state that training goes on from. */
import type { TrainingPoint } from '../../shared/study.ts';
import type { Checkpoint, TrainingState } from '../models/trainable/trainable-model.ts';
import type { BlobRepository } from './blobs.ts';
import type { Connection } from './connection.ts';
import { fromExactJson, toExactJson } from './exact-json.ts';
import { bytesOf } from './typed-bytes.ts';

/** What one epoch adds to a training. */
export interface TrainingUpdate {
  epochs: number;
  point: TrainingPoint;
  theta: Float64Array;
  /** The optimiser's. */
  memory: Float64Array;
  step: number;
  /** The checkpoint of this epoch, if it has one. */
  checkpoint: Checkpoint | null;
}

export interface TrainingRepository {
  /** An epoch that is kept already is replaced. */
  keep(studyId: string, update: TrainingUpdate): void;
  /** What the next epoch goes on from; null where nothing is kept. */
  load(studyId: string): TrainingState | null;
  /** Without θ. */
  curve(studyId: string): { epochs: number; points: TrainingPoint[]; checkpoints: number[] } | null;
}

interface TrainingRow {
  epochs: number;
  step: number;
  theta_blob: number;
  memory_blob: number;
}

interface CheckpointRow {
  epoch: number;
  step: number;
  learning_rate: number;
  theta_blob: number;
}

export function trainingRepository(connection: Connection, blobs: BlobRepository): TrainingRepository {
  const replace = connection.prepare<[string, number, number, number, number]>(
    'INSERT OR REPLACE INTO training (study_id, epochs, step, theta_blob, memory_blob) VALUES (?, ?, ?, ?, ?)',
  );
  const addPoint = connection.prepare<[string, number, string]>(
    'INSERT OR REPLACE INTO training_epoch (study_id, epoch, point_json) VALUES (?, ?, ?)',
  );
  const addCheckpoint = connection.prepare<[string, number, number, number, number]>(
    `INSERT OR REPLACE INTO training_checkpoint (study_id, epoch, step, learning_rate, theta_blob)
     VALUES (?, ?, ?, ?, ?)`,
  );
  const one = connection.prepare<[string], TrainingRow>(
    'SELECT epochs, step, theta_blob, memory_blob FROM training WHERE study_id = ?',
  );
  const points = connection
    .prepare<[string], string>('SELECT point_json FROM training_epoch WHERE study_id = ? ORDER BY epoch')
    .pluck();
  const checkpoints = connection.prepare<[string], CheckpointRow>(
    'SELECT epoch, step, learning_rate, theta_blob FROM training_checkpoint WHERE study_id = ? ORDER BY epoch',
  );
  const numbers = (blob: number): Float64Array => new Float64Array(blobs.get(blob).buffer);
  const curve = (studyId: string): TrainingPoint[] => points.all(studyId).map((text) => fromExactJson(text));

  return {
    keep: (studyId, { epochs, point, theta, memory, step, checkpoint }) => {
      connection.transaction(() => {
        replace.run(studyId, epochs, step, blobs.put(bytesOf(theta)), blobs.put(bytesOf(memory)));
        addPoint.run(studyId, point.epoch, toExactJson(point));
        if (checkpoint !== null) {
          const blob = blobs.put(bytesOf(checkpoint.theta));
          addCheckpoint.run(studyId, checkpoint.epoch, checkpoint.step, checkpoint.learningRate, blob);
        }
        // The epoch before is not gone on from any more.
        blobs.sweep();
      })();
    },
    load: (studyId) => {
      const row = one.get(studyId);
      if (row === undefined) return null;
      const kept = curve(studyId);
      return {
        theta: numbers(row.theta_blob),
        memory: numbers(row.memory_blob),
        epoch: kept[kept.length - 1].epoch,
        step: row.step,
        checkpoints: checkpoints.all(studyId).map(({ epoch, step, learning_rate, theta_blob }) => {
          return { epoch, step, learningRate: learning_rate, theta: numbers(theta_blob) };
        }),
        curve: kept,
      };
    },
    curve: (studyId) => {
      const row = one.get(studyId);
      if (row === undefined) return null;
      const kept = checkpoints.all(studyId).map(({ epoch }) => epoch);
      return { epochs: row.epochs, points: curve(studyId), checkpoints: kept };
    },
  };
}
