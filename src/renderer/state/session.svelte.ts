/** What the whole window knows: the bridge, the library, the studies, what is running. */
import type { AppInfo, Bridge, EngineEvent, FileHandle } from '../../shared/contract.ts';
import type { DatasetSummary } from '../../shared/dataset.ts';
import { LeverageError } from '../../shared/errors.ts';
import type { DeviceReport, StudyProgress, StudySummary } from '../../shared/study.ts';
import { callOver, connect, type Call } from '../bridge/bridge.ts';
import { notices } from './notices.svelte.ts';
import { restartWords } from './restart-words.ts';

export type ImportProgress = Extract<EngineEvent, { type: 'import.progress' }>;

class Session {
  bridge = $state.raw<Bridge | null>(null);
  info = $state.raw<AppInfo | null>(null);
  /** Null until the engine has tried them out, which takes a moment after its start. */
  devices = $state.raw<DeviceReport[] | null>(null);
  /** Null until first fetched. */
  datasets = $state.raw<DatasetSummary[] | null>(null);
  studies = $state.raw<StudySummary[] | null>(null);
  progress = $state.raw<Record<string, StudyProgress>>({});
  imports = $state.raw<Record<string, ImportProgress>>({});
  /** Counts the changes announced per study, so that a view can fetch again. */
  revisions = $state.raw<Record<string, number>>({});
  /** Counts the changes of named groups. */
  groupRevision = $state(0);
  /** Counts the changes of kept attributions. */
  attributionRevision = $state(0);
  /** The attribution that is being computed, as it was last told; null when none is. */
  attributing = $state.raw<Extract<EngineEvent, { type: 'attribution.progress' }> | null>(null);
  /** Files that came from outside the page (the menu, "Open with…"), waiting for the import to take them. */
  opened = $state.raw<FileHandle[] | null>(null);
  /** A command of the table that the native menu asks for, waiting for the window to run it. */
  asked = $state.raw<string | null>(null);
  /** Why the window could not be connected; null when it is or is trying. */
  broken = $state.raw<{ message: string; hint: string } | null>(null);

  running = $derived(this.studies?.find((study) => study.status === 'running') ?? null);
  device = $derived(this.devices?.find((device) => device.chosen) ?? null);

  readonly call: Call = (method, input) => {
    if (this.bridge === null) {
      throw new LeverageError('unavailable', 'The engine is not connected yet.', 'Wait a moment and try again.');
    }
    return callOver(this.bridge)(method, input);
  };

  async start(): Promise<void> {
    try {
      const bridge = await connect();
      this.bridge = bridge;
      bridge.subscribe((event) => this.#receive(event));
      // Each answer is shown as it comes. The devices are tried out, so they are asked last.
      await Promise.all([this.#fetchInfo(), this.#fetchStudies(), this.#fetchDatasets()]);
      void this.#guard(() => this.#fetchDevices());
    } catch (thrown) {
      const { message, hint } = thrown instanceof LeverageError ? thrown : { message: String(thrown), hint: '' };
      this.broken = { message, hint: hint === '' ? 'Start Leverage again and reload this window.' : hint };
    }
  }

  dataset(id: string): DatasetSummary | null {
    return this.datasets?.find((dataset) => dataset.id === id) ?? null;
  }

  study(id: string): StudySummary | null {
    return this.studies?.find((study) => study.id === id) ?? null;
  }

  async refreshStudies(): Promise<void> {
    await this.#guard(() => this.#fetchStudies());
  }

  async refreshDatasets(): Promise<void> {
    await this.#guard(() => this.#fetchDatasets());
  }

  #receive(event: EngineEvent): void {
    switch (event.type) {
      case 'datasets.changed':
        void this.refreshDatasets();
        break;
      case 'groups.changed':
        this.groupRevision += 1;
        break;
      case 'attribution.progress':
        this.attributing = event;
        break;
      case 'attribution.changed':
        this.attributing = null;
        this.attributionRevision += 1;
        break;
      case 'devices.changed':
        void this.#guard(() => this.#fetchDevices());
        break;
      case 'command.asked':
        this.asked = event.command;
        break;
      case 'import.progress':
        this.imports = { ...this.imports, [event.importId]: event };
        break;
      case 'studies.changed':
        this.#announce(event.id);
        void this.refreshStudies();
        break;
      case 'study.progress':
        this.progress = { ...this.progress, [event.id]: event.progress };
        this.#announce(event.id);
        if (this.study(event.id)?.status !== 'running') void this.refreshStudies();
        break;
      case 'engine.restarted':
        void this.#catchUp(event.reason);
        break;
      case 'files.opened':
        this.opened = event.files;
        break;
    }
  }

  /** After a restart or a lost connection: says what happened and fetches what may have changed meanwhile. */
  async #catchUp(reason: string): Promise<void> {
    const words = restartWords(reason, this.running?.name ?? null);
    if (words.tone === 'good') notices.confirm(words.message);
    else notices.failure(new LeverageError('unavailable', words.message, words.hint));
    if (words.final) return;
    this.progress = {};
    this.groupRevision += 1;
    this.attributing = null;
    this.attributionRevision += 1;
    await Promise.all([this.refreshStudies(), this.refreshDatasets()]);
    for (const id of Object.keys(this.revisions)) this.#announce(id);
  }

  #announce(id: string): void {
    this.revisions = { ...this.revisions, [id]: (this.revisions[id] ?? 0) + 1 };
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      notices.failure(thrown);
    }
  }

  async #fetchDatasets(): Promise<void> {
    this.datasets = await this.call('datasets.list', {});
  }

  async #fetchStudies(): Promise<void> {
    const studies = await this.call('studies.list', {});
    this.studies = studies.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
    // The progress of a run that ended is not that of the next one.
    const live = studies.filter((study) => study.status === 'running').map((study) => study.id);
    this.progress = Object.fromEntries(Object.entries(this.progress).filter(([id]) => live.includes(id)));
  }

  async #fetchInfo(): Promise<void> {
    this.info = await this.call('app.info', {});
  }

  async #fetchDevices(): Promise<void> {
    this.devices = await this.call('devices.list', {});
  }
}

export const session = new Session();
