import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../src/main/store/index.ts';
import type { TrainingUpdate } from '../../src/main/store/trainings.ts';
import { withStudy } from './kept-things.ts';
import { temporaryStoreFile } from './temporary-store.ts';

/** After `epoch`; every second one has a checkpoint. */
function update(epoch: number): TrainingUpdate {
  const theta = Float64Array.of(epoch, Math.PI * epoch, -0);
  return {
    epochs: 4,
    point: { epoch, trainLoss: 1 / (epoch + 1), testLoss: NaN, accuracy: 0.5 },
    theta,
    memory: Float64Array.of(10 + epoch, 1e-300, 3),
    step: 7 * epoch,
    checkpoint: epoch % 2 === 1 ? { theta, learningRate: 0.1 * epoch, epoch, step: 7 * epoch } : null,
  };
}

describe('trainings in the store', () => {
  it('are given back bit by bit, to go on from', () => {
    const file = temporaryStoreFile();
    let store = withStudy(openStore(file));
    expect(store.trainings.load('s')).toBeNull();
    expect(store.trainings.curve('s')).toBeNull();
    for (const epoch of [0, 1, 2, 3]) store.trainings.keep('s', update(epoch));
    store.close();
    store = openStore(file);
    expect(store.trainings.load('s')).toEqual({
      theta: update(3).theta,
      memory: update(3).memory,
      epoch: 3,
      step: 21,
      checkpoints: [update(1).checkpoint, update(3).checkpoint],
      curve: [0, 1, 2, 3].map((epoch) => update(epoch).point),
    });
    expect(store.trainings.curve('s')).toEqual({
      epochs: 4,
      points: [0, 1, 2, 3].map((epoch) => update(epoch).point),
      checkpoints: [1, 3],
    });
    store.close();
  });

  it('keep no θ but the latest and those of checkpoints', () => {
    const file = temporaryStoreFile();
    const store = withStudy(openStore(file));
    const blobs = (): number => {
      const connection = new Database(file, { readonly: true });
      const count = connection.prepare('SELECT count(*) FROM blob').pluck().get();
      connection.close();
      return Number(count);
    };
    const before = blobs();
    for (const epoch of [0, 1, 2, 3, 4]) store.trainings.keep('s', update(epoch));
    // θ and memory after epoch 4, θ of the checkpoints 1 and 3.
    expect(blobs() - before).toBe(4);
    store.close();
  });
});
