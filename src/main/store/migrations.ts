/**
 * The schema, as numbered steps. A step that has shipped is never edited: a change is a new step.
 * Booleans are 0/1, times are ISO 8601 in UTC, `json` columns are exact JSON (exact-json.ts),
 * REAL columns hold NULL for NaN (SQLite has no NaN).
 */

export interface Migration {
  /** `user_version` after it. */
  version: number;
  title: string;
  sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    title: 'settings, blobs and datasets',
    sql: `
      CREATE TABLE blob (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE blob_chunk (
        blob_id INTEGER NOT NULL REFERENCES blob(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (blob_id, position)
      ) STRICT;

      CREATE TABLE setting (
        name TEXT PRIMARY KEY,
        value_json TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE dataset (
        id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL UNIQUE,
        -- the name of the bundled sample this is, else NULL
        sample TEXT UNIQUE,
        imported_at TEXT NOT NULL,
        summary_json TEXT NOT NULL,
        columns_json TEXT NOT NULL,
        meta_json TEXT NOT NULL
      ) STRICT;

      CREATE TABLE dataset_array (
        dataset_id TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        blob_id INTEGER NOT NULL REFERENCES blob(id),
        PRIMARY KEY (dataset_id, position)
      ) STRICT;
      CREATE INDEX dataset_array_blob ON dataset_array(blob_id);
    `,
  },
  {
    version: 2,
    title: 'studies, fits, groups, effects, certificates and provenance',
    sql: `
      CREATE TABLE study (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        status TEXT NOT NULL
          CHECK (status IN ('draft', 'queued', 'running', 'cancelled', 'interrupted', 'failed', 'done')),
        failure_json TEXT,
        dataset_id TEXT NOT NULL REFERENCES dataset(id),
        spec_json TEXT NOT NULL,
        -- groups read from files, kept so that a resumed run needs no file
        file_groups_blob INTEGER REFERENCES blob(id),
        created_at TEXT NOT NULL,
        started_at TEXT,
        finished_at TEXT,
        seconds REAL NOT NULL DEFAULT 0,
        -- hidden since; erased at the next start
        deleted_at TEXT
      ) STRICT;
      CREATE INDEX study_dataset ON study(dataset_id);
      CREATE INDEX study_file_groups ON study(file_groups_blob);

      CREATE TABLE study_stage (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        stage TEXT NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (study_id, stage)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE fit (
        study_id TEXT PRIMARY KEY REFERENCES study(id) ON DELETE CASCADE,
        lambda REAL,
        test_accuracy REAL,
        summary_json TEXT NOT NULL,
        logits INTEGER NOT NULL,
        classes_json TEXT NOT NULL,
        feature_names_json TEXT NOT NULL,
        coefficients_blob INTEGER NOT NULL REFERENCES blob(id)
      ) STRICT;
      CREATE INDEX fit_blob ON fit(coefficients_blob);

      -- one row per run: a resumed study may have computed on two machines
      CREATE TABLE provenance (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        run INTEGER NOT NULL,
        provenance_json TEXT NOT NULL,
        PRIMARY KEY (study_id, run)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE grouping (
        study_id TEXT PRIMARY KEY REFERENCES study(id) ON DELETE CASCADE,
        group_count INTEGER NOT NULL,
        evaluation_count INTEGER NOT NULL,
        evaluations_json TEXT NOT NULL,
        batch_sizes_json TEXT NOT NULL,
        notes_json TEXT NOT NULL,
        -- members of all groups one after the other, Int32
        members_blob INTEGER NOT NULL REFERENCES blob(id)
      ) STRICT;
      CREATE INDEX grouping_blob ON grouping(members_blob);

      CREATE TABLE study_group (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        origin TEXT NOT NULL,
        label TEXT NOT NULL,
        size INTEGER NOT NULL,
        -- index of its first member in the members blob
        first_member INTEGER NOT NULL,
        parameters_json TEXT NOT NULL,
        PRIMARY KEY (study_id, position),
        UNIQUE (study_id, id)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE effect_batch (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        batch INTEGER NOT NULL,
        first_group INTEGER NOT NULL,
        group_count INTEGER NOT NULL,
        notes_json TEXT NOT NULL,
        -- Float64: value(e, s, g) = [(e * estimators + s) * group_count + g]
        effects BLOB NOT NULL,
        PRIMARY KEY (study_id, batch)
      ) STRICT;
      -- covers the sum of groups done, so that the list of studies reads no effects
      CREATE INDEX effect_batch_done ON effect_batch(study_id, group_count);

      CREATE TABLE retraining (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        newton_steps INTEGER NOT NULL,
        gradient_norm REAL,
        relative_gradient_norm REAL,
        converged INTEGER NOT NULL,
        effect_bound REAL,
        seconds REAL,
        PRIMARY KEY (study_id, position)
      ) STRICT, WITHOUT ROWID;
    `,
  },
  {
    version: 3,
    title: 'tags, notes and pins of studies; agreements kept',
    sql: `
      ALTER TABLE study ADD COLUMN tags_json TEXT NOT NULL DEFAULT '[]';
      ALTER TABLE study ADD COLUMN note TEXT NOT NULL DEFAULT '';
      ALTER TABLE study ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));

      -- computed from the effects, kept so that a list of studies and a comparison of many read no effects
      CREATE TABLE study_agreement (
        study_id TEXT PRIMARY KEY REFERENCES study(id) ON DELETE CASCADE,
        -- the groups they were computed over: stale when more are done
        groups_done INTEGER NOT NULL,
        -- lowest and highest Spearman correlation of influence with actual, over all groups of an evaluation
        influence_lowest REAL,
        influence_highest REAL,
        agreements_json TEXT NOT NULL
      ) STRICT;
    `,
  },
  {
    version: 4,
    title: 'named groups',
    sql: `
      CREATE TABLE named_group (
        id TEXT PRIMARY KEY,
        dataset_id TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        -- how it was made, in words
        how TEXT NOT NULL,
        class_counts_json TEXT NOT NULL,
        size INTEGER NOT NULL,
        -- training rows ascending, Int32
        members_blob INTEGER NOT NULL REFERENCES blob(id),
        created_at TEXT NOT NULL,
        -- hidden since; erased at the next start
        deleted_at TEXT
      ) STRICT;
      CREATE UNIQUE INDEX named_group_name ON named_group(dataset_id, name) WHERE deleted_at IS NULL;
      CREATE INDEX named_group_blob ON named_group(members_blob);
      `,
  },
  {
    version: 5,
    title: 'analyses of studies; what each estimator took',
    sql: `
      CREATE TABLE study_analysis (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        -- index in the study's field "analyses"
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        result_json TEXT NOT NULL,
        -- Float64: the arrays that result_json points into
        numbers BLOB NOT NULL,
        PRIMARY KEY (study_id, position)
      ) STRICT;

      -- Float64, one per estimator: seconds of this batch, were it alone; NULL of older batches
      ALTER TABLE effect_batch ADD COLUMN estimator_seconds BLOB;
    `,
  },
  {
    version: 6,
    title: 'trainings of networks: curve, checkpoints, the state they go on from',
    sql: `
      CREATE TABLE training (
        study_id TEXT PRIMARY KEY REFERENCES study(id) ON DELETE CASCADE,
        epochs INTEGER NOT NULL,
        step INTEGER NOT NULL,
        -- after the last epoch kept: parameters and the optimiser's memory, Float64
        theta_blob INTEGER NOT NULL REFERENCES blob(id),
        memory_blob INTEGER NOT NULL REFERENCES blob(id)
      ) STRICT;
      CREATE INDEX training_theta ON training(theta_blob);
      CREATE INDEX training_memory ON training(memory_blob);

      CREATE TABLE training_epoch (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        point_json TEXT NOT NULL,
        PRIMARY KEY (study_id, epoch)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE training_checkpoint (
        study_id TEXT NOT NULL REFERENCES study(id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        step INTEGER NOT NULL,
        learning_rate REAL NOT NULL,
        theta_blob INTEGER NOT NULL REFERENCES blob(id),
        PRIMARY KEY (study_id, epoch)
      ) STRICT;
      CREATE INDEX training_checkpoint_blob ON training_checkpoint(theta_blob);
    `,
  },
  {
    version: 7,
    title: 'attributions: points, suspects, shoot-outs, and retrainings on cleaned data',
    sql: `
      CREATE TABLE attribution (
        id TEXT PRIMARY KEY,
        dataset_id TEXT NOT NULL REFERENCES dataset(id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('points', 'clean', 'shootOut', 'retraining')),
        -- of a retraining: the suspects it began with
        parent_id TEXT REFERENCES attribution(id) ON DELETE CASCADE,
        created_at TEXT NOT NULL,
        seconds REAL NOT NULL,
        -- what was asked, in words the window has no need to open the result for
        summary_json TEXT NOT NULL,
        result_json TEXT NOT NULL,
        -- Float64: the arrays that result_json points into
        numbers_blob INTEGER NOT NULL REFERENCES blob(id),
        -- hidden since; erased at the next start
        deleted_at TEXT
      ) STRICT;
      CREATE INDEX attribution_dataset ON attribution(dataset_id);
      CREATE INDEX attribution_parent ON attribution(parent_id);
      CREATE INDEX attribution_blob ON attribution(numbers_blob);
    `,
  },
];
