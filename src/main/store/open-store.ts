/** The store as the rest of the program sees it: one SQLite file, one writer, readers beside it. */
import { analysisRepository, type AnalysisRepository } from './analyses.ts';
import { agreementRepository, type AgreementRepository } from './agreements.ts';
import { attributionRepository, type AttributionRepository } from './attributions.ts';
import { namedGroupRepository, type NamedGroupRepository } from './named-groups.ts';
import { openForReading, openForWriting, type Connection } from './connection.ts';
import { blobRepository } from './blobs.ts';
import { datasetRepository, type DatasetRepository } from './datasets.ts';
import { effectRepository, type EffectRepository } from './effects.ts';
import { fitRepository, provenanceRepository, type FitRepository, type ProvenanceRepository } from './fits.ts';
import { groupRepository, type GroupRepository } from './groups.ts';
import { checkVersion, migrate, STORE_VERSION } from './migrate.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { retrainingRepository } from './retraining.ts';
import { settingRepository, type SettingRepository } from './settings.ts';
import { guardAll, guarded } from './storage-errors.ts';
import { lockStore, type StoreLock } from './store-lock.ts';
import { studyRepository, type StudyRepository } from './studies.ts';
import { trainingRepository, type TrainingRepository } from './trainings.ts';
import { LeverageError } from '../../shared/errors.ts';

export interface Store {
  readonly file: string;
  readonly readOnly: boolean;
  /** The backup written before migrating, or null. */
  readonly backup: string | null;
  readonly settings: SettingRepository;
  readonly datasets: DatasetRepository;
  readonly studies: StudyRepository;
  readonly fits: FitRepository;
  readonly provenance: ProvenanceRepository;
  readonly groups: GroupRepository;
  readonly namedGroups: NamedGroupRepository;
  readonly effects: EffectRepository;
  readonly agreements: AgreementRepository;
  readonly analyses: AnalysisRepository;
  readonly trainings: TrainingRepository;
  readonly attributions: AttributionRepository;
  /** Runs `work` in one transaction: all of it is kept, or none. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens (or creates) the store for writing: takes its lock, migrates it.
 * @throws LeverageError 'unavailable' when another engine has it; 'storage' for what the disk or SQLite refuse
 */
export function openStore(file: string, migrations: readonly Migration[] = MIGRATIONS): Store {
  const lock = lockStore(file);
  try {
    const connection = openForWriting(file);
    try {
      const backup = guarded(file, () => migrate(connection, file, migrations));
      return storeOn(connection, file, { readOnly: false, backup, lock });
    } catch (thrown) {
      connection.close();
      throw thrown;
    }
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

/**
 * A read-only view of an existing store, for worker threads and for looking beside a running engine.
 * @throws LeverageError 'storage' when there is none, or it is of another version
 */
export function openReader(file: string): Store {
  const connection = openForReading(file);
  try {
    const version = guarded(file, () => checkVersion(connection, file));
    if (version < STORE_VERSION) {
      throw new LeverageError(
        'storage',
        `The store ${file} is of an older version (${version}; this Leverage reads ${STORE_VERSION}).`,
        'Open it once for writing: it is then brought up to date, with a backup.',
      );
    }
    return storeOn(connection, file, { readOnly: true, backup: null, lock: null });
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

interface Opening {
  readOnly: boolean;
  backup: string | null;
  lock: StoreLock | null;
}

function storeOn(connection: Connection, file: string, { readOnly, backup, lock }: Opening): Store {
  return guarded(file, () => {
    const blobs = blobRepository(connection);
    // What an import left that a crash ended between two of its parts.
    if (!readOnly) blobs.sweep();
    const retraining = retrainingRepository(connection);
    return {
      file,
      readOnly,
      backup,
      settings: guardAll(file, settingRepository(connection)),
      datasets: guardAll(file, datasetRepository(connection, blobs)),
      studies: guardAll(file, studyRepository(connection, blobs)),
      fits: guardAll(file, fitRepository(connection, blobs)),
      provenance: guardAll(file, provenanceRepository(connection)),
      groups: guardAll(file, groupRepository(connection, blobs)),
      namedGroups: guardAll(file, namedGroupRepository(connection, blobs)),
      effects: guardAll(file, effectRepository(connection, retraining)),
      agreements: guardAll(file, agreementRepository(connection)),
      analyses: guardAll(file, analysisRepository(connection)),
      trainings: guardAll(file, trainingRepository(connection, blobs)),
      attributions: guardAll(file, attributionRepository(connection, blobs)),
      transaction: <T>(work: () => T): T => guarded(file, () => connection.transaction(work)()),
      close: () => {
        connection.close();
        lock?.release();
      },
    };
  });
}
