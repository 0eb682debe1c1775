/** One import from dropped or chosen files to a stored dataset: admit, preview, roles, import, or a failure with its remedy. */
import { MOST_TERMS, TEXT_DEFAULTS } from '../../shared/column-types.ts';
import type { ColumnType, TextOptions } from '../../shared/column-types.ts';
import type { ColumnRole } from '../../shared/dataset.ts';
import type { FileHandle, ImportOptions, ImportPreview } from '../../shared/contract.ts';
import { toFailure, type Failure } from '../../shared/errors.ts';
import { notices } from './notices.svelte.ts';
import { route } from './route.svelte.ts';
import { session } from './session.svelte.ts';

/** A pause in typing after which the preview is asked again. */
const SETTLE_MS = 250;

export type ImportPhase = 'closed' | 'reading' | 'preview' | 'importing' | 'failed';

class Importing {
  phase = $state<ImportPhase>('closed');
  files = $state.raw<FileHandle[]>([]);
  fileNames = $state.raw<string[]>([]);
  preview = $state.raw<ImportPreview | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Share of the upload, 0…1. */
  admitted = $state(0);
  importId = $state('');

  name = $state('');
  roles = $state<Record<string, ColumnRole>>({});
  /** As the preview found them, or as they were changed. */
  types = $state<Record<string, ColumnType>>({});
  /** Of every column that is or was text. */
  texts = $state<Record<string, TextOptions>>({});
  /** The preview is being asked again, after a change of types. */
  refreshing = $state(false);
  /** Why the files can not be read as the types now are. */
  problem = $state.raw<Failure | null>(null);
  testShare = $state(0.2);
  seed = $state(0);
  missingNumbers = $state<NonNullable<ImportOptions['missingNumbers']>>('mean');

  progress = $derived(session.imports[this.importId] ?? null);
  /** Tables have columns whose roles can be chosen; the other formats say themselves what is what. */
  isTable = $derived(this.preview?.table === true);
  /** The files hold no test rows of their own: some are held back. Images come with a file of labels. */
  splits = $derived(
    this.preview !== null && !/^NPZ/.test(this.preview.format) && this.files.length <= filesOfOneSplit(this.preview),
  );
  /** All rows, where the beginning of the file was all of it. */
  rows = $derived(this.preview?.trainRows == null ? null : this.preview.trainRows + (this.preview.testRows ?? 0));
  featureCount = $derived(
    this.isTable
      ? Object.values(this.roles).filter((role) => role === 'feature').length
      : (this.preview?.featureCount ?? 0),
  );
  target = $derived(Object.entries(this.roles).find(([, role]) => role === 'target')?.[0] ?? null);
  missing = $derived(
    this.preview?.columns.filter(
      (column) => this.types[column.name] === 'number' && column.missing > 0 && this.roles[column.name] === 'feature',
    ) ?? [],
  );
  /** Feature columns whose words are counted. */
  textFeatures = $derived(
    Object.keys(this.types).filter((name) => this.types[name] === 'text' && this.roles[name] === 'feature'),
  );
  textProblem = $derived.by(() => {
    for (const name of this.textFeatures) {
      const { vocabulary, minimumDocuments } = this.texts[name] ?? TEXT_DEFAULTS;
      const whole = (value: number) => Number.isInteger(value) && value >= 1;
      if (!whole(vocabulary) || vocabulary > MOST_TERMS || !whole(minimumDocuments))
        return `The terms of “${name}” are limited by whole numbers of at least 1 (at most 200,000 terms).`;
    }
    return null;
  });
  /** What still has to be chosen before importing, or null. */
  blocked = $derived(
    !this.isTable
      ? null
      : this.target === null
        ? 'Choose which column is the target: the label that the model predicts.'
        : this.featureCount === 0
          ? 'Leave at least one column as a feature: the model predicts the target from them.'
          : this.problem !== null
            ? 'Choose another type for that column, or correct the file.'
            : this.textProblem !== null
              ? this.textProblem
              : this.splits && !Number.isInteger(this.seed)
                ? 'The seed of the draw is a whole number.'
                : null,
  );

  /** Files dropped on the window or chosen in it. */
  async open(files: readonly File[]): Promise<void> {
    const { bridge } = session;
    if (bridge === null) return;
    await this.#read(
      files.map((file) => file.name),
      () => bridge.admitFiles(files, (share) => (this.admitted = share)),
    );
  }

  /** Files that the host has let in already: chosen in its menu, or opened with Leverage. */
  async openAdmitted(files: readonly FileHandle[]): Promise<void> {
    await this.#read(
      files.map((file) => file.name),
      () => Promise.resolve([...files]),
    );
  }

  async #read(names: readonly string[], admit: () => Promise<FileHandle[]>): Promise<void> {
    if (this.phase === 'importing') return;
    this.fileNames = [...names];
    this.phase = 'reading';
    this.admitted = 0;
    this.preview = null;
    this.failure = null;
    this.#asked += 1;
    clearTimeout(this.#timer);
    this.refreshing = false;
    try {
      this.files = await admit();
      this.admitted = 1;
      this.preview = await session.call('datasets.preview', {
        files: this.files.map((file) => file.handle),
        options: {},
      });
      this.roles = Object.fromEntries(this.preview.columns.map((column) => [column.name, column.role]));
      this.types = Object.fromEntries(this.preview.columns.map((column) => [column.name, column.kind]));
      this.texts = Object.fromEntries(
        this.preview.columns.flatMap(({ name, kind }) => (kind === 'text' ? [[name, { ...TEXT_DEFAULTS }]] : [])),
      );
      this.#found = { ...this.types };
      this.problem = null;
      this.name = nameOf(this.fileNames);
      this.missingNumbers = 'mean';
      this.phase = 'preview';
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Gives a column a role; only one column can be the target. */
  assign(column: string, role: ColumnRole): void {
    if (role === 'target' && this.target !== null && this.target !== column) this.roles[this.target] = 'feature';
    this.roles[column] = role;
    if (this.types[column] === 'text') this.#refreshSoon();
  }

  /** Says what a column's values are; the preview shows what comes of it. */
  retype(column: string, type: ColumnType): void {
    this.types[column] = type;
    if (type === 'text') {
      this.texts[column] ??= { ...TEXT_DEFAULTS };
      if (this.roles[column] === 'id' || this.roles[column] === 'ignore') this.roles[column] = 'feature';
    }
    this.#refreshSoon();
  }

  /** Changes how the words of a text column are counted. */
  recount(column: string, options: Partial<TextOptions>): void {
    this.texts[column] = { ...(this.texts[column] ?? TEXT_DEFAULTS), ...options };
    this.#refreshSoon();
  }

  /** Back to the columns, after a failure that happened behind them. */
  back(): void {
    if (this.phase === 'failed' && this.preview !== null) this.phase = 'preview';
  }

  /** Types as they were found by the engine: only what differs from them is told to it. */
  #found: Record<string, ColumnType> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  #refreshSoon(): void {
    clearTimeout(this.#timer);
    this.refreshing = true;
    this.#timer = setTimeout(() => void this.#refresh(), SETTLE_MS);
  }

  async #refresh(): Promise<void> {
    const asked = ++this.#asked;
    if (this.textProblem !== null) {
      this.refreshing = false;
      return;
    }
    try {
      const { roles, types, text } = this.#tableOptions();
      const files = this.files.map((file) => file.handle);
      const preview = await session.call('datasets.preview', { files, options: { roles, types, text } });
      // A later change has asked again, or the dialog shows other files.
      if (asked !== this.#asked || this.phase !== 'preview') return;
      this.preview = preview;
      this.problem = null;
    } catch (thrown) {
      if (asked === this.#asked) this.problem = toFailure(thrown);
    }
    if (asked === this.#asked) this.refreshing = false;
  }

  async confirm(): Promise<void> {
    if (this.preview === null || this.blocked !== null) return;
    this.importId = crypto.randomUUID();
    this.phase = 'importing';
    try {
      const dataset = await session.call('datasets.import', {
        importId: this.importId,
        files: this.files.map((file) => file.handle),
        options: this.#options(),
      });
      await session.refreshDatasets();
      this.phase = 'closed';
      route.open('library', dataset.id);
      notices.confirm(`“${dataset.name}” is in the library.`);
    } catch (thrown) {
      const failure = toFailure(thrown);
      if (failure.kind === 'cancelled') this.phase = 'preview';
      else this.#fail(thrown);
    }
  }

  async cancel(): Promise<void> {
    try {
      await session.call('datasets.cancelImport', { importId: this.importId });
    } catch (thrown) {
      notices.failure(thrown);
    }
  }

  close(): void {
    if (this.phase !== 'importing') this.phase = 'closed';
  }

  #options(): ImportOptions {
    const name = this.name.trim();
    const common: ImportOptions = name === '' ? {} : { name };
    if (this.splits) common.test = { fraction: this.testShare, seed: this.seed };
    if (!this.isTable) return common;
    const options: ImportOptions = { ...common, ...this.#tableOptions() };
    if (this.target !== null) options.label = this.target;
    // Without a gap in the preview the engine decides the same, and says so in its notes.
    if (this.missing.length > 0) options.missingNumbers = this.missingNumbers;
    return options;
  }

  #tableOptions(): Pick<ImportOptions, 'roles' | 'types' | 'text'> {
    const changed = Object.entries(this.types).filter(([name, type]) => type === 'text' || type !== this.#found[name]);
    const text = this.textFeatures.map((name) => [name, { ...(this.texts[name] ?? TEXT_DEFAULTS) }]);
    return { roles: { ...this.roles }, types: Object.fromEntries(changed), text: Object.fromEntries(text) };
  }

  #fail(thrown: unknown): void {
    this.failure = toFailure(thrown);
    this.phase = 'failed';
  }
}

function filesOfOneSplit({ format }: ImportPreview): number {
  return /^IDX/.test(format) ? 2 : 1;
}

/** A dataset's name from its files: without folders, endings and "train". */
function nameOf(files: readonly string[]): string {
  const first =
    files.find((name) => !/(^|[^a-z])(test|t10k|val|valid|validation|eval|holdout)([^a-z]|$)/i.test(name)) ??
    files[0] ??
    'dataset';
  const base = first.replace(
    /(\.(gz|csv|tsv|parquet|pq|arrows?|feather|ipc|jsonl|ndjson|json|npz|data|txt|svm|libsvm|svmlight|idx\d?-ubyte))+$/i,
    '',
  );
  return base.replace(/[-_.]?(train|images)([-_.].*)?$/i, '') || base;
}

export const importing = new Importing();
