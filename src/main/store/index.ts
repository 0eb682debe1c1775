/** The local store: everything the engine keeps, in one SQLite file. */
export { openReader, openStore, type Store } from './open-store.ts';
export type { DatasetToKeep, NamedBytes } from './datasets.ts';
export type { FileGroups, StudyToKeep } from './studies.ts';
